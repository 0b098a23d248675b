import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeExcess, estimatedRuleLimit } from './limits.ts';

const advice = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

test('an excess is told by its factor as far as that says something', () => {
  const cases: readonly [cost: bigint, times: string][] = [
    [11_000_000n, '1.100000x'],
    [23_000_000n, '2.3x'],
    [1_000_000_000n, '100.0x'],
    [2n ** 64n - 1n, 'more than 100x'],
  ];
  for (const [cost, times] of cases)
    assert.equal(
      describeExcess('estimated rule cost', cost, estimatedRuleLimit),
      `estimated rule cost exceeds budget by factor of ${times} ${advice}`,
    );
});
