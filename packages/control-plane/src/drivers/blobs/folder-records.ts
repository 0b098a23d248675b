import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordStore } from '#domains/artifacts';
import { ifPresent, writeDurably } from './write-durably.ts';

/** Records as files: one document a file, the parts of its path as folders. */
export function createFolderRecords({ root }: { root: string }): RecordStore {
  const temporary = join(root, 'temporary');
  const fileOf = (path: readonly string[]): string => {
    for (const part of path) {
      if (part === '' || part === '.' || part === '..' || /[/\\\0]/.test(part))
        throw new Error(`unsafe part of a record's path: ${JSON.stringify(part)}`);
    }
    return join(root, ...path);
  };
  return {
    read: (path) => ifPresent(readFile(fileOf(path))),
    write: (path, bytes) => writeDurably(fileOf(path), bytes, temporary),
    async remove(path) {
      return (await ifPresent(rm(fileOf(path)).then(() => true))) ?? false;
    },
    async list(path) {
      const entries = (await ifPresent(readdir(fileOf(path), { withFileTypes: true }))) ?? [];
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort((one, other) => (one < other ? -1 : 1));
    },
  };
}
