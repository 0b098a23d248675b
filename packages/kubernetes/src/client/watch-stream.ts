import type { Readable } from 'node:stream';
import { Problem, type Resource } from '@fairway/resources/model';
import { problemOfAnswer } from './problem-of-answer.ts';

/** One event of a watch. A BOOKMARK's object holds only its resourceVersion. */
export interface ClusterEvent<R = Resource> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: R;
}

// An object has at most 3 MiB; a longer line is not an event.
const maxLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/** The lines of a stream, as texts; a rest without a line end is dropped (the connection broke in the middle of an event). */
async function* linesOf(body: Readable, onData: () => void): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    onData();
    let from = 0;
    for (let end = chunk.indexOf(newline, from); end !== -1; end = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      size = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > maxLineBytes)
      throw new Problem({ reason: 'too-large', message: `an event of a watch is longer than ${maxLineBytes} bytes` });
  }
}

function eventOf<R>(line: string): ClusterEvent<R> {
  let event: { type?: unknown; object?: unknown };
  try {
    event = JSON.parse(line) as typeof event;
  } catch (cause) {
    throw new Problem({ reason: 'unavailable', message: 'a watch sent a line that is not JSON', cause });
  }
  if (event.type === 'ERROR') throw problemOfAnswer(500, event.object);
  if (event.type !== 'ADDED' && event.type !== 'MODIFIED' && event.type !== 'DELETED' && event.type !== 'BOOKMARK')
    throw new Problem({ reason: 'unavailable', message: `a watch sent an event of unknown type ${JSON.stringify(event.type)}` });
  return { type: event.type, object: event.object as R };
}

/**
 * The events of one watch connection, until it closes. Throws a Problem for an ERROR event (`gone` when the version is too old), and
 * `unavailable` when nothing at all comes for `idleTimeoutMs`: a dead peer keeps a TCP connection open for hours.
 */
export async function* readWatch<R>(body: Readable, idleTimeoutMs: number): AsyncGenerator<ClusterEvent<R>> {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    body.destroy();
  }, idleTimeoutMs);
  try {
    for await (const line of linesOf(body, () => timer.refresh())) if (line !== '') yield eventOf<R>(line);
  } catch (error) {
    if (!silent) throw error;
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
  if (silent) throw new Problem({ reason: 'unavailable', message: `a watch was silent for ${idleTimeoutMs} ms` });
}
