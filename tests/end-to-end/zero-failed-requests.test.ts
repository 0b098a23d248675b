import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startInstallation } from './installation.ts';
import { startSteadyClient } from './steady-client.ts';

const releases = 5;
// The third one takes its time to end: the gateway must not wait for it, and must not send it anything either.
const slowToEnd = 3;

test('no request fails while five releases replace each other', async (t) => {
  const fairway = await startInstallation(t);
  const folder = await fairway.copyOf(join(import.meta.dirname, 'testdata', 'steady'));
  const write = (number: number): Promise<void> =>
    writeFile(
      join(folder, 'package.json'),
      JSON.stringify({
        name: 'steady',
        version: `1.0.${number}`,
        type: 'module',
        scripts: { start: 'node server.js' },
        ignoreTermMs: number === slowToEnd ? 4_000 : 0,
      }),
    );
  await write(0);
  const { urls } = await fairway.json<{ urls: string[] }>(['deploy', folder]);

  const logs = fairway.follow(['logs', '-f', 'steady']);
  const startedAt = performance.now();
  const client = startSteadyClient(urls[0] ?? '');
  for (let number = 1; number <= releases; number += 1) {
    await write(number);
    await fairway.json(['deploy', folder]);
  }
  await logs.until(new RegExp(`^steady 1\\.0\\.${slowToEnd} was told to stop$`, 'm'));
  const tally = await client.stop();
  const seconds = (performance.now() - startedAt) / 1_000;

  t.diagnostic(`${tally.requests} requests in ${seconds.toFixed(1)} s (${Math.round(tally.requests / seconds)} each second)`);
  t.diagnostic(`${tally.streamEvents} events, ${tally.socketEchoes} echoes`);
  await logs.stop();
  assert.deepEqual(tally.failures, []);
  assert.deepEqual(
    Object.keys(tally.byRelease).toSorted(),
    Array.from({ length: releases + 1 }, (_, number) => `1.0.${number}`),
    'every release answered',
  );
  assert.ok(tally.requests > 1_000 && tally.streamEvents > 50 && tally.socketEchoes > 100, JSON.stringify(tally));
});
