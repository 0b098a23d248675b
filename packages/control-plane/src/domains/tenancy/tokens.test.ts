import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AccessToken } from '@fairway/contracts';
import { reconcilerCaller, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createTokens, tenancyKinds } from './index.ts';

const cause = { caller: reconcilerCaller('tenancy'), action: 'access-token.issue' };

async function open(now = () => Date.now()) {
  const kinds = createKindRegistry();
  tenancyKinds(kinds);
  const clock = { ...systemClock, now };
  const resources = await openResources({ database: await openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  let count = 0;
  return { resources, tokens: createTokens({ resources, clock, newToken: () => `t${++count}` }) };
}

describe('tokens', () => {
  test('an issued token opens for its principal and is stored as a hash only', async () => {
    const { resources, tokens } = await open();

    const token = await tokens.issue(cause, {
      name: 'ci',
      principal: 'service:ci',
      permissions: ['artifacts.image.read'],
      limits: { image: 'a/b/c' },
    });

    assert.deepEqual(await tokens.check(token), {
      principal: 'service:ci',
      permissions: ['artifacts.image.read'],
      limits: { image: 'a/b/c' },
    });
    assert.ok(!(await resources.getText(AccessToken, { name: 'ci' }))?.includes(`"${token}"`));
    await resources.close();
  });

  test('a deleted token stops working at once', async () => {
    const { resources, tokens } = await open();
    const stop = new AbortController();
    const following = tokens.follow(stop.signal);
    const token = await tokens.issue(cause, { name: 'ci', principal: 'service:ci', permissions: [] });
    assert.ok(await tokens.check(token));

    await resources.commit(cause, [{ op: 'delete', kind: AccessToken, key: { name: 'ci' } }]);

    const deadline = Date.now() + 5_000;
    while ((await tokens.check(token)) !== undefined && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await tokens.check(token), undefined);
    stop.abort();
    await following;
    await resources.close();
  });

  test('a token that was deleted while nobody listened stops working when listening begins', async () => {
    const { resources, tokens } = await open();
    const token = await tokens.issue(cause, { name: 'ci', principal: 'service:ci', permissions: [] });
    assert.ok(await tokens.check(token));
    await resources.commit(cause, [{ op: 'delete', kind: AccessToken, key: { name: 'ci' } }]);

    const stop = new AbortController();
    const following = tokens.follow(stop.signal);

    const deadline = Date.now() + 5_000;
    while ((await tokens.check(token)) !== undefined && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await tokens.check(token), undefined);
    stop.abort();
    await following;
    await resources.close();
  });

  test('an expired token is unknown', async () => {
    let now = 1_000_000;
    const { resources, tokens } = await open(() => now);
    const token = await tokens.issue(cause, { name: 'run', principal: 'service:run', permissions: [], lifetimeMs: 60_000 });

    now += 61_000;

    assert.equal(await tokens.check(token), undefined);
    await resources.close();
  });
});
