import { Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** Several byte streams over one WebSocket: the first byte of a message is the number of its stream. */
export interface ChannelSocket {
  /** What the client sends on a channel. A channel that nobody asked for is passed over. */
  readable(channel: number): Readable;
  /** What goes to the client; a write is done when the socket has taken it. */
  writable(channel: number): Writable;
  /** After everything that was written. */
  close(): void;
}

// v5 of the protocol: the second byte is a channel on which nothing more comes.
const closeChannel = 255;

const bytesOf = (data: RawData): Buffer => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer));

/** `closes`: the client may end one channel and keep the others. */
export function createChannelSocket(socket: WebSocket, { closes }: { closes: boolean }): ChannelSocket {
  const incoming = new Map<number, Readable>();
  const full = new Set<number>();
  const relieved = (channel: number): void => {
    if (full.delete(channel) && full.size === 0) socket.resume();
  };
  socket.on('message', (data, isBinary) => {
    const bytes = bytesOf(data);
    const channel = bytes[0];
    if (!isBinary || channel === undefined) return socket.close(1003, 'messages are binary and begin with the number of a channel');
    if (closes && channel === closeChannel) {
      incoming.get(bytes[1] ?? closeChannel)?.push(null);
      return;
    }
    const stream = incoming.get(channel);
    if (stream === undefined || bytes.length === 1 || stream.destroyed || stream.readableEnded) return;
    if (stream.push(bytes.subarray(1))) return;
    full.add(channel);
    socket.pause();
  });
  socket.on('close', () => {
    for (const stream of incoming.values()) stream.destroy();
  });
  const send = (channel: number, chunk: Buffer, done: (error?: Error | null) => void): void => {
    if (socket.readyState !== socket.OPEN) done(new Error('the client has gone away'));
    else socket.send(Buffer.concat([Buffer.from([channel]), chunk]), { binary: true }, done);
  };
  return {
    readable(channel) {
      const stream = new Readable({
        read: () => relieved(channel),
        destroy: (error, done) => {
          relieved(channel);
          done(error);
        },
      });
      stream.on('error', () => {});
      incoming.set(channel, stream);
      return stream;
    },
    writable(channel) {
      const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => send(channel, chunk, done) });
      stream.on('error', () => {});
      return stream;
    },
    close: () => socket.close(1000),
  };
}
