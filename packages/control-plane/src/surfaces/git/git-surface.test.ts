import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Caller } from '@fairway/resources/model';
import type { RepositoryPath } from '#domains/repositories';
import type { Exchange } from '#http';
import { createGitSurface } from './index.ts';

const shop: RepositoryPath = { organization: 'default', project: 'store', name: 'shop' };

function openSurface() {
  const pushed: RepositoryPath[] = [];
  const surface = createGitSurface({
    ensureRepository: async () => {},
    exists: async () => true,
    serve: async () => {},
    pushed: (path) => void pushed.push(path),
    tokenOf: () => undefined,
  });
  const route = surface.routes.find(({ operation }) => operation === 'repository.refs-changed');
  assert.ok(route);
  const send = (caller: Caller) =>
    route.handle({ caller, params: { organization: 'default', project: 'store', repository: 'shop.git' } } as unknown as Exchange);
  return { pushed, send };
}

describe('the way of a hook to the control plane', () => {
  test('wakes the repository while the push still waits for its hook', async () => {
    const { pushed, send } = openSurface();

    const reply = await send({ principal: 'user:ada', permissions: ['repositories.repository.push'] });

    assert.equal(reply?.status, 200);
    assert.deepEqual(pushed, [shop]);
  });

  for (const { because, caller, reason } of [
    {
      because: 'who may only read sets nothing going',
      caller: { principal: 'user:ada', permissions: ['repositories.repository.read'] },
      reason: 'forbidden',
    },
    {
      because: 'another organization may not learn that the repository exists',
      caller: { principal: 'user:ada', permissions: ['*'], organization: 'other' },
      reason: 'not-found',
    },
    {
      because: 'a narrow token opens its own repository alone',
      caller: { principal: 'service:run/x', permissions: ['*'], limits: { repository: 'default/store/other' } },
      reason: 'not-found',
    },
  ])
    test(`refuses: ${because}`, async () => {
      const { pushed, send } = openSurface();

      await assert.rejects(send(caller), { reason });
      assert.deepEqual(pushed, []);
    });
});
