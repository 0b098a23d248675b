import { createReadStream } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalid, isProblem } from '@fairway/resources/model';
import { readTar, type TarEntry } from './read-tar.ts';

/** What an image may unpack to, all layers together. */
export interface UnpackBudget {
  entries: number;
  bytes: number;
}
export const createUnpackBudget = (): UnpackBudget => ({ entries: 500_000, bytes: 8 * 1024 ** 3 });

const maxPathBytes = 4_096;
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
const gzipMagic = [0x1f, 0x8b];

function refuse(entry: TarEntry, why: string): never {
  throw invalid(`the layer holds "${entry.path.slice(0, 200)}", which ${why}: nothing of it was kept. Build the image again without it`);
}

/** A path of the archive as a path below the root; one that could leave it is refused. */
const insidePath = (entry: TarEntry, path: string): string => {
  if (path.startsWith('/') || path.includes('\0') || Buffer.byteLength(path) > maxPathBytes) refuse(entry, 'is absolute or no path');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) refuse(entry, 'climbs out with ".."');
  return parts.join('/');
};

/**
 * Where a symlink may point: only below the root. `..` may only lead, so that no second link can turn it into a way out; an absolute /app/… is
 * what it is in a container and becomes relative.
 */
const insideTarget = (entry: TarEntry, path: string): string => {
  const from = posix.dirname(path);
  const absolute = entry.linkTarget.startsWith('/')
    ? posix.normalize(entry.linkTarget).slice(1)
    : posix.normalize(posix.join(from, entry.linkTarget));
  const isForeign = entry.linkTarget.startsWith('/') && absolute !== 'app' && !absolute.startsWith('app/');
  if (isForeign || absolute === '..' || absolute.startsWith('../') || absolute.includes('\0') || entry.linkTarget === '')
    refuse(entry, 'points outside of the image');
  return posix.relative(from, absolute) || '.';
};

const kindOf = async (path: string): Promise<'absent' | 'directory' | 'file' | 'other'> => {
  try {
    const found = await lstat(path);
    return found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
  } catch {
    return 'absent';
  }
};

/** Makes the folders above a path; one that is a link or a file is refused, because what is written through it may land elsewhere. */
const makeParents = async (root: string, entry: TarEntry, path: string): Promise<void> => {
  let current = root;
  for (const part of path.split('/').slice(0, -1)) {
    current = join(current, part);
    const kind = await kindOf(current);
    if (kind === 'absent') await mkdir(current, { mode: 0o755 });
    else if (kind !== 'directory') refuse(entry, 'lies below something that is not a folder');
  }
};

const clear = async (folder: string): Promise<void> => {
  for (const name of (await kindOf(folder)) === 'directory' ? await readdir(folder) : [])
    await rm(join(folder, name), { recursive: true, force: true });
};

const writeFileEntry = async (target: string, entry: TarEntry, content: AsyncIterable<Buffer>): Promise<void> => {
  const file = await open(target, 'wx', 0o600);
  try {
    for await (const piece of content) await file.writeFile(piece);
    // Readable for all, writable for none: applications share the folder, and a release must stay what was built.
    await file.chmod((entry.mode & 0o555) | 0o444);
  } finally {
    await file.close();
  }
};

interface Place {
  root: string;
  entry: TarEntry;
  path: string;
  target: string;
}

const takeAway = async ({ entry, target }: Place, name: string): Promise<void> => {
  if (name === opaque) return clear(dirname(target));
  const gone = name.slice(whiteout.length);
  if (gone === '' || gone === '.' || gone === '..') refuse(entry, 'is no name that can be taken away');
  return rm(join(dirname(target), gone), { recursive: true, force: true });
};

const placeFolder = async ({ target }: Place): Promise<void> => {
  if ((await kindOf(target)) === 'directory') return;
  await rm(target, { force: true });
  await mkdir(target, { mode: 0o755 });
};

const placeHardLink = async ({ root, entry, path, target }: Place): Promise<void> => {
  const source = insidePath(entry, entry.linkTarget);
  await makeParents(root, entry, source);
  if (source === path) return;
  if ((await kindOf(join(root, source))) !== 'file') refuse(entry, 'is a hard link to something that is not a file of the image');
  await rm(target, { recursive: true, force: true });
  await link(join(root, source), target);
};

const placeEntry = async (place: Place, content: () => AsyncGenerator<Buffer>): Promise<void> => {
  const { entry, path, target } = place;
  const name = posix.basename(path);
  if (name.startsWith(whiteout)) return takeAway(place, name);
  switch (entry.type) {
    case 'directory':
      return placeFolder(place);
    case 'hard-link':
      return placeHardLink(place);
    case 'device':
      return refuse(entry, 'is a device or a pipe');
    case 'symlink': {
      const points = insideTarget(entry, path);
      await rm(target, { recursive: true, force: true });
      return symlink(points, target);
    }
    case 'file':
      await rm(target, { recursive: true, force: true });
      return writeFileEntry(target, entry, content());
  }
};

const spend = (budget: UnpackBudget, entry: TarEntry): void => {
  budget.entries -= 1;
  budget.bytes -= entry.size;
  if (budget.entries >= 0 && budget.bytes >= 0) return;
  throw invalid('the image unpacks to more than 500,000 files or 8 GiB: leave out what the application does not need');
};

const openLayer = async (blob: string): Promise<Readable> => {
  const head = await open(blob, 'r');
  const magic = Buffer.alloc(2);
  await head.read(magic, 0, 2, 0).finally(() => head.close());
  const file = createReadStream(blob, { highWaterMark: 256 * 1024 });
  if (magic[0] !== gzipMagic[0] || magic[1] !== gzipMagic[1]) return file;
  const plain = createGunzip();
  file.once('error', (error) => plain.destroy(error));
  plain.once('close', () => file.destroy());
  return file.pipe(plain);
};

/** Unpacks one layer over what is in the folder: later layers win, whiteouts take away. Folders stay writable until `sealFolders`. */
export async function unpackLayer({ blob, root, budget }: { blob: string; root: string; budget: UnpackBudget }): Promise<void> {
  const source = await openLayer(blob);
  try {
    await readTar(source, async (entry, content) => {
      spend(budget, entry);
      const path = insidePath(entry, entry.path);
      if (path === '') return;
      await makeParents(root, entry, path);
      await placeEntry({ root, entry, path, target: join(root, path) }, content);
    });
  } catch (error) {
    if (isProblem(error)) throw error;
    throw invalid(`the layer cannot be unpacked: ${error instanceof Error ? error.message : 'unknown failure'}`, [], { cause: error });
  } finally {
    source.destroy();
  }
}

/** Takes the right to write from all folders, deepest first (`readonly`), or gives it back before a removal. */
export async function sealFolders(root: string, mode: 'readonly' | 'writable'): Promise<void> {
  if (mode === 'writable') await chmod(root, 0o755);
  for (const entry of await readdir(root, { withFileTypes: true }))
    if (entry.isDirectory()) await sealFolders(join(root, entry.name), mode);
  if (mode === 'readonly') await chmod(root, 0o555);
}
