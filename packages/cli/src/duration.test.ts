import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs } from './duration.ts';

test('durations have a unit and an end', () => {
  assert.deepEqual(['250ms', '90s', '10m', '24h'].map(durationMs), [250, 90_000, 600_000, 86_400_000]);
  for (const given of ['', '0s', '90', '1.5h', '-1s', '25h', '10 m', '1d', '99999999999s'])
    assert.throws(() => durationMs(given), { exitCode: 2, message: /is no duration/ }, given);
});
