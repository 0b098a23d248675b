import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Regex } from './regex.ts';

describe('what RE2 does not have is refused in its words', () => {
  const cases: readonly [pattern: string, says: string][] = [
    ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['a(?=b)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(?<!a)b', 'error parsing regexp: invalid named capture: `(?<!a)b`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['(a{100}){100}', 'error parsing regexp: invalid repeat count: `{100}`'],
    ['\\u0041', 'error parsing regexp: invalid escape sequence: `\\u`'],
  ];
  for (const [pattern, message] of cases) test(pattern, () => assert.throws(() => new Regex(pattern), { message }));
});

describe('patterns on which a backtracking engine hangs take time in proportion to the text', () => {
  const text = `${'a'.repeat(100_000)}!`;
  for (const pattern of ['^(a+)+$', '^(a|aa)*$', '^(a*)*b', '(.*)*x', '^(a?){50}a{50}$', '(a|b)*a(a|b){15}c', '\\b(a+)+\\b$'])
    test(pattern, () => assert.equal(new Regex(pattern).test(text), false));
});

/** Patterns of letters, classes, groups and repeats, the same in each run. What is repeated is not empty: there the engines differ. */
function createPatterns(): (depth: number) => string {
  let seed = 7;
  const choose = (...choices: string[]): string => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return choices[(seed >> 8) % choices.length] ?? '';
  };
  const pattern = (depth: number): string => {
    if (depth === 0) return choose('a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\d', 'é');
    const [one, other] = [pattern(depth - 1), pattern(depth - 1)];
    return choose(
      `${one}${other}`,
      `(?:${one}|${other})`,
      `(?:a${one})*`,
      `(?:b${one})+?`,
      `(?:c${one})?${other}`,
      `(?:.${one}){1,3}`,
      `^${one}`,
      `${one}$`,
    );
  };
  return pattern;
}

test('what matches, and where, is what it is to the engine, as far as both read a pattern alike', () => {
  const pattern = createPatterns();
  const texts = ['', 'a', 'abc', 'aabbcc', 'cab1é', 'éaé bca', 'ccccccccab', '1a2b3c'];
  for (let count = 0; count < 2000; count += 1) {
    const written = pattern(1 + (count % 4));
    const [ours, theirs] = [new Regex(written), new RegExp(written, 'su')];
    for (const text of texts) {
      const match = theirs.exec(text);
      assert.equal(ours.test(text), match !== null, `${written} on '${text}'`);
      assert.deepEqual(
        ours.find(text, 0),
        match === null ? undefined : { start: match.index, end: match.index + match[0].length },
        `${written} on '${text}'`,
      );
    }
  }
});
