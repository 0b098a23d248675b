import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `.fairway` in a user's folder. It hides itself from Git, whatever the user's ignore files say. */
export async function ensureOwnFolder(folder: string): Promise<string> {
  const own = join(folder, '.fairway');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return own;
}

/** Written aside and renamed: an interrupted command leaves the old file or the new one. */
export async function writeOwnFile(folder: string, name: string, content: string): Promise<void> {
  const own = await ensureOwnFolder(folder);
  const aside = join(own, `${name}.${process.pid}.new`);
  await writeFile(aside, content);
  await rename(aside, join(own, name));
}
