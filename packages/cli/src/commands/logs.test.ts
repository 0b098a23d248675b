import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../exit-codes.ts';
import { type Reply, runForTest, servePlatform } from '../testing/run-for-test.ts';

const openChoreo = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
const pods = '/k8s/clusters/local/api/v1/namespaces/dp-shop/pods';
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'dp-shop', uid: name, resourceVersion: '1' },
  status: { containerStatuses: [{ name: 'main', state: { running: {} } }] },
});
const listOf = (items: unknown[]): Reply => ({ body: { items, metadata: { resourceVersion: '1' } } });
const release = {
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'web', namespace: 'default', uid: 'r', resourceVersion: '1' },
  spec: { owner: { componentName: 'web' }, environmentName: 'development' },
  status: { resources: [{ kind: 'Deployment', namespace: 'dp-shop' }] },
};
const platform = {
  [`GET ${openChoreo}/releases`]: listOf([release]),
  [`GET ${openChoreo}/environments/development`]: { body: { metadata: { name: 'development' }, spec: { dataPlaneRef: 'default' } } },
  [`GET ${openChoreo}/dataplanes/default`]: { body: { metadata: { name: 'default' }, spec: { clusterRef: 'local' } } },
};

test('an instance that ends while logs are read is left out, and the others are printed', async (t) => {
  const { env } = await servePlatform(t, {
    ...platform,
    [`GET ${pods}`]: listOf([pod('gone'), pod('here')]),
    [`GET ${pods}/here/log`]: { text: 'still here\n' },
  });

  const { code, stdout, stderr } = await runForTest(t, ['logs', 'shop/web'], { env });

  assert.deepEqual([code, stdout], [exitCodes.ok, 'still here\n'], stderr);
});

test('following that is interrupted ends with 130, though it ends without an error', async (t) => {
  const event = `${JSON.stringify({ type: 'ADDED', object: pod('here') })}\n`;
  const { env } = await servePlatform(t, {
    ...platform,
    [`GET ${pods}`]: (_body, query) => (query.get('watch') === 'true' ? { text: event } : listOf([pod('here')])),
    [`GET ${pods}/here/log`]: { text: 'a line\n' },
  });

  const { code, stdout } = await runForTest(t, ['logs', '-f', 'shop/web'], { env, signal: AbortSignal.timeout(500) });

  assert.equal(code, exitCodes.interrupted);
  assert.match(stdout, /^a line$/m);
});
