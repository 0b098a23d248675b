import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

const definitions = '/k8s/control/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const clusters = '/k8s/control/apis/platform.example.com/v1/namespaces/default/hybridclusters';

const until = async (what: string, look: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    if (await look()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what} did not come within 15 s`);
};

async function define(plane: RunningControlPlane): Promise<void> {
  const text = await readFile(new URL('../../../../examples/custom-resources/hybrid-cloud.yaml', import.meta.url), 'utf8');
  for (const document of text.split(/^---\n/m)) {
    const answer = await plane.call('POST', definitions, { body: document, headers: { 'content-type': 'application/yaml' } });
    assert.equal(answer.status, 201, answer.text);
  }
  await until('the kinds', async () => (await plane.call('GET', clusters)).status === 200);
}

const json = { 'content-type': 'application/json' };
const cluster = (name: string, provider = 'aws') => ({
  apiVersion: 'platform.example.com/v1',
  kind: 'HybridCluster',
  metadata: { name },
  spec: { provider, region: 'eu-west-1', nodeGroups: [{ name: 'workers', size: 3 }] },
});

test('kinds of users are defined on the platform, and each of their objects lies in an organization', async (t) => {
  const plane = await runControlPlane();
  t.after(() => plane.stop());
  await plane.startLoops();
  await define(plane);

  const created = await plane.call('POST', clusters, { headers: json, body: cluster('production') });
  const wrong = await plane.call('POST', clusters, { headers: json, body: cluster('other', 'paper') });
  const nowhere = await plane.call('POST', clusters.replace('/default/', '/nowhere/'), { headers: json, body: cluster('production') });
  const audit = await plane.platform.journal.listAudit({ limit: 5 });

  assert.equal(created.status, 201, created.text);
  assert.equal(wrong.status, 422, wrong.text);
  assert.match(wrong.text, /Unsupported value: \\"paper\\": supported values: \\"openstack\\", \\"aws\\", \\"gcp\\", \\"azure\\"/);
  assert.equal(nowhere.status, 404, nowhere.text);
  assert.ok(audit.some(({ action }) => action === 'hybridcluster.create'));
});

test('permissions on a user’s own kind carry its whole name, and a definition is the installation’s', async (t) => {
  const plane = await runControlPlane();
  t.after(() => plane.stop());
  await plane.startLoops();
  await define(plane);
  const reader = await plane.token('reader', {
    permissions: ['definitions.hybridclusters.platform.example.com.read'],
    organization: 'default',
  });
  const everything = await plane.token('everything', { permissions: ['*'], organization: 'default' });

  const [read, write, defining] = [
    await plane.call('GET', clusters, { token: reader }),
    await plane.call('POST', clusters, { token: reader, headers: json, body: cluster('a') }),
    await plane.call('GET', definitions, { token: everything }),
  ];

  assert.deepEqual([read.status, write.status, defining.status], [200, 403, 403], `${read.text} ${write.text}`);
  assert.match(write.text, /it needs the permission definitions.hybridclusters.platform.example.com.create/);
});
