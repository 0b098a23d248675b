import { randomUUID } from 'node:crypto';
import { statSync, unlinkSync } from 'node:fs';
import { mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Makes a rename or a new name survive a power cut: the folder itself is written to disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a small file at once: a temporary file beside the others, to disk, renamed into place. */
export async function writeDurably(file: string, bytes: Uint8Array, temporaryFolder: string): Promise<void> {
  await mkdir(temporaryFolder, { recursive: true });
  await mkdir(dirname(file), { recursive: true });
  const temporary = join(temporaryFolder, randomUUID());
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await rename(temporary, file).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      // The folder was empty, and cleaned up since it was made.
      await mkdir(dirname(file), { recursive: true });
      await rename(temporary, file);
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Sets the time of a file to now; one that is absent stays so. */
export async function touchFile(file: string): Promise<void> {
  const now = new Date();
  await ifPresent(utimes(file, now, now));
}

/** Removes a file unless it was touched since then (epoch ms), and answers its size. Looking and removing are one turn: see ports.ts of artifacts. */
export function removeUntouchedFile(file: string, since: number): number | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || found.mtimeMs >= since) return undefined;
  unlinkSync(file);
  return found.size;
}

/** Answers undefined for what does not exist; every other error stays one. */
export async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
