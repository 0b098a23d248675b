import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runForTest, servePlatform } from '../testing/run-for-test.ts';

const platform = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
const pods = '/k8s/clusters/local/api/v1/namespaces/apps/pods';
const list = (...items: unknown[]) => ({ body: { items, metadata: { resourceVersion: '1' } } });
const pod = (name: string, state: object, restartCount = 0) => ({
  metadata: { name, uid: name, resourceVersion: '1' },
  status: { containerStatuses: [{ state, restartCount }] },
});
const release = {
  metadata: { name: 'web-development', uid: 'r', resourceVersion: '1' },
  spec: { owner: { componentName: 'web' }, environmentName: 'development' },
  status: { resources: [{ kind: 'Deployment', namespace: 'apps' }] },
};

const serve = (t: TestContext) =>
  servePlatform(t, {
    [`GET ${platform}/releases`]: list(release),
    [`GET ${platform}/environments/development`]: { body: { metadata: { name: 'development' }, spec: { dataPlaneRef: 'local' } } },
    [`GET ${platform}/dataplanes/local`]: { body: { metadata: { name: 'local' }, spec: { clusterRef: 'local' } } },
    [`GET ${pods}`]: list(pod('web-1', { running: {} }), pod('web-2', { waiting: { reason: 'ContainerCreating' } })),
    [`GET ${pods}/web-1/log`]: (_, query) => ({ text: `tail ${query.get('tailLines')} since ${query.get('sinceSeconds')}\n` }),
  });

test('the lines of every instance that has started are printed, in the wanted format', async (t) => {
  const { env } = await serve(t);

  const text = await runForTest(t, ['logs', 'shop/web', '--since', '90s'], { env });
  const json = await runForTest(t, ['logs', 'shop/web', '--tail', '5', '-o', 'json'], { env });

  assert.deepEqual(text, { code: 0, stdout: 'tail 100 since 90\n', stderr: '' });
  assert.deepEqual(JSON.parse(json.stdout), { pod: 'web-1', line: 'tail 5 since null' });
});

test('following goes on until it is interrupted, which is code 130', async (t) => {
  const { env } = await serve(t);

  const { code, stdout } = await runForTest(t, ['logs', '-f', 'shop/web'], { env, signal: AbortSignal.timeout(300) });

  assert.equal(code, 130);
  assert.equal(stdout, 'tail 100 since null\n');
});

test('an environment in which it does not run is code 5, and so is an absent component', async (t) => {
  const { env } = await serve(t);

  const elsewhere = await runForTest(t, ['logs', 'shop/web', '-e', 'production'], { env });
  const wrongTail = await runForTest(t, ['logs', 'shop/web', '--tail', 'all'], { env });

  assert.equal(elsewhere.code, 5);
  assert.equal(wrongTail.code, 2);
  assert.match(wrongTail.stderr, /--tail "all" is no number of lines/);
});

test('a container that is started again is followed again, from its beginning and once', async (t) => {
  const { env } = await servePlatform(t, {
    [`GET ${platform}/releases`]: list(release),
    [`GET ${pods}`]: (_, query) => {
      const restarted = JSON.stringify({ type: 'MODIFIED', object: pod('web-1', { running: {} }, 1) });
      const between = JSON.stringify({ type: 'MODIFIED', object: pod('web-1', { waiting: {} }, 1) });
      return query.get('watch') === 'true'
        ? { text: `${between}\n${restarted}\n${restarted}\n` }
        : list(pod('web-1', { running: {} }), pod('web-2', { waiting: {} }));
    },
    [`GET ${pods}/web-1/log`]: (_, query) => ({ text: `tail ${query.get('tailLines')}\n` }),
  });

  const { stdout } = await runForTest(t, ['logs', '-f', 'shop/web'], { env, signal: AbortSignal.timeout(500) });

  assert.equal(stdout, 'tail 100\ntail null\n');
});
