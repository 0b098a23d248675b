import type { Readable } from 'node:stream';

/** A range of bytes, both ends included. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Bytes by their digest. A digest is always `sha256:` and 64 hexadecimal digits; callers have checked it. */
export interface BlobStore {
  /** Size of a blob; undefined when it is absent. */
  size(digest: string): Promise<number | undefined>;
  /** A stream of the blob or of a part of it. The file is open when this answers, so that a removal does not cut the stream. */
  open(digest: string, range?: ByteRange): Promise<Readable>;
  /** A new, empty upload of this owner; answers its id. */
  startUpload(owner: string): Promise<string>;
  /** Bytes received so far; undefined for an upload that is unknown or another owner's. */
  uploadSize(owner: string, id: string): Promise<number | undefined>;
  /** Appends a stream and answers the new size. What arrived before a failure stays, so that a client may go on from there. */
  append(upload: { owner: string; id: string; source: Readable; maxBytes: number; signal: AbortSignal }): Promise<number>;
  /** Makes the upload a blob, durably, if its content has the digest; otherwise answers false and drops it. May be called for a blob that exists. */
  finishUpload(owner: string, id: string, digest: string): Promise<boolean>;
  /** Succeeds when the upload is already gone. */
  dropUpload(owner: string, id: string): Promise<void>;
  /** Drops uploads that nobody has written to since then (epoch ms); answers how many. */
  dropUploadsBefore(time: number): Promise<number>;
}

/** Small documents by path. Parts are never empty, `.` or `..`, and hold no slash; callers have checked them. */
export interface RecordStore {
  read(path: readonly string[]): Promise<Buffer | undefined>;
  /** Replaces the document at once and durably: a reader sees the old or the new one, also after a crash. */
  write(path: readonly string[], bytes: Uint8Array): Promise<void>;
  /** Succeeds when it is already gone; answers whether it was there. */
  remove(path: readonly string[]): Promise<boolean>;
  /** Names of the documents right below a path, sorted by bytes; empty for an absent path. */
  list(path: readonly string[]): Promise<readonly string[]>;
}
