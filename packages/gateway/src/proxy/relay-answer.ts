import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { HeaderChange } from '../routes/route-table.ts';
import type { Exchange } from './exchange.ts';
import { answerHeaders } from './forwarded-headers.ts';
import { problems } from './problems.ts';
import { pairsOf } from './request-body.ts';
import type { Upstream } from './upstreams.ts';

export interface AnswerContext {
  changes: readonly (HeaderChange | undefined)[];
  outgoing: ClientRequest;
  socket: Socket;
  upstream: Upstream;
}

/** Streams an answer to the client at the speed of the slower side. */
export function relayAnswer(exchange: Exchange, answer: IncomingMessage, context: AnswerContext): void {
  const { response, deps } = exchange;
  const { headers, idleHintMs } = answerHeaders(answer, context.changes);
  // Node gives the connection back by this event once both directions are through.
  context.socket.once('free', () => deps.upstreams.release(context.upstream, context.socket, idleHintMs));
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  } catch {
    exchange.answered(false);
    exchange.fail(problems.garbled());
    return;
  }
  const length = readLength(answer);
  let received = 0;
  answer.on('data', (chunk: Buffer) => {
    exchange.touch();
    received += chunk.byteLength;
    if (received === length) {
      // Before the end of the client's answer, which would otherwise look like a client that left early.
      exchange.answered(true);
      endWith(response, chunk);
      return;
    }
    if (response.write(chunk)) return;
    answer.pause();
    response.once('drain', () => answer.resume());
  });
  answer.on('end', () => {
    if (answer.rawTrailers.length > 0) response.addTrailers(pairsOf(answer.rawTrailers));
    exchange.answered(true);
    if (!response.writableEnded) response.end();
  });
  // Cut off in the middle: a clean end would pass half an answer off as a whole one.
  const cutOff = (): void => {
    if (!answer.complete && !response.writableEnded) response.destroy();
  };
  answer.on('error', cutOff);
  answer.on('close', cutOff);
  // Headers alone must not wait for a body that comes later (an event stream); a body that is there already goes with them.
  process.nextTick(() => {
    if (received === 0 && !response.writableEnded && !response.destroyed) response.flushHeaders();
  });
}

const readLength = (answer: IncomingMessage): number => {
  const text = answer.headers['content-length'];
  return text === undefined ? -1 : Number(text);
};

// A string goes out in one write with the headers, a buffer in a second one; copying is cheaper than that up to about this size.
const oneWriteBytes = 16 * 1024;

function endWith(response: Exchange['response'], chunk: Buffer): void {
  if (response.headersSent && chunk.byteLength <= oneWriteBytes) response.end(chunk.toString('latin1'), 'latin1');
  else response.end(chunk);
}
