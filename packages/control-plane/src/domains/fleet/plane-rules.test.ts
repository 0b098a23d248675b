import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DataPlane, Secret } from '@fairway/contracts';
import { apiVersionOf, type Resource } from '@fairway/resources/model';
import { administrator, type Harness, startHarness } from '#testing';
import { planeAddress } from './plane-address.ts';

const plane = (name: string, spec: object): Resource => ({
  apiVersion: apiVersionOf(DataPlane),
  kind: DataPlane.kind,
  metadata: {
    name,
    namespace: 'default',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(spec) },
  },
  spec,
});
const inline = {
  kubernetesCluster: {
    server: 'https://cluster.example:6443',
    tls: { ca: { value: 'public' } },
    auth: { mtls: { clientCert: { value: 'certificate' }, clientKey: { value: 'swordfish' } }, bearerToken: { value: 'open-sesame' } },
  },
  observer: { url: 'https://logs.example', authentication: { basicAuth: { username: 'reader', password: 'hunter2' } } },
};

describe('planes', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.stop();
  });
  const apply = () =>
    harness.resources.apply({ caller: administrator, action: 'plane.apply' }, plane('eu', inline), {
      fieldManager: 'kubectl',
      force: true,
    });

  test('keep credentials out of everything that is read, and find them again', async () => {
    await apply();
    const stored = await harness.get(DataPlane, 'eu');
    const { items } = await harness.resources.list(Secret, { namespace: 'default' });

    for (const value of ['swordfish', 'open-sesame', 'hunter2']) assert.ok(!JSON.stringify([stored, items]).includes(value), value);
    assert.equal(items.length, 3);
    assert.equal(stored?.spec?.observer?.authentication?.basicAuth?.passwordSecretRef, 'dataplane-eu-observer-password');
    const spec = stored?.spec ?? assert.fail();
    for (const { metadata } of items) assert.equal(metadata.labels?.['fairway.dev/use'], 'cluster-credentials', metadata.name);
    const open = async ({ secret }: { secret: string }) => ({
      labels: items.find(({ metadata }) => metadata.name === secret)?.metadata.labels ?? {},
      values: { value: `opened ${secret}` },
    });
    const address = await planeAddress({ organization: 'default', name: 'eu', spec }, open, new AbortController().signal);
    assert.ok(address.is === 'inline');
    assert.equal(address.cluster.auth?.mtls?.clientKey?.value, 'opened dataplane-eu-client-key');
    assert.equal(address.cluster.auth?.mtls?.clientCert?.value, 'certificate');
  });

  for (const { because, labels } of [
    { because: 'it says no use', labels: {} },
    { because: 'it is for something else', labels: { 'fairway.dev/use': 'application' } },
  ])
    test(`never send the values of a secret that was not made for clusters to one: ${because}`, async () => {
      const spec = { kubernetesCluster: { server: 'https://mallory.example', auth: { bearerToken: { secretRef: 'database' } } } };
      const open = async () => ({ labels, values: { bearerToken: 'swordfish' } });

      await assert.rejects(
        planeAddress({ organization: 'default', name: 'eu', spec }, open, new AbortController().signal),
        (error: Error) => {
          assert.match(error.message, /may not use Secret "database".*fairway\.dev\/use=cluster-credentials/);
          assert.doesNotMatch(error.message, /swordfish/);
          return true;
        },
      );
    });

  test('are not changed by the same manifest again', async () => {
    const before = await harness.get(DataPlane, 'eu');
    await apply();
    const after = await harness.get(DataPlane, 'eu');

    assert.equal(after?.metadata.generation, before?.metadata.generation);
    assert.equal((await harness.get(Secret, 'dataplane-eu-client-key'))?.spec?.currentVersion, 1);
  });

  for (const { because, spec } of [
    { because: 'without a cluster there is nothing to reach', spec: {} },
    { because: 'two clusters are one too many', spec: { ...inline, clusterRef: 'local' } },
  ]) {
    test(`are refused: ${because}`, async () => {
      await assert.rejects(harness.create(plane('bad', spec)), { reason: 'invalid', message: /exactly one of spec.clusterRef/ });
    });
  }
});
