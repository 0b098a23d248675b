import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@fairway/resources/model';
import { type ProbeTiming, startProbeLoop } from './index.ts';

/** A clock that goes on only when it is told, and lets promises settle at each stop. */
const createManualClock = () => {
  let now = 0;
  const tasks: { at: number; task: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    after: (delayMs, task) => {
      const entry = { at: now + delayMs, task };
      tasks.push(entry);
      return () => void tasks.splice(tasks.indexOf(entry), 1);
    },
  };
  const forward = async (ms: number): Promise<void> => {
    const end = now + ms;
    for (;;) {
      const next = tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      tasks.splice(tasks.indexOf(next), 1);
      now = next.at;
      next.task();
      await new Promise((resolve) => setImmediate(resolve));
    }
    now = end;
  };
  return { clock, forward };
};

const timing = (more: Partial<ProbeTiming> = {}): ProbeTiming => ({
  initialDelayMs: 0,
  periodMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
  ...more,
});

for (const { answers, given, verdicts, because } of [
  { answers: 'xx+', given: {}, verdicts: ['passed'], because: 'two failures are below the threshold' },
  { answers: 'xxx', given: {}, verdicts: ['failed'], because: 'three reach it' },
  {
    answers: '+xxx+',
    given: {},
    verdicts: ['passed', 'failed', 'passed'],
    because: 'a verdict changes when the other threshold is reached',
  },
  { answers: '+xx+xx', given: {}, verdicts: ['passed'], because: 'a success between failures forgets them' },
  { answers: '+x+', given: { successThreshold: 2 }, verdicts: [], because: 'successes must follow each other' },
]) {
  test(`probes answering ${answers} give [${verdicts}]: ${because}`, async () => {
    const { clock, forward } = createManualClock();
    const seen: string[] = [];
    let asked = 0;
    const ask = async () => (answers[asked++] === '+' ? ({ ok: true } as const) : ({ ok: false, message: 'no' } as const));

    const loop = startProbeLoop({ clock, timing: timing(given), ask, onVerdict: (verdict) => seen.push(verdict) });
    await forward((answers.length - 1) * 1_000);
    loop.stop();

    assert.deepEqual(seen, verdicts);
    assert.equal(asked, answers.length);
  });
}

test('asks eagerly until the first success, without using up the patience for failures', async () => {
  const { clock, forward } = createManualClock();
  const seen: string[] = [];
  let isUp = false;
  const loop = startProbeLoop({
    clock,
    timing: timing(),
    eagerPeriodMs: 50,
    ask: async () => (isUp ? { ok: true } : { ok: false, message: 'no' }),
    onVerdict: (verdict) => seen.push(`${verdict} at ${clock.now()}`),
  });

  await forward(1_900);
  assert.deepEqual(seen, []);
  isUp = true;
  await forward(100);
  loop.stop();

  assert.deepEqual(seen, ['passed at 1950']);
});
