import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../exit-codes.ts';
import { runForTest, servePlatform } from '../testing/run-for-test.ts';

test('variables of a component that is not there are refused, and nothing is written', async (t) => {
  const { env, calls } = await servePlatform(t, {});

  const set = await runForTest(t, ['config', 'set', 'shop/nobody', 'A=1', '-e', 'development'], { env });
  const secret = await runForTest(t, ['secret', 'set', 'shop/nobody', 'A'], { env, input: 'A=1\n' });
  const list = await runForTest(t, ['config', 'list', 'shop/nobody'], { env });

  for (const { code, stderr } of [set, secret, list]) {
    assert.equal(code, exitCodes.notFound);
    assert.match(stderr, /there is no component nobody/);
  }
  assert.deepEqual(
    calls.filter(({ method }) => method !== 'GET'),
    [],
  );
});

test('variables for an environment that is not there are refused, and nothing is written', async (t) => {
  const api = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
  const { env, calls } = await servePlatform(t, {
    [`GET ${api}/components/web`]: { body: { metadata: { name: 'web' }, spec: { owner: { projectName: 'shop' } } } },
    [`GET ${api}/environments`]: { body: { items: [{ metadata: { name: 'staging' } }], metadata: { resourceVersion: '1' } } },
  });

  const set = await runForTest(t, ['config', 'set', 'shop/web', 'A=1', '-e', 'stagin'], { env });
  const secret = await runForTest(t, ['secret', 'set', 'shop/web', 'A', '-e', 'stagin'], { env, input: 'A=1\n' });

  for (const { code, stderr } of [set, secret]) {
    assert.equal(code, exitCodes.notFound);
    assert.match(stderr, /there is no environment stagin in default\nnext: there are: staging/);
  }
  assert.deepEqual(
    calls.filter(({ method }) => method !== 'GET'),
    [],
  );
});

test('variables are listed of all environments, or of one that is there', async (t) => {
  const api = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
  const values = [
    { environment: 'development', value: '1' },
    { environment: 'staging', value: '2' },
  ];
  const { env } = await servePlatform(t, {
    [`GET ${api}/configurationgroups/web`]: { body: { metadata: { name: 'web' }, spec: { configurations: [{ key: 'A', values }] } } },
    [`GET ${api}/environments/staging`]: { body: { metadata: { name: 'staging' } } },
    [`GET ${api}/environments/production`]: { body: { metadata: { name: 'production' } } },
  });
  const list = (...flags: string[]) => runForTest(t, ['config', 'list', 'shop/web', ...flags], { env });

  const [all, staging, production, absent] = [
    await list(),
    await list('-e', 'staging'),
    await list('-e', 'production'),
    await list('-e', 'no'),
  ];

  assert.match(all.stdout, /A +development +1\nA +staging +2/);
  assert.match(staging.stdout, /^KEY.*\nA +staging +2\n$/);
  assert.equal(production.stdout, 'no variables are set in production\n');
  assert.equal(absent.code, exitCodes.notFound);
});

test('a promotion from where the component does not run says where it must run first', async (t) => {
  const api = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
  const { env } = await servePlatform(t, {
    [`GET ${api}/components/web`]: { body: { metadata: { name: 'web' }, spec: { owner: { projectName: 'shop' } } } },
  });

  const early = await runForTest(t, ['promote', 'shop/web', '--from', 'staging', '--to', 'production'], { env });
  const nobody = await runForTest(t, ['promote', 'shop/nobody', '--from', 'staging', '--to', 'production'], { env });

  assert.equal(early.code, exitCodes.notFound);
  assert.match(early.stderr, /web does not run in staging, from where production gets its release\nnext: fairway status web/);
  assert.match(nobody.stderr, /there is no component nobody/);
});
