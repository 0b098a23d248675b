import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import { createVirtualClock } from '@fairway/resources/testing';
import { dropStaleUploads } from './drop-stale-uploads.ts';

test('drops uploads of the day before now and every hour, also after a failure', async () => {
  const clock = createVirtualClock();
  const asked: number[] = [];
  const artifacts = {
    dropStaleUploads: async (before: number) => {
      asked.push(clock.now() - before);
      if (asked.length === 1) throw new Error('the disk does not answer');
      return 1;
    },
  };
  const stop = new AbortController();
  const running = dropStaleUploads({ artifacts, clock, log: silentLog }, stop.signal);

  await clock.advance(3_600_000);
  stop.abort();
  await running;

  assert.deepEqual(asked, [86_400_000, 86_400_000]);
});
