import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { createVirtualClock } from '../testing/virtual-clock.ts';
import { pause } from './clock.ts';

test('a pause ends in its time and leaves no listener behind', async () => {
  const clock = createVirtualClock();
  const { signal } = new AbortController();
  const paused = pause(clock, 1_000, signal);

  await clock.advance(1_000);
  await paused;

  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('a pause ends at once when its signal aborts, before or meanwhile', async () => {
  const clock = createVirtualClock();
  const stop = new AbortController();
  const paused = pause(clock, 1_000, stop.signal);

  stop.abort();

  await paused;
  await pause(clock, 1_000, stop.signal);
});
