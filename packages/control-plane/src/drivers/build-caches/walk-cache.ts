import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file, or a folder itself without what is in it. */
export interface CacheEntry {
  /** Below the root of the walk. */
  path: string;
  isFolder: boolean;
  /** On the disk: a small file takes a whole block. */
  bytes: number;
  /** Epoch ms. */
  usedAt: number;
}

const blockBytes = 512;

/** Everything below a folder, one by one, however much it is. Builds may change it meanwhile: what is gone is left out. Follows no link. */
export async function* walkCache(root: string, signal: AbortSignal): AsyncGenerator<CacheEntry> {
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for await (const found of entriesOf(join(root, folder))) {
      signal.throwIfAborted();
      const path = join(folder, found.name);
      const stats = await lstat(join(root, path)).catch(ifGone);
      if (stats === undefined) continue;
      if (found.isDirectory()) waiting.push(path);
      // Where the file system does not note reads, what was written first counts as used first.
      const usedAt = found.isDirectory() ? 0 : Math.max(stats.atimeMs, stats.mtimeMs);
      yield { path, isFolder: found.isDirectory(), bytes: stats.blocks * blockBytes, usedAt };
    }
  }
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  const opened = await opendir(folder).catch(ifGone);
  if (opened !== undefined) yield* opened;
}

export function ifGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

/** Caches whose every file stands for itself: the tool that misses one fetches it or makes it again. */
const loose = ['npm/_cacache', 'pip', 'go-build', 'data/pnpm'];

/**
 * What may be taken away at once with this file, as a path below the namespace's folder: itself, or a folder that is of no use without it. A module
 * that Go has unpacked, for example, is believed to be whole.
 */
export function unitOf(path: string): string {
  if (loose.some((folder) => path.startsWith(`${folder}/`))) return path;
  const parts = path.split('/');
  return parts.slice(0, parts[0] === 'go-mod' ? 1 : 2).join('/');
}
