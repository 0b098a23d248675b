import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** One entry of a layer. Paths have no leading slash; folders need no entry of their own. */
export type LayerEntry = { path: string } & (
  | { type: 'file'; source: { file: string; size: number } | { content: Buffer }; executable: boolean }
  | { type: 'folder' }
  | { type: 'link'; target: string }
);

/** A finished layer on disk. */
export interface Layer {
  file: string;
  digest: string;
  size: number;
}

const block = 512;
const empty = Buffer.alloc(block);

/**
 * Writes a tar archive whose bytes depend on names, contents and the executable bit alone: sorted by bytes, time 0, owner 0, modes 0644 or 0755.
 * It is not compressed, because compressed bytes differ from one zlib to the next.
 */
export async function writeLayer(file: string, entries: readonly LayerEntry[], signal: AbortSignal): Promise<Layer> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o600);
  let size = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes);
    size += bytes.length;
    await writeAll(handle, bytes);
  };
  try {
    for (const entry of withFolders(entries)) {
      signal.throwIfAborted();
      for (const bytes of headersOf(entry)) await write(bytes);
      if (entry.type === 'file') await writeContent(entry, write);
    }
    await write(Buffer.alloc(2 * block));
  } finally {
    await handle.close();
  }
  return { file, digest: `sha256:${hash.digest('hex')}`, size };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
}

async function writeContent(entry: LayerEntry & { type: 'file' }, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const expected = sizeOf(entry);
  let size = 0;
  if ('content' in entry.source) {
    size = entry.source.content.length;
    await write(entry.source.content);
  } else {
    for await (const chunk of createReadStream(entry.source.file, { highWaterMark: 256 * 1024 })) {
      size += (chunk as Buffer).length;
      if (size > expected) break;
      await write(chunk as Buffer);
    }
  }
  // The header has been written with the size: other content would make an unreadable archive.
  if (size !== expected) throw new Error(`${entry.path} changed while it was packed`);
  if (size % block !== 0) await write(empty.subarray(0, block - (size % block)));
}

const sizeOf = (entry: LayerEntry): number => {
  if (entry.type !== 'file') return 0;
  return 'content' in entry.source ? entry.source.content.length : entry.source.size;
};

/** Entries with all their parent folders, in the order of their bytes. */
function withFolders(entries: readonly LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const parts = entry.path.split('/');
    for (let length = 1; length < parts.length; length += 1) {
      const path = parts.slice(0, length).join('/');
      if (!byPath.has(path)) byPath.set(path, { path, type: 'folder' });
    }
    byPath.set(entry.path, entry);
  }
  const name = (entry: LayerEntry) => Buffer.from(entry.type === 'folder' ? `${entry.path}/` : entry.path);
  return [...byPath.values()]
    .map((entry) => ({ entry, key: name(entry) }))
    .sort((one, other) => Buffer.compare(one.key, other.key))
    .map(({ entry }) => entry);
}

function headersOf(entry: LayerEntry): Buffer[] {
  const path = entry.type === 'folder' ? `${entry.path}/` : entry.path;
  const target = entry.type === 'link' ? entry.target : '';
  const records: [string, string][] = [];
  if (needsPax(path)) records.push(['path', path]);
  if (needsPax(target)) records.push(['linkpath', target]);
  const size = sizeOf(entry);
  if (size > maxOctalSize) records.push(['size', String(size)]);
  const type = { file: '0', folder: '5', link: '2' }[entry.type];
  const mode = entry.type === 'file' && !entry.executable ? 0o644 : entry.type === 'link' ? 0o777 : 0o755;
  const main = header({ path, target, size, type, mode });
  if (records.length === 0) return [main];
  const body = paxBody(records);
  const padded = Buffer.concat([body, Buffer.alloc((block - (body.length % block)) % block)]);
  return [header({ path: 'pax', target: '', size: body.length, type: 'x', mode: 0o644 }), padded, main];
}

const maxOctalSize = 0o77777777777;
const needsPax = (text: string): boolean => Buffer.byteLength(text) > 100 || /[^\u0020-\u007e]/.test(text);

function paxBody(records: readonly [string, string][]): Buffer {
  const lines = records.map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    // The length counts its own digits.
    let length = Buffer.byteLength(rest) + 1;
    while (String(length).length + Buffer.byteLength(rest) !== length) length = String(length).length + Buffer.byteLength(rest);
    return `${length}${rest}`;
  });
  return Buffer.from(lines.join(''));
}

function header(fields: { path: string; target: string; size: number; type: string; mode: number }): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0');
  // Long names are cut here; the pax record before has them whole.
  Buffer.from(fields.path).copy(bytes, 0, 0, 100);
  bytes.write(`${octal(fields.mode, 8)}\0`, 100);
  bytes.write(`${octal(0, 8)}\0`, 108);
  bytes.write(`${octal(0, 8)}\0`, 116);
  bytes.write(`${octal(Math.min(fields.size, maxOctalSize), 12)}\0`, 124);
  bytes.write(`${octal(0, 12)}\0`, 136);
  bytes.write('        ', 148);
  bytes.write(fields.type, 156);
  Buffer.from(fields.target).copy(bytes, 157, 0, 100);
  bytes.write('ustar\u000000', 257);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${octal(sum, 7)}\0 `, 148);
  return bytes;
}
