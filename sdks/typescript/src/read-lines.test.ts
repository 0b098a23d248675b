import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines } from './read-lines.ts';
import { collect } from './testing/collect.ts';

const linesOf = async (
  chunks: readonly (string | Uint8Array<ArrayBuffer>)[],
  options?: Parameters<typeof readLines>[1],
): Promise<string[]> => {
  const body = ReadableStream.from(chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)));
  return collect(readLines(new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>), options));
};

test('lines are the same however the stream is cut', async () => {
  assert.deepEqual(await linesOf(['a\nb', 'c\r\n\nd']), ['a', 'bc', '', 'd']);
  assert.deepEqual(await linesOf([]), []);
  const euro = new TextEncoder().encode('€\n');
  assert.deepEqual(await linesOf([euro.slice(0, 1), euro.slice(1)]), ['€']);
});

test('a line without an end is cut into pieces, so that memory stays bounded', async () => {
  assert.deepEqual(await linesOf(['abcd', 'efg'], { maxChars: 3 }), ['abc', 'def', 'g']);
});

test('an unfinished line is dropped where only whole lines count', async () => {
  assert.deepEqual(await linesOf(['{"a":1}\n{"b'], { unfinished: 'drop' }), ['{"a":1}']);
});
