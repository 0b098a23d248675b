import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ChannelSocket } from './channel-socket.ts';
import { createSpdySession, type SpdyStream } from './spdy-session.ts';

/** Connects with a port of a pod. Rejects with a reason that the client is shown. */
export type OpenPort = (port: number) => Promise<Duplex>;

/** One forwarded connection: what the client sends and gets, and where it is told what went wrong. */
interface Pair {
  port: number;
  from: Readable;
  to: Writable;
  error: Writable;
}

/** Until the pod's side has said its last word, as container runtimes do it; the client's may end before. */
async function forward(openPort: OpenPort, { port, from, to, error }: Pair): Promise<void> {
  const connection = await openPort(port).catch((failure: Error) => failure);
  if (connection instanceof Error) {
    error.end(`error forwarding port ${port} to pod: ${connection.message}`);
    to.destroy();
    return;
  }
  pipeline(from, connection).catch(() => connection.destroy());
  await pipeline(connection, to).catch(() => to.destroy());
  connection.destroy();
  error.end();
  from.resume();
}

const portOf = (text: string | undefined): number | undefined => {
  const port = Number(text);
  return text !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
};

// A client that opened the one stream of a pair opens the other at once.
const pairMs = 30_000;

/** Finds the other stream of a pair by the request id; one that stays alone is given up. */
function createPairing(): (id: string, stream: SpdyStream) => SpdyStream | undefined {
  const waiting = new Map<string, SpdyStream>();
  return (id, stream) => {
    const other = waiting.get(id);
    if (other !== undefined) {
      waiting.delete(id);
      return other;
    }
    waiting.set(id, stream);
    const alone = (): void => {
      clearTimeout(timer);
      if (waiting.get(id) === stream) waiting.delete(id);
    };
    const timer = setTimeout(() => {
      if (waiting.get(id) === stream) stream.destroy();
    }, pairMs);
    stream.once('close', alone);
    return undefined;
  };
}

const typeOf = (stream: SpdyStream): string => stream.headers.get('streamtype') ?? '';

/** Serves the streams of a SPDY connection: an `error` and a `data` stream with the same request id are one forwarded connection. */
export function forwardStreams(transport: Duplex, openPort: OpenPort): void {
  const otherOf = createPairing();
  createSpdySession(transport, (stream) => {
    // Old clients number no requests, but open both streams one behind the other.
    const id = stream.headers.get('requestid') ?? String(typeOf(stream) === 'data' ? stream.id - 2 : stream.id);
    const other = otherOf(id, stream);
    if (other === undefined) return;
    const [data, error] = typeOf(stream) === 'data' ? [stream, other] : [other, stream];
    const port = portOf(data.headers.get('port'));
    if (typeOf(data) !== 'data' || typeOf(error) !== 'error' || port === undefined) {
      for (const each of [data, error]) each.destroy();
      return;
    }
    error.resume();
    forward(openPort, { port, from: data, to: data, error }).catch(() => data.destroy());
  });
}

/** Serves ports over the channels of a WebSocket: two for each port, the data and the errors, each beginning with the port's number. */
export async function forwardChannels(channels: ChannelSocket, ports: readonly number[], openPort: OpenPort): Promise<void> {
  await Promise.all(
    ports.map((port, index) => {
      const [from, to, error] = [channels.readable(index * 2), channels.writable(index * 2), channels.writable(index * 2 + 1)];
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      to.write(number);
      error.write(number);
      return forward(openPort, { port, from, to, error });
    }),
  );
  channels.close();
}
