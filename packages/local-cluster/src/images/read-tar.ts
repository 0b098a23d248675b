import { invalid } from '@fairway/resources/model';

type TarEntryType = 'file' | 'hard-link' | 'symlink' | 'directory' | 'device';

export interface TarEntry {
  path: string;
  type: TarEntryType;
  mode: number;
  size: number;
  linkTarget: string;
}

const blockBytes = 512;
// Long names and extended headers: a path has at most 4,096 bytes, and a header with more than this is an attack on memory.
const maxHeaderBytes = 1024 * 1024;

/** Reads a stream by counts of bytes; holds at most one piece of it. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to `most` bytes; empty at the end. */
  async some(most: number): Promise<Buffer> {
    while (this.#piece.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return Buffer.alloc(0);
      this.#piece = next.value;
    }
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }

  async exactly(count: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const piece = await this.some(missing);
      if (piece.length === 0) {
        if (pieces.length === 0) return undefined;
        throw invalid('the archive ends in the middle of an entry');
      }
      pieces.push(piece);
      missing -= piece.length;
    }
    return Buffer.concat(pieces);
  }
}

const text = (block: Buffer, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
};

const number = (block: Buffer, from: number, length: number): number => {
  // The high bit means base 256, for sizes of 8 GiB and more.
  if (((block[from] ?? 0) & 0x80) !== 0) return Number(BigInt(`0x${block.toString('hex', from, from + length)}`) & ((1n << 63n) - 1n));
  return Number.parseInt(text(block, from, length).trim() || '0', 8);
};

const checkHeader = (block: Buffer): void => {
  const told = number(block, 148, 8);
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
  if (sum !== told) throw invalid('the archive has a header with a wrong checksum');
};

/** `LENGTH KEY=VALUE\n` records. */
const parsePax = (bytes: Buffer): Map<string, string> => {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number.parseInt(bytes.toString('latin1', at, space), 10);
    if (space === -1 || !(length > 0) || at + length > bytes.length) throw invalid('the archive has a broken extended header');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
};

const typeOf = (flag: string): TarEntryType => {
  if (flag === '0' || flag === '\0' || flag === '7') return 'file';
  if (flag === '1') return 'hard-link';
  if (flag === '2') return 'symlink';
  return flag === '5' ? 'directory' : 'device';
};

const entryOf = (block: Buffer, pax: ReadonlyMap<string, string>, long: { path?: string; link?: string }): TarEntry => {
  const prefix = text(block, 257, 5) === 'ustar' && block[262] === 0 ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const path = pax.get('path') ?? long.path ?? (prefix === '' ? name : `${prefix}/${name}`);
  const type = typeOf(String.fromCharCode(block[156] ?? 0));
  return {
    path,
    type: type === 'file' && path.endsWith('/') ? 'directory' : type,
    mode: number(block, 100, 8) & 0o777,
    size: type === 'file' ? Number(pax.get('size') ?? number(block, 124, 12)) : 0,
    linkTarget: pax.get('linkpath') ?? long.link ?? text(block, 157, 100),
  };
};

export type OnTarEntry = (entry: TarEntry, content: () => AsyncGenerator<Buffer>) => Promise<void>;

async function* contentOf(reader: ByteReader, left: { bytes: number }): AsyncGenerator<Buffer> {
  while (left.bytes > 0) {
    const piece = await reader.some(left.bytes);
    if (piece.length === 0) throw invalid('the archive ends in the middle of an entry');
    left.bytes -= piece.length;
    yield piece;
  }
}

async function readLong(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > maxHeaderBytes) throw invalid(`the archive has an extended header of ${size} bytes; at most ${maxHeaderBytes} are read`);
  const padded = await reader.exactly(Math.ceil(size / blockBytes) * blockBytes);
  return (padded ?? Buffer.alloc(0)).subarray(0, size);
}

const untilNul = (bytes: Buffer): string => text(bytes, 0, bytes.length);

/** What headers before an entry say about it. */
interface Announced {
  pax: Map<string, string>;
  long: { path?: string; link?: string };
}

/** Reads a header that announces something of the next entry; undefined when this one is an entry itself. */
async function readAnnouncement(reader: ByteReader, block: Buffer, before: Announced): Promise<Announced | undefined> {
  const size = number(block, 124, 12);
  switch (String.fromCharCode(block[156] ?? 0)) {
    case 'x':
      return { ...before, pax: parsePax(await readLong(reader, size)) };
    case 'L':
      return { ...before, long: { ...before.long, path: untilNul(await readLong(reader, size)) } };
    case 'K':
      return { ...before, long: { ...before.long, link: untilNul(await readLong(reader, size)) } };
    case 'g':
      // Global headers carry comments (a commit, in archives of Git), nothing that is needed.
      await readLong(reader, size);
      return before;
    default:
      return undefined;
  }
}

/** Reads ustar with pax and GNU long names, entry by entry. Content that `onEntry` leaves unread is skipped. */
export async function readTar(source: AsyncIterable<Buffer>, onEntry: OnTarEntry): Promise<void> {
  const reader = new ByteReader(source);
  let announced: Announced = { pax: new Map(), long: {} };
  for (;;) {
    const block = await reader.exactly(blockBytes);
    if (block === undefined || block.every((byte) => byte === 0)) return;
    checkHeader(block);
    const announcement = await readAnnouncement(reader, block, announced);
    if (announcement !== undefined) {
      announced = announcement;
      continue;
    }
    const entry = entryOf(block, announced.pax, announced.long);
    if (!(entry.size >= 0 && Number.isSafeInteger(entry.size))) throw invalid('the archive has an entry with an impossible size');
    const left = { bytes: entry.size };
    await onEntry(entry, () => contentOf(reader, left));
    for await (const _ of contentOf(reader, left));
    await reader.exactly((blockBytes - (entry.size % blockBytes)) % blockBytes);
    announced = { pax: new Map(), long: {} };
  }
}
