import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Secret } from '@fairway/contracts';
import { apiVersionOf } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { type Harness, startHarness } from '#testing';
import type { BindingDependencies, BindingWork } from './binding-work.ts';
import { resolveConfiguration } from './resolve-configuration.ts';

/** Credentials of clusters lie in secrets of the organization too, and open far more than any component may. */
describe('secrets of clusters are given to no application', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
    const secret = (name: string, labels: Record<string, string>) => ({
      apiVersion: apiVersionOf(Secret),
      kind: Secret.kind,
      metadata: { namespace: 'default', name, labels },
      spec: { stringData: { value: 'swordfish' } },
    });
    const forClusters = { 'fairway.dev/use': 'cluster-credentials' };
    await harness.create(
      secret('eu-token', forClusters),
      secret('by-label', { ...forClusters, 'openchoreo.dev/component': 'web' }),
      secret('own', {}),
    );
  });
  after(async () => {
    await harness.stop();
  });
  const resolve = (component: string, from?: string) => {
    const env = from === undefined ? [] : [{ key: 'TOKEN', valueFrom: { secretRef: { name: from, key: 'value' } } }];
    const work = {
      spec: { workloadSpec: { containers: { main: { env } } } },
      scope: { organization: 'default', project: 'default', component, environment: 'development' },
      dependencies: [],
    } as unknown as BindingWork;
    return resolveConfiguration(work, { resources: harness.resources } as ReconcileContext, {} as BindingDependencies);
  };

  test('not by a reference', async () => {
    const refused = await resolve('web', 'eu-token');

    assert.ok('stop' in refused);
    assert.match(JSON.stringify(refused.stop), /Secret \\"eu-token\\" holds credentials of a cluster/);
    const allowed = await resolve('web', 'own');
    assert.ok('next' in allowed);
    assert.deepEqual(allowed.next.configuration.secretVersions, { own: 1 });
  });

  for (const [because, component] of [
    ['its name', 'eu-token'],
    ['a label', 'web'],
  ] as const)
    test(`not whole by ${because}`, async () => {
      const answer = await resolve(component);

      assert.ok('next' in answer);
      assert.deepEqual(answer.next.configuration.secrets, {});
    });
});
