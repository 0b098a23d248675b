import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '@fairway/resources/model';
import type { BlobStore } from '#domains/artifacts';
import { ifPresent, removeUntouchedFile, syncFolder, touchFile } from './write-durably.ts';

const dataName = 'data';
const ownerName = 'owner';
/** Behind the name of a damaged blob. */
const damaged = '.corrupt';

export interface FolderBlobsOptions {
  root: string;
  /** Told of a blob whose bytes are not what its name says. */
  onCorrupt?: (digest: string) => void;
}

/** Blobs in a folder: `sha256/ab/ab…` by digest, `uploads/ID/` while they arrive. */
export function createFolderBlobs({ root, onCorrupt = () => {} }: FolderBlobsOptions): BlobStore {
  const blobFile = (digest: string): string => {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) throw new Error('a digest must be checked before it becomes a path');
    return join(root, 'sha256', hex.slice(0, 2), hex);
  };
  const uploads = join(root, 'uploads');
  const uploadFolder = (id: string): string | undefined => (/^[0-9a-f-]{36}$/.test(id) ? join(uploads, id) : undefined);
  const ownedFolder = async (owner: string, id: string): Promise<string | undefined> => {
    const folder = uploadFolder(id);
    const found = folder === undefined ? undefined : await ifPresent(readFile(join(folder, ownerName), 'utf8'));
    return found === owner ? folder : undefined;
  };
  const require = async (owner: string, id: string): Promise<string> => {
    const folder = await ownedFolder(owner, id);
    if (folder === undefined)
      throw new Problem({ reason: 'not-found', message: `upload ${id} is unknown: start again`, code: 'BLOB_UPLOAD_UNKNOWN' });
    return folder;
  };
  return {
    size: async (digest) => (await ifPresent(stat(blobFile(digest))))?.size,
    async open(digest, range) {
      const handle = await ifPresent(open(blobFile(digest)));
      if (handle === undefined) throw new Problem({ reason: 'not-found', message: `blob ${digest} is not here`, code: 'BLOB_UNKNOWN' });
      const source = handle.createReadStream({ highWaterMark: 256 * 1024, ...(range === undefined ? {} : range) });
      if (range !== undefined) return source;
      return verified(source, digest, async () => {
        await rename(blobFile(digest), `${blobFile(digest)}${damaged}`);
        onCorrupt(digest);
      });
    },
    touch: async (digest) => touchFile(blobFile(digest)),
    async list(firstDigits) {
      if (!/^[0-9a-f]{2}$/.test(firstDigits)) throw new Error('blobs are listed by two hexadecimal digits');
      const names = (await ifPresent(readdir(join(root, 'sha256', firstDigits)))) ?? [];
      return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name) => `sha256:${name}`);
    },
    removeUntouched: async (digest, since) => removeUntouchedFile(blobFile(digest), since),
    async startUpload(owner) {
      const id = randomUUID();
      await mkdir(join(uploads, id), { recursive: true });
      await writeFile(join(uploads, id, dataName), '');
      await writeFile(join(uploads, id, ownerName), owner);
      return id;
    },
    async uploadSize(owner, id) {
      const folder = await ownedFolder(owner, id);
      return folder === undefined ? undefined : (await ifPresent(stat(join(folder, dataName))))?.size;
    },
    async append({ owner, id, source, maxBytes, signal }) {
      const handle = await open(join(await require(owner, id), dataName), 'a');
      try {
        await appendStream({ handle, source, maxBytes, signal });
        return (await handle.stat()).size;
      } finally {
        await handle.close();
      }
    },
    async finishUpload(owner, id, digest) {
      const folder = await require(owner, id);
      const isRight = (await hashFile(join(folder, dataName))) === digest;
      if (isRight) await keepFile(join(folder, dataName), blobFile(digest));
      await rm(folder, { recursive: true, force: true });
      return isRight;
    },
    async dropUpload(owner, id) {
      const folder = await ownedFolder(owner, id);
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
    dropUploadsBefore: async (time) => (await dropOldUploads(uploads, time)) + (await dropDamaged(join(root, 'sha256'), time)),
  };
}

/**
 * Checks a blob while it is read. A reader checks too, so that its bytes may pass; but a damaged blob must not stay under its name, because who
 * pushes the same image again is told that it is there, and it would never be mended.
 */
function verified(source: Readable, digest: string, setAside: () => Promise<void>): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (`sha256:${hash.digest('hex')}` === digest) return done();
      setAside().then(
        () => done(),
        // Set aside by another reader meanwhile, or not at all: the next reader tries again.
        () => done(),
      );
    },
  });
  pipeline(source, check).catch(() => undefined);
  return check;
}

async function appendStream({
  handle,
  source,
  maxBytes,
  signal,
}: {
  handle: FileHandle;
  source: Readable;
  maxBytes: number;
  signal: AbortSignal;
}): Promise<void> {
  let size = (await handle.stat()).size;
  await pipeline(
    source,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > maxBytes)
          throw new Problem({ reason: 'too-large', message: `a blob may have at most ${maxBytes} bytes`, code: 'SIZE_INVALID' });
        await writeWhole(handle, chunk);
      }
    },
    { signal },
  );
}

async function writeWhole(handle: FileHandle, chunk: Buffer): Promise<void> {
  try {
    for (let written = 0; written < chunk.length; ) written += (await handle.write(chunk, written)).bytesWritten;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new Problem({ reason: 'unavailable', message: 'the disk of the registry is full: free some space, then push again', cause });
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return `sha256:${hash.digest('hex')}`;
}

/**
 * Content first, then its name: after a crash a blob is whole or absent. Renaming over the same content changes nothing; the one that is there is
 * touched first, so that it is not just being removed.
 */
async function keepFile(from: string, to: string): Promise<void> {
  const handle = await open(from, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await mkdir(dirname(to), { recursive: true });
  await touchFile(from);
  await touchFile(to);
  await rename(from, to);
  await syncFolder(dirname(to));
}

async function dropOldUploads(uploads: string, time: number): Promise<number> {
  let dropped = 0;
  for (const id of (await ifPresent(readdir(uploads))) ?? []) {
    const written = await ifPresent(stat(join(uploads, id, dataName)));
    // A folder without data is one that is being made, or one that a crash left half made: its own time decides.
    const changedAt = (written ?? (await ifPresent(stat(join(uploads, id)))))?.mtimeMs;
    if (changedAt === undefined || changedAt >= time) continue;
    await rm(join(uploads, id), { recursive: true, force: true });
    dropped += 1;
  }
  return dropped;
}

async function dropDamaged(folder: string, time: number): Promise<number> {
  let dropped = 0;
  for (const shard of (await ifPresent(readdir(folder))) ?? []) {
    for (const name of (await ifPresent(readdir(join(folder, shard)))) ?? [])
      if (name.endsWith(damaged) && removeUntouchedFile(join(folder, shard, name), time) !== undefined) dropped += 1;
  }
  return dropped;
}
