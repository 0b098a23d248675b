import type { Readable } from 'node:stream';

/** A range of bytes, both ends included. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Bytes by their digest. A digest is always `sha256:` and 64 hexadecimal digits; callers have checked it.
 *
 * Blobs and records know when they were touched last: whoever relies on one touches it first and looks then whether it is there; a removal looks at
 * the time and removes in one turn of the event loop. So what somebody was told to be there stays for as long as what was touched stays.
 */
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
  /** Marks a blob as used now. Succeeds when it is absent. */
  touch(digest: string): Promise<void>;
  /** Digests of the blobs whose hexadecimal digits begin with these two. */
  list(firstDigits: string): Promise<readonly string[]>;
  /** Removes a blob unless it was touched since then (epoch ms). Answers its size; undefined when it stays or is absent. */
  removeUntouched(digest: string, since: number): Promise<number | undefined>;
  /** Makes the upload a blob, durably, if its content has the digest; otherwise answers false and drops it. May be called for a blob that exists, and touches it. */
  finishUpload(owner: string, id: string, digest: string): Promise<boolean>;
  /** Succeeds when the upload is already gone. */
  dropUpload(owner: string, id: string): Promise<void>;
  /** Drops uploads that nobody has written to since then (epoch ms), and damaged blobs that were set aside before; answers how many. */
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
  /** Names of the folders right below a path, sorted by bytes; empty for an absent path. */
  folders(path: readonly string[]): Promise<readonly string[]>;
  /** Marks a document as used now. Succeeds when it is absent. */
  touch(path: readonly string[]): Promise<void>;
  /** Removes a document unless it was touched since then (epoch ms); answers whether it did. */
  removeUntouched(path: readonly string[], since: number): Promise<boolean>;
  /** Removes a folder that holds nothing; any other stays. A document that is written there makes it again. */
  removeEmpty(path: readonly string[]): Promise<void>;
  /** Drops what writes that broke off before then (epoch ms) have left. */
  dropTemporariesBefore(time: number): Promise<void>;
}

/** Who needs the registry's images; the answers may become true while a sweep goes on, and never false. */
export interface ImageUse {
  /** Whether anything names an image, by its manifest's digest. */
  isNamed(digest: string): boolean;
  /** Whether an image of this name is being built: what is pushed is named by nothing before the build's result has been read. */
  isBusy(repository: string): boolean;
}
