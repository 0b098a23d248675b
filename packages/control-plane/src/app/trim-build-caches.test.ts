import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Job } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { silentLog } from '@fairway/resources/log';
import { createVirtualClock } from '@fairway/resources/testing';
import type { BuildCaches } from '#drivers/build-caches';
import { createRetentionFigures } from './retention-figures.ts';
import { trimBuildCaches } from './trim-build-caches.ts';

const minuteMs = 60_000;

test('trims once after the start and then while builds are made, asks the cluster who builds, and tells what went', async () => {
  const clock = createVirtualClock();
  const start = clock.now();
  const retention = createRetentionFigures(silentLog);
  const trims: { minute: number; isBusy: boolean[] }[] = [];
  let lastStart = 0;
  const caches: BuildCaches = {
    folderOf: (namespace) => namespace,
    whileStarting: (_namespace, begin) => begin(),
    lastStart: () => lastStart,
    trim: async ({ maxBytes, isBusy, signal }) => {
      assert.equal(maxBytes, 100);
      trims.push({
        minute: (clock.now() - start) / minuteMs,
        isBusy: await Promise.all(['building', 'idle'].map((namespace) => isBusy(namespace, signal))),
      });
      if (trims.length === 1) throw new Error('the disk does not answer');
      return { count: 2, bytes: 50 };
    },
  };
  const list = async (kind: { kind: string }, { namespace }: { namespace: string }) => ({
    items: kind.kind === Job.kind && namespace === 'building' ? [{ status: {} }] : [],
  });
  const cluster = async (): Promise<ClusterClient> => ({ list }) as unknown as ClusterClient;
  const stop = new AbortController();
  const running = trimBuildCaches({ caches, maxBytes: 100, cluster, retention, clock, log: silentLog }, stop.signal);
  await clock.advance(45 * minuteMs);
  lastStart = clock.now();
  await clock.advance(120 * minuteMs);
  stop.abort();
  await running;

  assert.deepEqual(
    trims.map(({ minute }) => minute),
    [10, 50, 60, 70, 80, 90, 100],
  );
  assert.ok(trims.every(({ isBusy }) => isBusy[0] === true && isBusy[1] === false));
  assert.match(retention.render(), /fairway_removed_bytes_total\{what="build-cache"\} 300\n/);
});
