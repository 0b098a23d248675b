/**
 * Runs in a process of its own and holds many watches of one path, each over its own TLS connection. An event carries the time at which its write
 * was sent, by the machine's one clock, as `"SENT":"<20 digits>"`.
 * Told by message: a token in the arguments would stand in the list of processes.
 */
import { connect, type TLSSocket } from 'node:tls';

export interface Watching {
  port: number;
  ca: string;
  /** The whole request. */
  request: string;
  watchers: number;
}

export interface Watched {
  /** Events of the watcher that has the fewest, and of all. */
  fewest: number;
  received: number;
  /** Events that came again, or before an older one. */
  disordered: number;
  /** Watches that ended. */
  ended: number;
  p50Ms: number;
  p99Ms: number;
  worstMs: number;
}

// A real API server refuses a thousand that begin at once.
const openedAtOnce = 25;
const openDeadlineMs = 30_000;
const mark = Buffer.from('"SENT":"');
const digits = 20;
const longestMark = mark.length + digits;

const times: number[] = [];
const counts: number[] = [];
let disordered = 0;
let ended = 0;

const now = (): bigint => process.hrtime.bigint();

/** Reads the marks out of a stream, wherever its pieces end. */
const createReader = (index: number): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  let newest = '';
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const at = now();
    let from = 0;
    for (let found = bytes.indexOf(mark); found !== -1 && found + longestMark <= bytes.length; found = bytes.indexOf(mark, from)) {
      from = found + longestMark;
      const sent = bytes.toString('latin1', found + mark.length, from);
      counts[index] = (counts[index] ?? 0) + 1;
      if (sent <= newest) disordered += 1;
      newest = sent;
      times.push(Number(at - BigInt(sent)) / 1e6);
    }
    rest = Buffer.from(bytes.subarray(Math.max(from, bytes.length - longestMark + 1)));
  };
};

const open = (of: Watching, index: number): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: of.port, ca: of.ca });
    const late = setTimeout(() => socket.destroy(new Error(`watch ${index} did not open within ${openDeadlineMs} ms`)), openDeadlineMs);
    const fail = (error: Error): void => {
      clearTimeout(late);
      reject(error);
    };
    socket.once('error', fail);
    socket.once('secureConnect', () => socket.write(of.request));
    socket.once('data', (head: Buffer) => {
      const text = head.toString('latin1', 0, 12);
      if (text !== 'HTTP/1.1 200') return fail(new Error(`a watch was answered with ${head.toString('latin1', 0, 400)}`));
      clearTimeout(late);
      socket.off('error', fail);
      socket.on('error', () => {});
      socket.once('close', () => {
        ended += 1;
      });
      const read = createReader(index);
      read(head);
      socket.on('data', read);
      resolve(socket);
    });
  });

const openAll = async (of: Watching): Promise<void> => {
  for (let index = 0; index < of.watchers; index += 1) counts.push(0);
  let next = 0;
  const opener = async (): Promise<void> => {
    while (next < of.watchers) {
      next += 1;
      await open(of, next - 1);
    }
  };
  await Promise.all(Array.from({ length: openedAtOnce }, opener));
};

const watched = (): Watched => {
  const sorted = Float64Array.from(times).sort();
  const share = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return {
    fewest: counts.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY),
    received: times.length,
    disordered,
    ended,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    worstMs: share(1),
  };
};

process.on('message', (of: Watching | 'count' | 'report') => {
  if (of === 'count') process.send?.({ received: times.length });
  else if (of === 'report') process.send?.(watched());
  else
    openAll(of).then(
      () => process.send?.({ isOpen: true }),
      (error: Error) => process.send?.({ error: error.message }),
    );
});
