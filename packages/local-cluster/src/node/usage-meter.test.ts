import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '@fairway/resources/testing';
import { createUsageMeter } from './usage-meter.ts';

test('a container counts by its processor time since the measurement before, and never across a restart', async () => {
  const clock = createVirtualClock();
  let [cpuMs, restarts] = [1_000, 0];
  const figures = async () => [
    { namespace: 'default', pod: 'web', uid: 'u', container: 'main', restarts, cpuMs, memoryBytes: 64, processes: 1 },
  ];
  const meter = createUsageMeter({ figures, clock });

  const first = meter.read();
  await clock.settle();
  cpuMs += 250;
  await clock.advance(1_000);
  assert.deepEqual((await first).usage, [{ namespace: 'default', pod: 'web', container: 'main', cpu: 0.25, memory: 64 }]);

  cpuMs += 1_500;
  await clock.advance(15_000);
  assert.equal((await meter.read()).usage[0]?.cpu, 0.1);

  [cpuMs, restarts] = [10, 1];
  await clock.advance(15_000);
  assert.deepEqual((await meter.read()).usage, []);
});
