import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import { type ClusterProcess, makeHome, startProcess } from '../testing/cluster-process.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const clusters = '/apis/platform.example.com/v1/namespaces/default/hybridclusters';

async function call({ client }: ClusterProcess, method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const answer = await client.raw({
    method,
    path,
    headers: { 'content-type': 'application/yaml' },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, text: await textOf(answer.body) };
}

const until = async (what: string, look: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come within 20 s`);
};

const start = async (home: Awaited<ReturnType<typeof makeHome>>): Promise<ClusterProcess> => {
  const cluster = await startProcess(home, {});
  if (!('client' in cluster)) throw new Error(`the local cluster ended with ${cluster.code}: ${cluster.output}`);
  return cluster;
};

test('kinds of users are defined on the local cluster, outlive it, and go with their definition', async (t) => {
  const home = await makeHome();
  t.after(() => home.remove());
  let cluster = await start(home);
  t.after(() => cluster.end('SIGUSR2'));
  const file = await readFile(new URL('../../../../examples/custom-resources/hybrid-cloud.yaml', import.meta.url), 'utf8');
  for (const document of file.split(/^---\n/m)) assert.equal((await call(cluster, 'POST', definitions, document)).status, 201);
  await until('the kind', async () => (await call(cluster, 'GET', clusters)).status === 200);

  const object = JSON.stringify({
    apiVersion: 'platform.example.com/v1',
    kind: 'HybridCluster',
    metadata: { name: 'production' },
    spec: { provider: 'gcp' },
  });
  const created = await call(cluster, 'POST', clusters, object);
  const nowhere = await call(cluster, 'POST', clusters.replace('/default/', '/nowhere/'), object);
  assert.deepEqual([created.status, nowhere.status], [201, 404], `${created.text} ${nowhere.text}`);

  await cluster.end('SIGTERM');
  cluster = await start(home);
  const read = await call(cluster, 'GET', `${clusters}/production`);
  assert.equal(read.status, 200, read.text);

  await call(cluster, 'DELETE', `${definitions}/hybridclusters.platform.example.com`);
  await until('the end of the kind', async () => (await call(cluster, 'GET', clusters)).status === 404);
});
