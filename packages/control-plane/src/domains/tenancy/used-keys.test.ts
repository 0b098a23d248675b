import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Caller, Resources } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createVirtualClock, type VirtualClock } from '@fairway/resources/testing';
import { createUsedKeys, tenancyKinds, UsedKey, type UsedKeys } from './index.ts';

const ada: Caller = { principal: 'user:ada', permissions: ['*'] };
const day = 86_400_000;

async function open(t: TestContext): Promise<{ clock: VirtualClock; resources: Resources; keys: UsedKeys; count: () => Promise<number> }> {
  const clock = createVirtualClock();
  const kinds = createKindRegistry();
  tenancyKinds(kinds);
  const resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  t.after(() => resources.close());
  const keys = createUsedKeys({ resources, clock, onProblem: (error) => assert.fail(String(error)) });
  const count = async (): Promise<number> => {
    const { items, remainingItemCount = 0 } = await resources.listText(UsedKey, { limit: 1 });
    return items.length + remainingItemCount;
  };
  return { clock, resources, keys, count };
}
const commit = (resources: Resources, use: ReturnType<UsedKeys['use']>, fingerprint = 'f') =>
  resources.commit({ caller: ada, action: 'test' }, [use.change(fingerprint)]);
const follow = (t: TestContext, keys: UsedKeys): void => {
  const stop = new AbortController();
  const done = keys.follow(stop.signal);
  t.after(() => {
    stop.abort();
    return done;
  });
};

test('a use is known from its commit on, and its answer from when it is kept', async (t) => {
  const { resources, keys } = await open(t);
  const answer = { status: 201, headers: { a: 'b' }, body: 'made' };
  const use = keys.use(ada, 'key');
  const repeat = keys.use(ada, 'key');

  assert.equal(await repeat.find(), undefined);
  await commit(resources, use);
  await commit(resources, use);
  assert.equal((await repeat.find())?.answer, undefined);
  await use.keep(answer);

  assert.deepEqual([(await repeat.find())?.fingerprint, (await repeat.find())?.answer], ['f', answer]);
  assert.doesNotMatch((await resources.getText(UsedKey, { name: use.id })) ?? '', /"key"/, 'the key itself is not stored');
});

test('an answer is kept by the request that used the key, and by none that wrote nothing', async (t) => {
  const { resources, keys, count } = await open(t);
  const answer = { status: 200, headers: {}, body: '' };

  await keys.use(ada, 'unused').keep(answer);
  assert.equal(await count(), 0);
  await commit(resources, keys.use(ada, 'key'));
  await keys.use(ada, 'key').keep(answer);

  assert.equal((await keys.use(ada, 'key').find())?.answer, undefined);
});

test('an answer that is too large is not kept, and the use is', async (t) => {
  const { resources, keys } = await open(t);
  const use = keys.use(ada, 'key');
  await commit(resources, use);
  await use.keep({ status: 200, headers: {}, body: 'x'.repeat(65_537) });

  assert.deepEqual([(await use.find())?.fingerprint, (await use.find())?.answer], ['f', undefined]);
});

test('a commit under a key that another request has used meanwhile is refused', async (t) => {
  const { resources, keys } = await open(t);
  const [one, two] = [keys.use(ada, 'key'), keys.use(ada, 'key')];
  await commit(resources, one);

  await assert.rejects(commit(resources, two), { reason: 'conflict' });
});

test('a key may be used anew after a day, also before the old use has been dropped', async (t) => {
  const { clock, resources, keys } = await open(t);
  await commit(resources, keys.use(ada, 'key'));

  await clock.advance(day);
  assert.equal(await keys.use(ada, 'key').find(), undefined);
  await commit(resources, keys.use(ada, 'key'), 'g');

  assert.equal((await keys.use(ada, 'key').find())?.fingerprint, 'g');
});

for (const [because, other] of [
  ['another principal', { ...ada, principal: 'user:grace' }],
  ['another organization', { ...ada, organization: 'acme' }],
  ['other permissions', { ...ada, permissions: ['catalog.*'] }],
  ['other limits', { ...ada, limits: { image: 'a/' } }],
] as const)
  test(`the keys of ${because} are others`, async (t) => {
    const { keys } = await open(t);
    assert.notEqual(keys.use(ada, 'key').id, keys.use(other, 'key').id);
  });

test('what is older than a day goes by itself', async (t) => {
  const { clock, resources, keys, count } = await open(t);
  follow(t, keys);
  await commit(resources, keys.use(ada, 'old'));
  await clock.advance(day / 2);
  await commit(resources, keys.use(ada, 'new'));

  await clock.until(async () => (await count()) === 1, day);

  assert.ok(await keys.use(ada, 'new').find());
});

test('of very many the oldest go before their time', async (t) => {
  const { clock, resources, keys, count } = await open(t);
  follow(t, keys);
  await commit(resources, keys.use(ada, 'oldest'));
  await clock.advance(1_000);
  for (let at = 0; at < 10_100; at += 100)
    await Promise.all(Array.from({ length: 100 }, (_, index) => commit(resources, keys.use(ada, `key-${at + index}`))));

  await clock.until(async () => (await count()) === 10_000);

  assert.equal(await keys.use(ada, 'oldest').find(), undefined);
});
