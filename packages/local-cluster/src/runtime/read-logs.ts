import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { logFile, logPaths, offsetOfLastLines } from './log-files.ts';
import { parseFramedLine } from './log-frame.ts';

export interface LogQuery {
  /** Stay and answer new lines until the container has ended or the signal aborts. */
  follow?: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  /** RFC 3339. */
  sinceTime?: string;
  /** Each line begins with its time. */
  timestamps?: boolean;
  limitBytes?: number;
  signal?: AbortSignal;
}

export interface LogSource {
  folder: string;
  now: () => number;
  /** True when no line will be added any more. */
  isComplete: () => boolean;
  /** Resolves at the next change of the log, when the signal aborts, or after a while. */
  changed: (signal?: AbortSignal) => Promise<void>;
}

const chunkBytes = 64 * 1024;
const newline = 0x0a;
// A framed line is at most 16 KiB and its head; more without a line end is a broken file and is passed over.
const maxCarryBytes = 64 * 1024;

/** Where to begin: the oldest file that is needed, and the place in it. */
async function startOf(folder: string, tailLines: number | undefined): Promise<{ path: string; offset: number }[]> {
  const paths = logPaths(folder);
  if (tailLines === undefined) return paths.map((path) => ({ path, offset: 0 }));
  const chosen: { path: string; offset: number }[] = [];
  let missing = tailLines;
  for (const path of paths.toReversed()) {
    const { size } = await stat(path);
    if (missing === 0) {
      // Nothing of the past, but what comes: the newest file from its end.
      if (chosen.length === 0) chosen.push({ path, offset: size });
      break;
    }
    const { offset, found } = offsetOfLastLines(path, size, missing);
    chosen.unshift({ path, offset });
    missing -= Math.min(found, missing);
  }
  return chosen;
}

interface Cursor {
  file: FileHandle;
  offset: number;
  carry: Buffer;
}

/** Whole framed lines from the cursor to the present end of its file. */
async function* linesFrom(cursor: Cursor, signal: AbortSignal | undefined): AsyncGenerator<Buffer[]> {
  const chunk = Buffer.alloc(chunkBytes);
  while (signal?.aborted !== true) {
    const { bytesRead } = await cursor.file.read(chunk, 0, chunkBytes, cursor.offset);
    if (bytesRead === 0) return;
    cursor.offset += bytesRead;
    const bytes = Buffer.concat([cursor.carry, chunk.subarray(0, bytesRead)]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      lines.push(bytes.subarray(from, end));
      from = end + 1;
    }
    cursor.carry = bytes.length - from > maxCarryBytes ? Buffer.alloc(0) : Buffer.from(bytes.subarray(from));
    if (lines.length > 0) yield lines;
  }
}

const createShape = (query: LogQuery, now: number) => {
  const sinceMs =
    query.sinceTime !== undefined
      ? Date.parse(query.sinceTime)
      : query.sinceSeconds !== undefined
        ? now - query.sinceSeconds * 1000
        : Number.NaN;
  let isInsideLine = false;
  return (lines: readonly Buffer[]): Buffer => {
    const pieces: Buffer[] = [];
    for (const line of lines) {
      const framed = parseFramedLine(line);
      if (framed === undefined || Date.parse(framed.timestamp) < sinceMs) continue;
      if (query.timestamps === true && !isInsideLine) pieces.push(Buffer.from(`${framed.timestamp} `));
      pieces.push(framed.text);
      if (!framed.isPartial) pieces.push(Buffer.from('\n'));
      isInsideLine = framed.isPartial;
    }
    return Buffer.concat(pieces);
  };
};

/** The file that now has the log's name is another one: the open one was set aside. */
const wasRotated = async (folder: string, file: FileHandle): Promise<boolean> => {
  const [open, named] = await Promise.all([file.stat(), stat(join(folder, logFile)).catch(() => undefined)]);
  return named !== undefined && named.ino !== open.ino;
};

/** Framed lines of a container's log, in the order of writing; with `follow` also those to come. */
async function* framedLines(source: LogSource, query: LogQuery): AsyncGenerator<Buffer[]> {
  const { signal } = query;
  const starts = await startOf(source.folder, query.tailLines);
  for (const [index, start] of starts.entries()) {
    const cursor: Cursor = { file: await open(start.path, 'r'), offset: start.offset, carry: Buffer.alloc(0) };
    try {
      yield* linesFrom(cursor, signal);
      if (index < starts.length - 1 || query.follow !== true) continue;
      while (signal?.aborted !== true) {
        const complete = source.isComplete();
        yield* linesFrom(cursor, signal);
        if (await wasRotated(source.folder, cursor.file)) {
          yield* linesFrom(cursor, signal);
          await cursor.file.close();
          Object.assign(cursor, { file: await open(join(source.folder, logFile), 'r'), offset: 0, carry: Buffer.alloc(0) });
        } else if (complete) return;
        else await source.changed(signal);
      }
    } finally {
      await cursor.file.close();
    }
  }
}

/** A container's log as the pod log API answers it. */
export async function* readLogs(source: LogSource, query: LogQuery): AsyncGenerator<Uint8Array> {
  const shape = createShape(query, source.now());
  let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const lines of framedLines(source, query)) {
    const bytes = shape(lines);
    if (bytes.length === 0) continue;
    yield bytes.subarray(0, Math.min(bytes.length, left));
    left -= bytes.length;
    if (left <= 0) return;
  }
}
