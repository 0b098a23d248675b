import { Duplex } from 'node:stream';
import { createEmptyHeaders, createHeaderDecoder } from './spdy-headers.ts';

/** A client's stream inside a connection, with the headers that say what it is for. */
export interface SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
}

export interface SpdySession {
  /** Says that no stream will be taken any more, and ends the connection. */
  close(): void;
}

const frame = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;
const version = 3;
const finFlag = 1;
const protocolError = 1;
const refusedStream = 3;
const cancel = 5;
// Clients write 32 KiB at a time; what is far larger is no client of this protocol.
const maxFrameBytes = 1024 * 1024;
// A forwarded connection takes two.
const maxStreams = 1_000;
const headBytes = 8;

const control = (type: number, flags: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE((flags << 24) | body.length, 4);
  return Buffer.concat([head, body]);
};

const numbers = (...values: readonly number[]): Buffer => {
  const body = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) body.writeUInt32BE(value, index * 4);
  return body;
};

const dataHead = (id: number, flags: number, length: number): Buffer => {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(id, 0);
  head.writeUInt32BE(((flags << 24) | length) >>> 0, 4);
  return head;
};

interface Carrier {
  send(bytes: Buffer, sent?: (error?: Error | null) => void): void;
  /** The stream takes more, or has ended. */
  relieved(stream: Duplex): void;
  forget(id: number): void;
}

class Stream extends Duplex implements SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly #carrier: Carrier;
  hasFinished = false;
  hasHeardEnd = false;

  constructor(carrier: Carrier, id: number, headers: ReadonlyMap<string, string>) {
    super({ allowHalfOpen: true });
    this.#carrier = carrier;
    this.id = id;
    this.headers = headers;
  }

  override _read(): void {
    this.#carrier.relieved(this);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#carrier.send(Buffer.concat([dataHead(this.id, 0, chunk.length), chunk]), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.hasFinished = true;
    this.#carrier.send(dataHead(this.id, finFlag, 0), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!(this.hasFinished && this.hasHeardEnd)) this.#carrier.send(control(frame.rstStream, 0, numbers(this.id, cancel)));
    this.#carrier.forget(this.id);
    this.#carrier.relieved(this);
    done(error);
  }
}

/**
 * The server's side of SPDY/3.1 as Kubernetes' clients use it: they open streams, both sides write. There are no windows, because those clients know
 * none: one stream that is not read holds up the connection. A connection that breaks the protocol is ended.
 */
export function createSpdySession(transport: Duplex, onStream: (stream: SpdyStream) => void): SpdySession {
  const streams = new Map<number, Stream>();
  const full = new Set<Duplex>();
  const decoder = createHeaderDecoder();
  const emptyHeaders = createEmptyHeaders();
  let carry: Buffer = Buffer.alloc(0);
  let lastId = 0;
  const carrier: Carrier = {
    send: (bytes, sent) => {
      if (transport.destroyed || transport.writableEnded) sent?.(new Error('the connection has ended'));
      else transport.write(bytes, sent);
    },
    relieved: (stream) => {
      if (full.delete(stream) && full.size === 0) transport.resume();
    },
    forget: (id) => streams.delete(id),
  };
  const open = (flags: number, body: Buffer): void => {
    const id = body.readUInt32BE(0) & 0x7fffffff;
    // Read whatever follows: the compression of the next block builds on it.
    const headers = decoder.decode(body.subarray(10));
    if (id % 2 === 0 || id <= lastId) throw new Error(`${id} is not the number of a new stream`);
    lastId = id;
    if (streams.size >= maxStreams) return carrier.send(control(frame.rstStream, 0, numbers(id, refusedStream)));
    const stream = new Stream(carrier, id, headers);
    streams.set(id, stream);
    // What goes wrong with one is the affair of who reads or writes it, and never ends the process.
    stream.on('error', () => {});
    carrier.send(control(frame.synReply, 0, Buffer.concat([numbers(id), emptyHeaders()])));
    onStream(stream);
    if ((flags & finFlag) !== 0) endOf(stream);
  };
  const endOf = (stream: Stream): void => {
    stream.hasHeardEnd = true;
    stream.push(null);
  };
  const take = (id: number, flags: number, body: Buffer): void => {
    const stream = streams.get(id);
    if (stream === undefined || stream.hasHeardEnd) return;
    if (body.length > 0 && !stream.push(body)) {
      full.add(stream);
      transport.pause();
    }
    if ((flags & finFlag) !== 0) endOf(stream);
  };
  const reset = (id: number): void => {
    const stream = streams.get(id);
    if (stream === undefined) return;
    Object.assign(stream, { hasFinished: true, hasHeardEnd: true });
    stream.destroy();
  };
  const obey = (type: number, flags: number, body: Buffer): void => {
    if (type === frame.synStream) open(flags, body);
    else if (type === frame.rstStream) reset(body.readUInt32BE(0));
    // Ours would have even numbers, and we send none.
    else if (type === frame.ping) carrier.send(control(frame.ping, 0, body));
    else if (type === frame.goAway) transport.end();
  };
  const read = (chunk: Buffer): void => {
    carry = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    while (carry.length >= headBytes) {
      const length = carry.readUInt32BE(4) & 0xffffff;
      if (length > maxFrameBytes) throw new Error(`a frame of ${length} bytes is longer than ${maxFrameBytes}`);
      if (carry.length < headBytes + length) return;
      const [first, flags, body] = [carry.readUInt32BE(0), carry.readUInt8(4), Buffer.from(carry.subarray(headBytes, headBytes + length))];
      carry = carry.subarray(headBytes + length);
      if (first < 0x80000000) take(first, flags, body);
      else obey(first & 0xffff, flags, body);
    }
  };
  const goAway = (status: number): void => {
    carrier.send(control(frame.goAway, 0, numbers(lastId, status)));
    if (!transport.destroyed) transport.end();
  };
  transport.on('data', (chunk: Buffer) => {
    try {
      read(chunk);
    } catch {
      goAway(protocolError);
      transport.destroy();
    }
  });
  const end = (): void => {
    for (const stream of [...streams.values()]) stream.destroy();
  };
  transport.on('end', end);
  transport.on('close', end);
  transport.on('error', () => transport.destroy());
  return { close: () => goAway(0) };
}
