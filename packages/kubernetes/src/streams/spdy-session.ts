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

/** What a stream needs of its connection. */
interface Connection {
  send(bytes: Buffer, sent?: (error?: Error | null) => void): void;
  /** The stream takes more, or has ended. */
  relieved(stream: Duplex): void;
  forget(id: number): void;
}

class Stream extends Duplex implements SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly #connection: Connection;
  hasFinished = false;
  hasHeardEnd = false;

  constructor(connection: Connection, id: number, headers: ReadonlyMap<string, string>) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    // What goes wrong with one is the affair of who reads or writes it, and never ends the process.
    this.on('error', () => {});
  }

  /** The client says no more. */
  endRead(): void {
    this.hasHeardEnd = true;
    this.push(null);
  }

  /** The client gave it up. */
  reset(): void {
    this.hasFinished = true;
    this.hasHeardEnd = true;
    this.destroy();
  }

  override _read(): void {
    this.#connection.relieved(this);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection.send(Buffer.concat([dataHead(this.id, 0, chunk.length), chunk]), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.hasFinished = true;
    this.#connection.send(dataHead(this.id, finFlag, 0), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!(this.hasFinished && this.hasHeardEnd)) this.#connection.send(control(frame.rstStream, 0, numbers(this.id, cancel)));
    this.#connection.forget(this.id);
    this.#connection.relieved(this);
    done(error);
  }
}

class Session implements SpdySession, Connection {
  readonly #transport: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, Stream>();
  /** Streams that are not read as fast as they come. */
  readonly #full = new Set<Duplex>();
  readonly #decoder = createHeaderDecoder();
  readonly #emptyHeaders = createEmptyHeaders();
  #carry: Buffer = Buffer.alloc(0);
  #lastId = 0;

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    const end = (): void => {
      for (const stream of [...this.#streams.values()]) stream.destroy();
    };
    transport.on('data', (chunk: Buffer) => this.#take(chunk));
    transport.on('end', end);
    transport.on('close', end);
    transport.on('error', () => transport.destroy());
  }

  send(bytes: Buffer, sent?: (error?: Error | null) => void): void {
    if (this.#transport.destroyed || this.#transport.writableEnded) sent?.(new Error('the connection has ended'));
    else this.#transport.write(bytes, sent);
  }

  relieved(stream: Duplex): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#transport.resume();
  }

  forget(id: number): void {
    this.#streams.delete(id);
  }

  close(): void {
    this.#goAway(0);
  }

  #goAway(status: number): void {
    this.send(control(frame.goAway, 0, numbers(this.#lastId, status)));
    if (!this.#transport.destroyed) this.#transport.end();
  }

  #take(chunk: Buffer): void {
    try {
      this.#read(chunk);
    } catch {
      this.#goAway(protocolError);
      this.#transport.destroy();
    }
  }

  /** Throws for what breaks the protocol. */
  #read(chunk: Buffer): void {
    this.#carry = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    while (this.#carry.length >= headBytes) {
      const length = this.#carry.readUInt32BE(4) & 0xffffff;
      if (length > maxFrameBytes) throw new Error(`a frame of ${length} bytes is longer than ${maxFrameBytes}`);
      if (this.#carry.length < headBytes + length) return;
      const [first, flags] = [this.#carry.readUInt32BE(0), this.#carry.readUInt8(4)];
      const body = this.#carry.subarray(headBytes, headBytes + length);
      this.#carry = this.#carry.subarray(headBytes + length);
      if (first < 0x80000000) this.#data(first, flags, body);
      else this.#control(first & 0xffff, flags, body);
    }
  }

  #control(type: number, flags: number, body: Buffer): void {
    if (type === frame.synStream) this.#open(flags, body);
    else if (type === frame.rstStream) this.#streams.get(body.readUInt32BE(0))?.reset();
    // Ours would have even numbers, and we send none.
    else if (type === frame.ping) this.send(control(frame.ping, 0, body));
    else if (type === frame.goAway) this.#transport.end();
  }

  #open(flags: number, body: Buffer): void {
    const id = body.readUInt32BE(0) & 0x7fffffff;
    // Read whatever follows: the compression of the next block builds on it.
    const headers = this.#decoder.decode(body.subarray(10));
    if (id % 2 === 0 || id <= this.#lastId) throw new Error(`${id} is not the number of a new stream`);
    this.#lastId = id;
    if (this.#streams.size >= maxStreams) {
      this.send(control(frame.rstStream, 0, numbers(id, refusedStream)));
      return;
    }
    const stream = new Stream(this, id, headers);
    this.#streams.set(id, stream);
    this.send(control(frame.synReply, 0, Buffer.concat([numbers(id), this.#emptyHeaders()])));
    this.#onStream(stream);
    if ((flags & finFlag) !== 0) stream.endRead();
  }

  #data(id: number, flags: number, body: Buffer): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.hasHeardEnd) return;
    if (body.length > 0 && !stream.push(body)) {
      this.#full.add(stream);
      this.#transport.pause();
    }
    if ((flags & finFlag) !== 0) stream.endRead();
  }
}

/**
 * The server's side of SPDY/3.1 as Kubernetes' clients use it: they open streams, both sides write. There are no windows, because those clients know
 * none: one stream that is not read holds up the connection. A connection that breaks the protocol is ended.
 */
export const createSpdySession = (transport: Duplex, onStream: (stream: SpdyStream) => void): SpdySession =>
  new Session(transport, onStream);
