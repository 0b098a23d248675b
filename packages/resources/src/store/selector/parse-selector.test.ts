import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from './parse-selector.ts';

const cases = [
  { selector: 'a=b, c in (d,e) ,!f', terms: ['label:a', 'label:c', 'label:f'], because: 'commas in brackets part values' },
  { selector: 'a notin (b),c', terms: ['label:a', 'label:c'], because: 'brackets end' },
  { selector: ' ', terms: [], because: 'nothing is asked' },
];
for (const { selector, terms, because } of cases)
  test(`${JSON.stringify(selector)} asks for ${terms.length} labels because ${because}`, () => {
    assert.deepEqual(
      parseLabelSelector(selector).map(({ term }) => term),
      terms,
    );
  });

const refused = [
  { selector: ','.repeat(1_000_000), says: /more than 50 requirements/, because: 'nobody types a million commas' },
  { selector: `a in (${'b,'.repeat(1_000)}c)`, says: /more than 500 values/, because: 'SQLite has a bound for placeholders' },
  { selector: 'a in (b', says: /invalid label key/, because: 'the bracket stays open' },
  { selector: 'a,,b', says: /invalid label key ""/, because: 'a part is empty' },
];
for (const { selector, says, because } of refused)
  test(`${JSON.stringify(selector.slice(0, 20))} is refused because ${because}`, () => {
    assert.throws(() => parseLabelSelector(selector), { reason: 'invalid', message: says });
  });
