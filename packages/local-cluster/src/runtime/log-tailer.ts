import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { keptLogs, logFile } from './log-files.ts';
import { frameLines, type Stream } from './log-frame.ts';

export interface LogTailer {
  /** Frames what is new; answers true when there is more to do at once. */
  pump(): boolean;
  /** Frames all that is left, the unfinished last line included. */
  finish(): void;
  close(): void;
}

export interface LogTailerOptions {
  /** Holds stdout and stderr as the application wrote them, and gets the framed log. */
  folder: string;
  now: () => number;
  /** The framed log is set aside, and a raw file that was read to its end is emptied, at this size. */
  maxBytes?: number;
  /** An application that writes faster than its log is read loses the middle of its output beyond this, and the log says so. */
  maxBacklogBytes?: number;
}

/** How far the raw files were read, and how long the framed log was then: after a crash both are taken up exactly there. */
interface Position {
  stdout: number;
  stderr: number;
  framed: number;
}

const defaultMaxBytes = 10 * 1024 * 1024;
const defaultMaxBacklogBytes = 64 * 1024 * 1024;
const chunkBytes = 64 * 1024;
const streams: readonly Stream[] = ['stdout', 'stderr'];

const start: Position = { stdout: 0, stderr: 0, framed: 0 };

const readPosition = (path: string): Position => {
  if (!existsSync(path)) return { ...start };
  try {
    return { ...start, ...(JSON.parse(readFileSync(path, 'utf8')) as Partial<Position>) };
  } catch {
    // Emptied by a power cut: what the raw files still hold is framed again. A throw would keep the whole cluster from starting.
    return { ...start };
  }
};

// One for all containers: what is read is framed before anything else runs.
const chunk = Buffer.alloc(chunkBytes);

const sizeOf = (file: number): number => fstatSync(file).size;

/** Moves log → log.1 → log.2 → log.3; what was log.3 goes. */
const rotate = (folder: string): void => {
  for (let number = keptLogs - 1; number >= 0; number--) {
    const from = join(folder, number === 0 ? logFile : `${logFile}.${number}`);
    if (existsSync(from)) renameSync(from, join(folder, `${logFile}.${number + 1}`));
  }
};

/**
 * Turns the raw output of a container into its framed log. The application writes to plain append-only files and never waits for us.
 * All calls are synchronous: emptying a raw file must follow the last read without a pause, because what is written in between is lost.
 */
export function createLogTailer({
  folder,
  now,
  maxBytes = defaultMaxBytes,
  maxBacklogBytes = defaultMaxBacklogBytes,
}: LogTailerOptions): LogTailer {
  const positionPath = join(folder, 'log-position.json');
  const logPath = join(folder, logFile);
  const position = readPosition(positionPath);
  const raw: Record<Stream, number> = { stdout: openSync(join(folder, 'stdout'), 'a+'), stderr: openSync(join(folder, 'stderr'), 'a+') };
  let framedFile = openSync(logPath, 'a');
  let isOpen = true;
  // Framed but not noted before a crash: it is framed again from the noted place.
  if (sizeOf(framedFile) > position.framed) ftruncateSync(framedFile, position.framed);
  else position.framed = sizeOf(framedFile);

  const note = (): void => {
    writeFileSync(`${positionPath}.new`, JSON.stringify(position));
    renameSync(`${positionPath}.new`, positionPath);
  };
  const append = (framed: Buffer): void => {
    try {
      for (let done = 0; done < framed.length; ) done += writeSync(framedFile, framed, done);
    } catch (error) {
      // A full disk took a part of it: without that part the next attempt begins where this one did.
      ftruncateSync(framedFile, position.framed);
      throw error;
    }
    position.framed += framed.length;
    if (position.framed < maxBytes) return;
    closeSync(framedFile);
    rotate(folder);
    framedFile = openSync(logPath, 'a');
    position.framed = 0;
  };
  const skipBacklog = (stream: Stream, size: number): void => {
    const dropped = size - position[stream] - chunkBytes;
    position[stream] = size - chunkBytes;
    append(
      frameLines(Buffer.from(`[fairway] ${dropped} bytes of ${stream} were dropped: written faster than the log can be kept\n`), {
        stream,
        at: now(),
        isLast: true,
      }).framed,
    );
  };
  const emptyRaw = (stream: Stream): void => {
    if (position[stream] < maxBytes || sizeOf(raw[stream]) !== position[stream]) return;
    truncateSync(join(folder, stream), 0);
    position[stream] = 0;
  };
  const pumpStream = (stream: Stream, isLast: boolean): boolean => {
    const size = sizeOf(raw[stream]);
    // Emptied just before a crash.
    if (size < position[stream]) position[stream] = 0;
    if (size - position[stream] > maxBacklogBytes) skipBacklog(stream, size);
    const read = readSync(raw[stream], chunk, 0, chunkBytes, position[stream]);
    if (read === 0) return false;
    const isEnd = isLast && position[stream] + read >= sizeOf(raw[stream]);
    const { framed, used } = frameLines(chunk.subarray(0, read), { stream, at: now(), isLast: isEnd });
    // In this order: lines that could not be written are read again.
    if (framed.length > 0) append(framed);
    position[stream] += used;
    emptyRaw(stream);
    return used > 0 && position[stream] < sizeOf(raw[stream]);
  };
  const pumpAll = (isLast: boolean): boolean => {
    if (!isOpen) return false;
    const before = `${position.stdout} ${position.stderr} ${position.framed}`;
    const more = streams.map((stream) => pumpStream(stream, isLast));
    if (before !== `${position.stdout} ${position.stderr} ${position.framed}`) note();
    return more.includes(true);
  };
  return {
    pump: () => pumpAll(false),
    finish: () => {
      while (pumpAll(true));
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      for (const file of [raw.stdout, raw.stderr, framedFile]) closeSync(file);
    },
  };
}
