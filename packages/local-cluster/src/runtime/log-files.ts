import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** Names of the framed log, oldest first: `log.3`, `log.2`, `log.1`, `log`. */
export const keptLogs = 3;
export const logFile = 'log';

export const logPaths = (folder: string): string[] => {
  const names = [...Array.from({ length: keptLogs }, (_, index) => `${logFile}.${keptLogs - index}`), logFile];
  return names.map((name) => `${folder}/${name}`).filter((path) => existsSync(path));
};

const chunkBytes = 64 * 1024;
const newline = 0x0a;

/** Offset in a file of `size` bytes from which it has at most `lines` whole lines; `found` counts them. Reads backwards. */
export function offsetOfLastLines(path: string, size: number, lines: number): { offset: number; found: number } {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let found = 0;
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - chunkBytes);
      const read = readSync(file, chunk, 0, end - start, start);
      for (let at = read - 1; at >= 0; at--) {
        // The line end at the very end of the file closes the last line, and begins none.
        if (chunk[at] !== newline || start + at === size - 1) continue;
        found++;
        if (found === lines) return { offset: start + at + 1, found };
      }
      end = start;
    }
    return { offset: 0, found: size === 0 ? 0 : found + 1 };
  } finally {
    closeSync(file);
  }
}
