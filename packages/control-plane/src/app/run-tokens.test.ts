import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRunTokens } from './run-tokens.ts';
import { type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

let plane: RunningControlPlane;
before(async () => {
  plane = await runControlPlane();
});
after(async () => {
  await plane.stop();
});

const grant = { permissions: ['*'], limits: {}, lifetimeMs: 60_000 };
const components = (organization: string): string => `/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/${organization}/components`;

test('the token of a run opens its own organization alone, whatever was granted', async () => {
  const token = await createRunTokens(plane.platform.tokens).issue({ ...grant, organization: 'default', run: 'build' });
  const status = async (path: string): Promise<number> => (await plane.call('GET', path, { token })).status;
  assert.equal(await status(components('default')), 200);
  assert.equal(await status(components('other')), 403, 'another organization');
  assert.equal(await status('/k8s/control/apis/openchoreo.dev/v1alpha1/organizations'), 403, 'above all organizations');
  assert.equal(await status('/k8s/clusters/local/api/v1/secrets'), 404, 'a cluster');
});

test('runs whose names run together with those of their organizations do not end each other’s tokens', async () => {
  const runTokens = createRunTokens(plane.platform.tokens);
  const token = await runTokens.issue({ ...grant, organization: 'default', run: 'b-c' });
  await runTokens.issue({ ...grant, organization: 'default-b', run: 'c' });
  await runTokens.revoke('default-b', 'c');
  assert.equal((await plane.call('GET', components('default'), { token })).status, 200);
});
