import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatIndexes, freeIndexes, parseIndexes } from './job-indexes.ts';

describe('indexes of a job', () => {
  for (const { because, indexes, text } of [
    { because: 'nothing is the empty text', indexes: [], text: '' },
    { because: 'two in a row stay two', indexes: [1, 2], text: '1,2' },
    { because: 'three in a row are a range', indexes: [7, 3, 5, 4, 1], text: '1,3-5,7' },
  ]) {
    test(`are written and read back as "${text}": ${because}`, () => {
      assert.equal(formatIndexes(indexes), text);
      assert.deepEqual([...parseIndexes(text, 10)], indexes.toSorted());
    });
  }

  for (const { because, text, found } of [
    { because: 'beyond the end there is no work', text: '2-9000000000', found: [2, 3, 4] },
    { because: 'nonsense says nothing', text: 'a,-3,4', found: [4] },
  ]) {
    test(`of "${text}" are ${found}: ${because}`, () => assert.deepEqual([...parseIndexes(text, 5)], found));
  }

  test('that are free come in order, as many as are asked for', () => {
    assert.deepEqual(freeIndexes([new Set([0]), new Set([2])], { completions: 9, most: 3 }), [1, 3, 4]);
    assert.deepEqual(freeIndexes([new Set([0, 1])], { completions: 2, most: 3 }), []);
  });
});
