import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { unavailable } from '@fairway/resources/model';

/**
 * Claims a state folder for this process, so that two clusters never run the same pods. The claim is a lock of the operating system (an
 * exclusive transaction of an empty database): it ends with the process, however that ends.
 */
export function holdFolder(folder: string): { release: () => void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw unavailable(`another local cluster runs in ${folder}: stop it first, or use another --home`, error);
  }
  return { release: () => lock.close() };
}
