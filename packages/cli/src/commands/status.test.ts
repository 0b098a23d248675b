import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../exit-codes.ts';
import { runForTest, servePlatform } from '../testing/run-for-test.ts';

const api = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
const list = (items: unknown[]) => ({ body: { items, metadata: { resourceVersion: '1' } } });
const component = (name: string, projectName: string) => ({ metadata: { name, namespace: 'default' }, spec: { owner: { projectName } } });
const build = (uid: string, reason: string, failure?: object) => ({
  metadata: { name: `web-${uid}`, uid },
  spec: { owner: { projectName: 'shop', componentName: 'web' } },
  status: {
    conditions: [{ type: 'BuildCompleted', status: reason === 'BuildCompleted' ? 'True' : 'False', reason, message: `${reason}!` }],
    failure,
  },
});

test('a component that was never deployed says how its newest build stands', async (t) => {
  const line = 'server.js:3 SyntaxError';
  for (const { because, builds, reason, message } of [
    { because: 'nothing was built', builds: [], reason: 'NotDeployed', message: 'nothing was deployed yet' },
    {
      because: 'the newest build failed, and said why',
      builds: [build('2', 'BuildFailed', { phase: 'build', line, message: 'npm ended with 1' }), build('1', 'BuildInProgress')],
      reason: 'BuildFailed',
      message: `${line} — npm ended with 1`,
    },
    { because: 'it is being built', builds: [build('1', 'BuildInProgress')], reason: 'BuildInProgress', message: 'BuildInProgress!' },
    { because: 'it was built a moment ago', builds: [build('1', 'BuildCompleted')], reason: 'NotDeployed', message: 'BuildCompleted!' },
  ]) {
    const { env } = await servePlatform(t, {
      [`GET ${api}/components`]: list([component('web', 'shop')]),
      [`GET ${api}/builds`]: list(builds),
    });

    const json = await runForTest(t, ['status', '-o', 'json'], { env });
    const text = await runForTest(t, ['status'], { env });

    const [row] = (JSON.parse(json.stdout) as { components: { reason: string; message: string }[] }).components;
    assert.deepEqual([row?.reason, row?.message], [reason, message], because);
    assert.ok(text.stdout.includes(message), because);
  }
});

test('the status of a project is of its components alone; one that is not there is told', async (t) => {
  const { env } = await servePlatform(t, {
    [`GET ${api}/projects/shop`]: { body: { metadata: { name: 'shop' } } },
    [`GET ${api}/projects`]: list([{ metadata: { name: 'shop' } }, { metadata: { name: 'default' } }]),
    [`GET ${api}/components`]: list([component('web', 'shop'), component('api', 'default')]),
  });

  const shop = await runForTest(t, ['status', '-p', 'shop', '-o', 'name'], { env });
  const absent = await runForTest(t, ['status', '-p', 'NOSUCH'], { env });

  assert.equal(shop.stdout, 'web\n');
  assert.equal(absent.code, exitCodes.notFound);
  assert.equal(absent.stdout, '');
  assert.match(absent.stderr, /there is no project NOSUCH in default\nnext: there are: shop, default/);
});
