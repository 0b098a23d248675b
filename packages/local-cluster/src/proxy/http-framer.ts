/** What a message head says about the end of its message. */
export interface Head {
  /** The first line. */
  start: string;
  /** Values by lower-case name, in the order in which they came. */
  headers: ReadonlyMap<string, readonly string[]>;
}

/** How many bytes follow a head: a number, chunks, or all until the connection ends. */
export type BodyLength = number | 'chunked' | 'until-end';

export interface FramerOptions {
  /** Looks like the first line of such a message; anything else is another protocol. */
  startLine: RegExp;
  /** Undefined: this cannot be followed any further (a tunnel, a strange length). */
  onHead: (head: Head) => BodyLength | undefined;
  onEnd: () => void;
}

const maxHeadBytes = 64 * 1024;
const maxLineBytes = 8 * 1024;

const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/;
/** What a first line may look like while its end has not come. */
const printable = /^[A-Z][\x20-\x7e]*\r?$/;

function parseHead(text: string): Head | undefined {
  const [start = '', ...lines] = text.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const known = headers.get(name.toLowerCase());
    if (known === undefined) headers.set(name.toLowerCase(), [value.trim()]);
    else known.push(value.trim());
  }
  return { start, headers };
}

/** The length that a head gives: undefined when none, `strange` when readers could differ about it. */
export function lengthOf({ headers }: Head): number | 'chunked' | 'strange' | undefined {
  const coding = headers.get('transfer-encoding');
  const lengths = headers.get('content-length');
  if (coding !== undefined) {
    const isPlain = coding.length === 1 && coding[0]?.toLowerCase() === 'chunked' && lengths === undefined;
    return isPlain ? 'chunked' : 'strange';
  }
  if (lengths === undefined) return undefined;
  const [length = ''] = lengths;
  return lengths.length === 1 && /^\d{1,15}$/.test(length) ? Number(length) : 'strange';
}

/**
 * Follows the HTTP/1 messages of one direction as their bytes pass by. It holds no more than a head or a line of them, changes nothing, and gives
 * up for good at the first byte that it does not understand: a wrong guess about where a message ends would break a connection.
 */
export class HttpFramer {
  readonly #options: FramerOptions;
  #phase: 'start' | 'head' | 'body' | 'size' | 'data-end' | 'trailer' | 'until-end' | 'lost' = 'start';
  /** The head or line that is not complete yet. */
  #text = '';
  /** Bytes of the body or chunk that are still to come. */
  #left = 0;
  #isInChunk = false;

  constructor(options: FramerOptions) {
    this.#options = options;
  }

  /** No byte of a message has come since the end of the one before. */
  get isBetween(): boolean {
    return this.#phase === 'start';
  }

  get isLost(): boolean {
    return this.#phase === 'lost';
  }

  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#phase !== 'lost' && this.#phase !== 'until-end') at = this.#take(chunk, at);
  }

  #take(chunk: Buffer, at: number): number {
    switch (this.#phase) {
      case 'start':
        this.#phase = 'head';
        return at;
      case 'head':
        return this.#takeHead(chunk, at);
      case 'body':
        return this.#takeBytes(chunk, at);
      default:
        return this.#takeLine(chunk, at);
    }
  }

  #takeHead(chunk: Buffer, at: number): number {
    // A head may come in pieces, and so may its end.
    const before = this.#text.length;
    this.#text += chunk.toString('latin1', at, Math.min(chunk.length, at + maxHeadBytes));
    if (!this.#looksRight()) return this.#lose(chunk);
    const end = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end === -1) return this.#text.length >= maxHeadBytes ? this.#lose(chunk) : chunk.length;
    const head = parseHead(this.#text.slice(0, end));
    this.#text = '';
    const length = head === undefined ? undefined : this.#options.onHead(head);
    if (length === undefined) return this.#lose(chunk);
    this.#begin(length);
    return at + end + 4 - before;
  }

  #looksRight(): boolean {
    const end = this.#text.indexOf('\r\n');
    if (end === -1) return this.#text.length < maxLineBytes && printable.test(this.#text);
    return this.#options.startLine.test(this.#text.slice(0, end));
  }

  #begin(length: BodyLength): void {
    if (length === 'chunked') this.#phase = 'size';
    else if (length === 'until-end') this.#phase = 'until-end';
    else {
      this.#phase = 'body';
      this.#left = length;
      if (length === 0) this.#end();
    }
  }

  #takeBytes(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    if (this.#left === 0) this.#endBytes();
    return at + taken;
  }

  #endBytes(): void {
    if (this.#isInChunk) {
      this.#isInChunk = false;
      this.#phase = 'data-end';
    } else this.#end();
  }

  #takeLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(0x0a, at);
    const end = newline === -1 ? chunk.length : newline + 1;
    if (this.#text.length + end - at > maxLineBytes) return this.#lose(chunk);
    this.#text += chunk.toString('latin1', at, end);
    if (newline === -1) return end;
    const line = this.#text;
    this.#text = '';
    if (!line.endsWith('\r\n')) return this.#lose(chunk);
    this.#readLine(line.slice(0, -2));
    return this.#phase === 'lost' ? chunk.length : end;
  }

  #readLine(line: string): void {
    if (this.#phase === 'trailer') {
      if (line === '') this.#end();
    } else if (this.#phase === 'data-end') {
      this.#phase = line === '' ? 'size' : 'lost';
    } else {
      const [, size] = /^([0-9a-fA-F]{1,12})(?:[ \t]*;.*)?$/.exec(line) ?? [];
      if (size === undefined) this.#phase = 'lost';
      else if (Number.parseInt(size, 16) === 0) this.#phase = 'trailer';
      else {
        this.#phase = 'body';
        this.#isInChunk = true;
        this.#left = Number.parseInt(size, 16);
      }
    }
  }

  #end(): void {
    this.#phase = 'start';
    this.#options.onEnd();
  }

  #lose(chunk: Buffer): number {
    this.#phase = 'lost';
    this.#text = '';
    return chunk.length;
  }
}
