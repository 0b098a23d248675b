import type { Dirent } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordStore } from '#domains/artifacts';
import { ifPresent, removeUntouchedFile, touchFile, writeDurably } from './write-durably.ts';

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
    list: (path) => namesOf(fileOf(path), (entry) => entry.isFile()),
    folders: (path) => namesOf(fileOf(path), (entry) => entry.isDirectory()),
    touch: async (path) => touchFile(fileOf(path)),
    removeUntouched: async (path, since) => removeUntouchedFile(fileOf(path), since) !== undefined,
    async removeEmpty(path) {
      await rmdir(fileOf(path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
      });
    },
    async dropTemporariesBefore(time) {
      for (const name of await namesOf(temporary, (entry) => entry.isFile())) removeUntouchedFile(join(temporary, name), time);
    },
  };
}

async function namesOf(folder: string, isWanted: (entry: Dirent) => boolean): Promise<string[]> {
  const entries = (await ifPresent(readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter(isWanted)
    .map((entry) => entry.name)
    .sort((one, other) => (one < other ? -1 : 1));
}
