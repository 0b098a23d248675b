import type { Readable } from 'node:stream';
import { conflict, invalid, notFound, Problem } from '@fairway/resources/model';
import { readManifest, sha256 } from './manifest.ts';
import { digestHex, isDigest, repositoryParts } from './names.ts';
import type { BlobStore, ByteRange, ImageUse, RecordStore } from './ports.ts';
import { blobRecord, manifestFolder, manifestRecord, tagFolder, tagRecord } from './records.ts';
import { type Swept, sweepImages } from './sweep-images.ts';

export interface ArtifactsDependencies {
  blobs: BlobStore;
  records: RecordStore;
  limits?: Partial<ArtifactLimits>;
}

export interface ArtifactLimits {
  /** A layer of an application is megabytes; a gigabyte-sized one fills the disk of a laptop. */
  maxBlobBytes: number;
  maxManifestBytes: number;
}

export interface Manifest {
  digest: string;
  mediaType: string;
  bytes: Buffer;
}

/** Images of the built-in registry. Every name is checked here; who may do it is the caller's question. */
export interface Artifacts {
  blobSize(repository: string, digest: string): Promise<number | undefined>;
  openBlob(repository: string, digest: string, range?: ByteRange): Promise<Readable>;
  /** Gives a repository a blob of another one; false when that one has not got it. */
  mountBlob(mount: { from: string; to: string; digest: string }): Promise<boolean>;
  startUpload(repository: string): Promise<string>;
  uploadSize(repository: string, upload: string): Promise<number>;
  /** `at`: where the client believes to be; another place is a conflict. Answers the new size. */
  appendUpload(chunk: { repository: string; upload: string; source: Readable; at?: number; signal: AbortSignal }): Promise<number>;
  finishUpload(repository: string, upload: string, digest: string): Promise<void>;
  cancelUpload(repository: string, upload: string): Promise<void>;
  /** By tag or digest; undefined when it is absent. */
  manifest(repository: string, reference: string): Promise<Manifest | undefined>;
  /** Stores a manifest whose parts are all there, and moves the tag, if the reference is one. Answers the digest. */
  putManifest(put: { repository: string; reference: string; bytes: Buffer; mediaType?: string }): Promise<string>;
  /** A tag alone, or a manifest with all its tags. */
  deleteManifest(repository: string, reference: string): Promise<void>;
  /** Tags in order, at most `limit`, after the tag `last`. */
  listTags(repository: string, page: { limit: number; last?: string }): Promise<{ tags: readonly string[]; isLast: boolean }>;
  /** A label of an image's configuration; undefined when image or label is absent. */
  imageLabel(repository: string, digest: string, label: string): Promise<string | undefined>;
  /** Drops uploads that nobody went on with since then. */
  dropStaleUploads(before: number): Promise<number>;
  /** Removes images that nothing names and nobody pushed or pulled since then (epoch ms). May be ended and begun again at any point. */
  sweep(sweep: { since: number; use: ImageUse; signal: AbortSignal }): Promise<Swept>;
  maxManifestBytes: number;
}

const defaultLimits: ArtifactLimits = { maxBlobBytes: 4 * 1024 ** 3, maxManifestBytes: 4 * 1024 ** 2 };
const maxConfigBytes = 4 * 1024 ** 2;

/** Joins blobs and records to a registry: blobs are shared, but a repository shows only those that it was given. */
export function createArtifacts(deps: ArtifactsDependencies): Artifacts {
  const limits = { ...defaultLimits, ...deps.limits };
  return {
    ...blobOperations(deps),
    ...uploadOperations(deps, limits),
    ...manifestOperations(deps),
    async dropStaleUploads(before) {
      await deps.records.dropTemporariesBefore(before);
      return deps.blobs.dropUploadsBefore(before);
    },
    sweep: (sweep) => sweepImages(deps, sweep),
    maxManifestBytes: limits.maxManifestBytes,
  };
}

const unknownBlob = (digest: string) => new Problem({ ...notFoundDetails('Blob', digest), code: 'BLOB_UNKNOWN' });
const unknownUpload = (id: string) => new Problem({ ...notFoundDetails('Upload', id), code: 'BLOB_UPLOAD_UNKNOWN' });
const notFoundDetails = (kind: string, name: string) => ({
  reason: 'not-found' as const,
  message: notFound(kind, name).message,
  kind,
  name,
});

/** Size of a blob that a repository holds. Who is told of it relies on it, so it is touched before each look. */
async function sizeOfHeld({ blobs, records }: ArtifactsDependencies, repository: string, digest: string): Promise<number | undefined> {
  const record = blobRecord(repository, digest);
  await records.touch(record);
  if ((await records.read(record)) === undefined) return undefined;
  await blobs.touch(digest);
  return blobs.size(digest);
}

function blobOperations(deps: ArtifactsDependencies) {
  const { blobs, records } = deps;
  const sizeOf = (repository: string, digest: string): Promise<number | undefined> => sizeOfHeld(deps, repository, digest);
  return {
    blobSize: sizeOf,
    async openBlob(repository: string, digest: string, range?: ByteRange): Promise<Readable> {
      if ((await sizeOf(repository, digest)) === undefined) throw unknownBlob(digest);
      return blobs.open(digest, range);
    },
    async mountBlob({ from, to, digest }: { from: string; to: string; digest: string }): Promise<boolean> {
      const record = blobRecord(to, digest);
      if ((await sizeOf(from, digest)) === undefined) return false;
      await records.touch(record);
      await records.write(record, new Uint8Array());
      return true;
    },
  };
}

function uploadOperations({ blobs, records }: ArtifactsDependencies, { maxBlobBytes }: ArtifactLimits) {
  // Two writers of one upload would mix their bytes; the digest would tell, but only at the end.
  const busy = new Set<string>();
  const owned = (repository: string): string => repositoryParts(repository).join('/');
  const uploadSize = async (repository: string, upload: string): Promise<number> => {
    const size = await blobs.uploadSize(owned(repository), upload);
    if (size === undefined) throw unknownUpload(upload);
    return size;
  };
  return {
    startUpload: (repository: string) => blobs.startUpload(owned(repository)),
    uploadSize,
    async appendUpload(chunk: { repository: string; upload: string; source: Readable; at?: number; signal: AbortSignal }): Promise<number> {
      const { repository, upload, source, at, signal } = chunk;
      const size = await uploadSize(repository, upload);
      if (at !== undefined && at !== size)
        throw conflict(`the upload stands at byte ${size}, not ${at}: go on from there`, { code: 'RANGE_INVALID' });
      if (busy.has(upload)) throw conflict('this upload is being written to by another request', { code: 'BLOB_UPLOAD_INVALID' });
      busy.add(upload);
      try {
        return await blobs.append({ owner: owned(repository), id: upload, source, maxBytes: maxBlobBytes, signal });
      } finally {
        busy.delete(upload);
      }
    },
    async finishUpload(repository: string, upload: string, digest: string): Promise<void> {
      const record = blobRecord(repository, digest);
      await uploadSize(repository, upload);
      if (busy.has(upload)) throw conflict('this upload is being written to by another request', { code: 'BLOB_UPLOAD_INVALID' });
      if (!(await blobs.finishUpload(owned(repository), upload, digest))) {
        throw invalid('the content does not have the digest that was named: send it again', [], { code: 'DIGEST_INVALID' });
      }
      await records.touch(record);
      await records.write(record, new Uint8Array());
    },
    async cancelUpload(repository: string, upload: string): Promise<void> {
      await uploadSize(repository, upload);
      await blobs.dropUpload(owned(repository), upload);
    },
  };
}

function manifestOperations(deps: ArtifactsDependencies) {
  const { blobs, records } = deps;
  const resolve = async (repository: string, reference: string): Promise<string | undefined> =>
    isDigest(reference) ? reference : (await records.read(tagRecord(repository, reference)))?.toString('utf8');
  const manifest = async (repository: string, reference: string): Promise<Manifest | undefined> => {
    const digest = await resolve(repository, reference);
    if (digest === undefined) return undefined;
    await records.touch(manifestRecord(repository, digest));
    const bytes = await records.read(manifestRecord(repository, digest));
    if (bytes === undefined) return undefined;
    return { digest, bytes, mediaType: readManifest(bytes).mediaType };
  };
  const requireParts = async (repository: string, parts: { blobs: readonly string[]; manifests: readonly string[] }): Promise<void> => {
    for (const digest of parts.blobs) {
      if ((await sizeOfHeld(deps, repository, digest)) === undefined)
        throw invalid(`the manifest names ${digest}, which is not in ${repository}: push it first`, [], { code: 'MANIFEST_BLOB_UNKNOWN' });
    }
    for (const digest of parts.manifests) {
      await records.touch(manifestRecord(repository, digest));
      if ((await records.read(manifestRecord(repository, digest))) !== undefined) continue;
      throw invalid(`the index names ${digest}, which is not in ${repository}: push it first`, [], { code: 'MANIFEST_BLOB_UNKNOWN' });
    }
  };
  return {
    manifest,
    async putManifest({
      repository,
      reference,
      bytes,
      mediaType,
    }: {
      repository: string;
      reference: string;
      bytes: Buffer;
      mediaType?: string;
    }): Promise<string> {
      const digest = sha256(bytes);
      const tag = isDigest(reference) ? undefined : tagRecord(repository, reference);
      if (tag === undefined && `sha256:${digestHex(reference)}` !== digest) {
        throw invalid('the manifest does not have the digest that it was sent to', [], { code: 'DIGEST_INVALID' });
      }
      const content = readManifest(bytes, mediaType);
      await requireParts(repository, content);
      // A type that only the request told would be lost: such a manifest is read by its form, which must give the same.
      if (readManifest(bytes).mediaType !== content.mediaType) {
        throw invalid('the manifest must name its own mediaType', [], { code: 'MANIFEST_INVALID' });
      }
      await records.touch(manifestRecord(repository, digest));
      await records.write(manifestRecord(repository, digest), bytes);
      if (tag !== undefined) {
        await records.touch(tag);
        await records.write(tag, Buffer.from(digest));
      }
      return digest;
    },
    async deleteManifest(repository: string, reference: string): Promise<void> {
      const unknown = new Problem({ ...notFoundDetails('Manifest', reference), code: 'MANIFEST_UNKNOWN' });
      if (!isDigest(reference)) {
        if (!(await records.remove(tagRecord(repository, reference)))) throw unknown;
        return;
      }
      // Tags first: a tag never points to a manifest that is gone.
      for (const tag of await records.list(tagFolder(repository))) {
        if ((await resolve(repository, tag)) === reference) await records.remove(tagRecord(repository, tag));
      }
      if (!(await records.remove(manifestRecord(repository, reference)))) throw unknown;
    },
    async listTags(repository: string, { limit, last }: { limit: number; last?: string }) {
      const tags = await records.list(tagFolder(repository));
      if (tags.length === 0 && (await records.list(manifestFolder(repository))).length === 0) {
        throw new Problem({ ...notFoundDetails('Image', repository), code: 'NAME_UNKNOWN' });
      }
      const rest = last === undefined ? tags : tags.filter((tag) => tag > last);
      return { tags: rest.slice(0, limit), isLast: rest.length <= limit };
    },
    async imageLabel(repository: string, digest: string, label: string): Promise<string | undefined> {
      const found = await manifest(repository, digest);
      const config = found === undefined ? undefined : readManifest(found.bytes).blobs[0];
      const size = config === undefined ? undefined : await blobs.size(config);
      if (config === undefined || size === undefined || size > maxConfigBytes) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of await blobs.open(config)) chunks.push(chunk as Buffer);
      return labelOf(Buffer.concat(chunks).toString('utf8'), label);
    },
  };
}

function labelOf(config: string, label: string): string | undefined {
  try {
    const value = (JSON.parse(config) as { config?: { Labels?: Record<string, unknown> | null } | null }).config?.Labels?.[label];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
