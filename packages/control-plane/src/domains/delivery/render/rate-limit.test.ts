import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimitOf } from './rate-limit.ts';

const cases: readonly { because: string; requests: number; window: string; limit: { requests: number; unit: string } }[] = [
  { because: 'a second is a unit', requests: 5, window: '1s', limit: { requests: 5, unit: 'Second' } },
  { because: 'half a minute is counted by the minute', requests: 10, window: '30s', limit: { requests: 20, unit: 'Minute' } },
  { because: 'a minute is a unit', requests: 10, window: '1m', limit: { requests: 10, unit: 'Minute' } },
  { because: 'a minute and a half is counted by the hour', requests: 7, window: '1m30s', limit: { requests: 280, unit: 'Hour' } },
  { because: 'a day is a unit and not nothing', requests: 100, window: '1d', limit: { requests: 100, unit: 'Day' } },
  { because: 'what no unit divides is rounded down', requests: 1, window: '7s', limit: { requests: 12_342, unit: 'Day' } },
];
for (const { because, requests, window, limit } of cases) {
  test(`a limit of ${requests} in ${window} is ${limit.requests} a ${limit.unit}: ${because}`, () => {
    assert.deepEqual(rateLimitOf({ requests, window }), limit);
  });
}

test('no limit is no limit', () => {
  assert.equal(rateLimitOf(undefined), undefined);
});
