import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createVirtualClock } from '../testing/virtual-clock.ts';
import { giveBackAtRest } from './give-back-at-rest.ts';

const run = promisify(execFile);

const looks: { because: string; shares: number[]; collected: number[] }[] = [
  { because: 'the start was work', shares: [0, 0, 0, 0, 0, 0], collected: [3] },
  { because: 'work goes on', shares: [0.5, 0.5, 0.5, 0.5, 0.5], collected: [] },
  { because: 'somebody works with pauses', shares: [0.5, 0, 0, 0.5, 0, 0, 0.5, 0, 0], collected: [] },
  { because: 'it rests after each work', shares: [0, 0, 0, 0.5, 0, 0, 0], collected: [3, 7] },
  { because: 'a little is no work', shares: [0, 0, 0, 0.03, 0, 0, 0, 0], collected: [3] },
  { because: 'a little is no rest', shares: [0.03, 0.03, 0.03, 0.03, 0, 0, 0], collected: [7] },
];
for (const { because, shares, collected } of looks)
  test(`collects after looks ${collected.join(', ') || 'none'} of ${shares.length} because ${because}`, async () => {
    const clock = createVirtualClock();
    let used = 0;
    let look = 0;
    const found: number[] = [];
    const stop = giveBackAtRest({ usedCpuMs: () => used, collect: () => found.push(look) }, clock);
    for (const share of shares) {
      look += 1;
      used += share * 10_000;
      await clock.advance(10_000);
    }
    assert.deepEqual(found, collected);
    stop();
    await clock.advance(60_000);
    assert.deepEqual(found, collected, 'ended');
  });

test('a process that worked gives most of its memory back', async () => {
  const script = `
    import { giveOwnMemoryBackAtRest } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    let now = 0;
    const tasks = [];
    giveOwnMemoryBackAtRest({ now: () => now, after: (_, task) => void tasks.push(task) });
    let kept = [];
    for (let count = 0; count < 2_000_000; count += 1) kept.push({ count });
    kept = undefined;
    const before = process.memoryUsage().heapTotal;
    for (let look = 0; look < 4; look += 1) {
      now += 3_600_000;
      tasks.shift()();
    }
    setImmediate(() => console.log(process.memoryUsage().heapTotal / before));
  `;
  const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script]);
  assert.ok(Number(stdout) < 0.5, `${stdout} of it is left`);
});
