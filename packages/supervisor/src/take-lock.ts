import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// Longer than another process takes to look whether it is held.
const patienceMs = 100;

/**
 * Holds a file for this process alone: the operating system lets go of it when the process ends, however it ends, so nothing can be left stale.
 * SQLite's own file lock is the one lock that the runtime has on every system. Undefined when another process holds it.
 */
export function takeLock(file: string): { release(): void } | undefined {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: patienceMs });
  try {
    // A journal in memory leaves no second file behind; the lock stays until the transaction ends, which it never does.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked|busy/.test((error as Error).message)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/** Whether some process holds it. */
export function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const lock = takeLock(file);
  lock?.release();
  return lock === undefined;
}
