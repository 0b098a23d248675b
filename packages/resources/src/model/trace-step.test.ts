import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { type Step, traceMethods, traceStep } from './trace-step.ts';

/** What a subscriber of the channel hears until the test ends. */
function listen(t: TestContext): string[] {
  const heard: string[] = [];
  const channel = tracingChannel<Step, Step>('fairway:step');
  const subscriber = {
    start: ({ name }: Step) => void heard.push(`before ${name}`),
    end: () => {},
    asyncStart: ({ name }: Step) => void heard.push(`after ${name}`),
    asyncEnd: () => {},
    error: () => {},
  };
  channel.subscribe(subscriber);
  t.after(() => channel.unsubscribe(subscriber));
  return heard;
}

test('a step is told before it does anything and after all that it did', async (t) => {
  const heard = listen(t);

  const answer = await traceStep('commit build.create', async () => {
    heard.push('work begins');
    await Promise.resolve();
    heard.push('work ends');
    return 7;
  });

  assert.equal(answer, 7);
  assert.deepEqual(heard, ['before commit build.create', 'work begins', 'work ends', 'after commit build.create']);
});

test('a step that fails has its end too, and its error', async (t) => {
  const heard = listen(t);

  await assert.rejects(
    traceStep('git heads', async () => Promise.reject(new Error('no git'))),
    /no git/,
  );

  assert.deepEqual(heard, ['before git heads', 'after git heads']);
});

test('every method of an object is a step of its own, with its arguments and its object', async (t) => {
  const store = traceMethods('records', {
    text: 'kept',
    async read(path: string) {
      return `${path} ${(this as { text?: string }).text}`;
    },
  } as { read(path: string): Promise<string> });
  const heard = listen(t);

  assert.equal(await store.read('a'), 'a kept');

  assert.deepEqual(heard, ['before records read', 'after records read']);
});

test('without a subscriber the work is called as it is', async () => {
  const work = Promise.resolve(1);

  assert.equal(
    traceStep('commit x', () => work),
    work,
  );
});
