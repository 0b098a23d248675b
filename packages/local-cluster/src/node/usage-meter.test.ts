import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@fairway/resources/model';
import { createUsageMeter } from './usage-meter.ts';

test('a container counts by its processor time since the measurement before, and never across a restart', async () => {
  let [now, cpuMs, restarts] = [0, 1_000, 0];
  /** Who waits is served at once, a quarter of the time later on the processor. */
  const clock: Clock = {
    now: () => now,
    after: (ms, task) => {
      now += ms;
      cpuMs += ms / 4;
      queueMicrotask(task);
      return () => {};
    },
  };
  const figures = async () => [
    { namespace: 'default', pod: 'web', uid: 'u', container: 'main', restarts, cpuMs, memoryBytes: 64, processes: 1 },
  ];
  const meter = createUsageMeter({ figures, clock });

  assert.deepEqual((await meter.read()).usage, [{ namespace: 'default', pod: 'web', container: 'main', cpu: 0.25, memory: 64 }]);

  [now, cpuMs] = [now + 15_000, cpuMs + 1_500];
  assert.equal((await meter.read()).usage[0]?.cpu, 0.1);

  [now, cpuMs, restarts] = [now + 15_000, 10, 1];
  assert.deepEqual((await meter.read()).usage, []);
});
