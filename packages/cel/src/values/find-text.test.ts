import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLastText, findText, splitText } from './find-text.ts';

/** Texts of two letters with much repetition, the same in each run. */
function* textsOf(length: number, count: number): Generator<string> {
  let seed = 1;
  for (let made = 0; made < count; made += 1) {
    let text = '';
    while (text.length < length) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      text += (seed & 0x30000) === 0 ? 'b' : 'a'.repeat(1 + (seed % 90));
    }
    yield text.slice(0, length);
  }
}

test('long parts are found, and cut at, where the engine finds them', () => {
  const [part = ''] = textsOf(100, 1);
  const parts = [part, 'a'.repeat(70), `${'a'.repeat(70)}b${'a'.repeat(10)}`, `b${'a'.repeat(65)}`];
  for (const text of textsOf(3000, 50)) {
    for (const wanted of [...parts, text.slice(1000, 1100)]) {
      assert.equal(findText(text, wanted), text.indexOf(wanted));
      assert.equal(findText(text, wanted, 1500), text.indexOf(wanted, 1500));
      assert.equal(findLastText(text, wanted, 3000), text.lastIndexOf(wanted));
      assert.equal(findLastText(text, wanted, 1500), text.lastIndexOf(wanted, 1500));
      assert.deepEqual(splitText(text, wanted), text.split(wanted));
    }
  }
});

test('a search whose time the engine lets grow with the product of both lengths ends', () => {
  const text = 'a'.repeat(2_000_000);
  const half = 'a'.repeat(250_000);
  for (const part of [`b${half}${half}`, `${half}b${half}`, `${half}${half}b`])
    assert.deepEqual([findText(text, part), findLastText(text, part, text.length), splitText(text, part).length], [-1, -1, 1]);
});
