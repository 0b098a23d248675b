import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Liveness } from './is-answering.ts';
import { watchLiveness } from './watch-liveness.ts';

const timing = { everyMs: 10_000, withinMs: 5_000, failures: 6, startFailures: 30, graceMs: 5_000 };

/** Watches a program that answers as the list says, one entry a look, and the last one from then on. Time moves only when it is told to. */
function watch(t: TestContext, answers: readonly Liveness[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const hung: string[] = [];
  let looks = 0;
  const ask = async (): Promise<Liveness> => answers[Math.min(looks++, answers.length - 1)] ?? 'answers';
  const stop = watchLiveness({ ask, onHung: (why) => hung.push(why), timing });
  return {
    hung,
    stop,
    looks: () => looks,
    pass: async (count: number) => {
      for (let look = 0; look < count; look += 1) {
        t.mock.timers.tick(timing.everyMs);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
const times = (count: number, answer: Liveness): Liveness[] => Array.from({ length: count }, () => answer);

test('a program that answered and then is silent six times in a row hangs, and is told of once', async (t) => {
  const watched = watch(t, ['answers', 'silent']);

  await watched.pass(6);
  assert.deepEqual(watched.hung, []);
  await watched.pass(10);

  assert.equal(watched.hung.length, 1);
  assert.match(watched.hung[0] ?? '', /did not answer for 60 s/);
  assert.equal(watched.looks(), 7, 'it is looked at no more');
});

test('one answer in between begins the count anew', async (t) => {
  const watched = watch(t, ['answers', ...times(5, 'silent'), 'answers', ...times(5, 'silent'), 'answers']);

  await watched.pass(20);

  assert.deepEqual(watched.hung, []);
});

test('a program that stopped listening hangs too', async (t) => {
  const watched = watch(t, ['answers', 'closed']);

  await watched.pass(7);

  assert.match(watched.hung[0] ?? '', /did not listen/);
});

test('a program that has never answered may be starting, and gets five minutes', async (t) => {
  const watched = watch(t, ['closed']);

  await watched.pass(29);
  assert.deepEqual(watched.hung, []);
  await watched.pass(1);

  assert.match(watched.hung[0] ?? '', /did not listen for 300 s after its start/);
});

test('nothing is asked after the watch was ended, and an answer on its way counts no more', async (t) => {
  const watched = watch(t, ['answers', 'silent']);
  await watched.pass(6);

  t.mock.timers.tick(timing.everyMs);
  watched.stop();
  await watched.pass(10);

  assert.deepEqual(watched.hung, []);
  assert.equal(watched.looks(), 7);
});
