import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Job, type JobSpec } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import type { Resource } from '@fairway/resources/model';
import { type BuildPlaneOptions, createBuildPlane, hasRunningSteps, namespaceOf } from './build-plane.ts';

/** The Job that a plane sends for one step. */
async function jobOf(plane: Pick<BuildPlaneOptions, 'cache'>): Promise<Resource<JobSpec>> {
  const sent: Resource[] = [];
  const keep = async (_kind: unknown, object: Resource): Promise<Resource> => {
    sent.push(object);
    return object;
  };
  const client = { create: keep, apply: keep, get: async () => undefined } as unknown as ClusterClient;
  const pull = { registry: 'registry.test', now: () => 0, issue: async () => ({ token: 't', expiresAt: 1 }) } as never;
  const order = { organization: 'default', run: 'r', runUid: 'u', jobName: 'r-build', env: { FAIRWAY_IMAGE: 'i' }, secretEnv: {} };
  const step = { name: 'build', image: 'registry.test/builder' } as never;
  await createBuildPlane({ client, name: 'default', pull, ...plane }).start({ ...order, step }, AbortSignal.timeout(1_000));
  const job = sent.find(({ kind }) => kind === Job.kind);
  assert.ok(job);
  return job as Resource<JobSpec>;
}

test('gives builds on this machine a cache of their organization that outlives them, and the machine’s settings', async () => {
  const lent: string[] = [];
  const cache: BuildPlaneOptions['cache'] = {
    folderOf: (namespace) => `/state/build-caches/${namespace}`,
    whileStarting: (namespace, start) => {
      lent.push(namespace);
      return start();
    },
  };
  const { metadata, spec } = (await jobOf({ cache })).spec?.template ?? {};

  assert.deepEqual(lent, ['openchoreo-ci-default']);
  assert.deepEqual(spec?.volumes, [
    { name: 'cache', hostPath: { path: '/state/build-caches/openchoreo-ci-default', type: 'DirectoryOrCreate' } },
  ]);
  assert.deepEqual(spec?.containers[0]?.volumeMounts, [{ name: 'cache', mountPath: '/cache' }]);
  assert.ok(spec?.containers[0]?.env?.some(({ name, value }) => name === 'FAIRWAY_CACHE' && value === '/cache'));
  assert.deepEqual(metadata?.annotations, { 'fairway.dev/machine-settings': 'true' });
});

test('mounts nothing of a machine that is not this one', async () => {
  const { metadata, spec } = (await jobOf({})).spec?.template ?? {};

  assert.equal(spec?.volumes, undefined);
  assert.equal(metadata?.annotations, undefined);
  assert.ok(!spec?.containers[0]?.env?.some(({ name }) => name === 'FAIRWAY_CACHE'));
});

const over = (type: string) => ({ status: { conditions: [{ type, status: 'True' }] } });
const pod = (phase: string) => ({ status: { phase } });
const running: { because: string; jobs: object[]; pods: object[]; expect: boolean }[] = [
  { because: 'there is none', jobs: [], pods: [], expect: false },
  { because: 'all are over', jobs: [over('Complete'), over('Failed')], pods: [pod('Succeeded'), pod('Failed')], expect: false },
  { because: 'one has no pod yet', jobs: [over('Complete'), {}], pods: [], expect: true },
  { because: 'one is suspended', jobs: [over('Suspended')], pods: [], expect: true },
  { because: 'the pod of a removed one is being stopped', jobs: [], pods: [pod('Running')], expect: true },
];
for (const { because, jobs, pods, expect } of running)
  test(`steps ${expect ? 'are' : 'are not'} running, because ${because}`, async () => {
    const list = async (kind: { kind: string }) => ({ items: kind.kind === Job.kind ? jobs : pods });
    assert.equal(await hasRunningSteps({ list } as unknown as ClusterClient, 'ns', AbortSignal.timeout(1_000)), expect);
  });

test('names the namespace of an organization so that no two share one', () => {
  const long = 'a'.repeat(60);
  assert.equal(namespaceOf('default'), 'openchoreo-ci-default');
  assert.equal(namespaceOf('a'.repeat(49)), `openchoreo-ci-${'a'.repeat(49)}`);
  assert.notEqual(namespaceOf(`${long}1`), namespaceOf(`${long}2`));
  assert.ok(namespaceOf(long).length <= 63);
});
