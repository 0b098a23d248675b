export type Stream = 'stdout' | 'stderr';

/** Longer lines are cut into parts (`P`), the last of which is whole (`F`), as container runtimes do. */
const maxLineBytes = 16 * 1024;

const newline = 0x0a;

/** RFC 3339 with nanoseconds, of which a millisecond clock knows the first three digits. */
const nanoTimestamp = (epochMs: number): string => new Date(epochMs).toISOString().replace('Z', '000000Z');

/** Frames as many whole lines as there are; `used` bytes of the input are done. With `isLast`, an unfinished line counts as whole. */
export function frameLines(bytes: Buffer, options: { stream: Stream; at: number; isLast: boolean }): { framed: Buffer; used: number } {
  const head = `${nanoTimestamp(options.at)} ${options.stream}`;
  const whole = Buffer.from(`${head} F `);
  const part = Buffer.from(`${head} P `);
  const lineEnd = Buffer.from('\n');
  const pieces: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = bytes.indexOf(newline, from);
    const lineBytes = (end === -1 ? bytes.length : end) - from;
    if (lineBytes > maxLineBytes) {
      pieces.push(part, bytes.subarray(from, from + maxLineBytes), lineEnd);
      from += maxLineBytes;
    } else if (end !== -1 || options.isLast) {
      pieces.push(whole, bytes.subarray(from, from + lineBytes), lineEnd);
      from += lineBytes + (end === -1 ? 0 : 1);
    } else break;
  }
  return { framed: Buffer.concat(pieces), used: from };
}

/** One framed line, taken apart. Undefined for what is not one (a file that was cut by a full disk). */
export interface FramedLine {
  timestamp: string;
  stream: Stream;
  isPartial: boolean;
  text: Buffer;
}

export function parseFramedLine(line: Buffer): FramedLine | undefined {
  const first = line.indexOf(0x20);
  const second = line.indexOf(0x20, first + 1);
  if (first === -1 || second === -1 || line[second + 2] !== 0x20) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  return { timestamp: line.toString('latin1', 0, first), stream, isPartial: line[second + 1] === 0x50, text: line.subarray(second + 3) };
}
