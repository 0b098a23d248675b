import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createDeflate, createInflate } from 'node:zlib';
import { createEmptyHeaders, createHeaderDecoder, dictionary } from './spdy-headers.ts';

const block = (pairs: Readonly<Record<string, string>>): Buffer => {
  const parts = [Object.keys(pairs).length, ...Object.entries(pairs).flat()].map((part) => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : Buffer.alloc(0);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(typeof part === 'string' ? bytes.length : part);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat(parts);
};

test('the dictionary has the length that the protocol gives it', () => {
  assert.equal(dictionary.length, 1423);
});

test('blocks that were compressed one behind the other are read one by one', async () => {
  const deflate = createDeflate({ dictionary });
  const compressed = (bytes: Buffer): Promise<Buffer> =>
    new Promise((resolve) => {
      deflate.write(bytes);
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(deflate.read() as Buffer));
    });
  const decoder = createHeaderDecoder();
  for (const requestid of ['0', '0', '1', '2'])
    for (const streamtype of ['error', 'data']) {
      const headers = { port: '8080', requestid, streamtype };
      assert.deepEqual(Object.fromEntries(decoder.decode(await compressed(block(headers)))), headers);
    }
  deflate.destroy();
});

test('blocks that we write are one compressed stream', async () => {
  const empty = createEmptyHeaders();
  const inflate = createInflate({ dictionary });
  for (let count = 0; count < 4; count++) inflate.write(empty());
  const bytes = await new Promise<Buffer>((resolve) => inflate.flush(() => resolve(inflate.read() as Buffer)));
  inflate.destroy();
  assert.deepEqual(bytes, Buffer.alloc(16));
});

const refused: [string, Buffer][] = [
  ['what is not compressed', Buffer.from('not deflate at all')],
  ['a block that is cut', Buffer.from([0x78, 0xbb])],
];
for (const [name, bytes] of refused)
  test(`${name} is refused`, () => {
    assert.throws(() => createHeaderDecoder().decode(bytes));
  });
