import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type BindingSpec, Component, ComponentRelease, DeploymentRecord, Release, ServiceBinding } from '@fairway/contracts';
import { apiVersionOf, type Change, type Kind, type Resource } from '@fairway/resources/model';
import { administrator, type Harness, startHarness } from '#testing';

const key = (name: string) => ({ namespace: 'default', name });
const object = (kind: Kind, name: string, spec: object): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: key(name),
  spec,
});
const workload = (tag: string): NonNullable<BindingSpec['workloadSpec']> => ({ containers: { main: { image: `example/cart:${tag}` } } });
const binding = (name: string, more: Partial<BindingSpec>, component = 'cart'): Resource =>
  object(ServiceBinding, name, { owner: { projectName: 'default', componentName: component }, environment: 'staging', ...more });

describe('what a write of a binding means', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
    await harness.create(
      object(Component, 'cart', { owner: { projectName: 'default' }, type: 'Service' }),
      object(Component, 'other', { owner: { projectName: 'default' }, type: 'Service' }),
    );
  });
  after(async () => {
    await harness.stop();
  });
  const commit = (change: Change) => harness.resources.commit({ caller: administrator, action: 'test' }, [change]);
  const update = (name: string, change: (spec: BindingSpec) => BindingSpec) =>
    commit({
      op: 'mutate',
      kind: ServiceBinding,
      key: key(name),
      change: (current) => (current === undefined ? undefined : { ...current, spec: change(current.spec as BindingSpec) }),
    });
  const specOf = async (name: string) => (await harness.get(ServiceBinding, name))?.spec;

  test('a new content is a new component release, in the same commit; the same content is the same release', async () => {
    await harness.create(binding('cart-a', { workloadSpec: workload('1') }));
    await harness.create(binding('cart-b', { workloadSpec: workload('1'), environment: 'production' }));

    assert.equal((await specOf('cart-a'))?.componentRelease, 'cart-v1');
    assert.equal((await specOf('cart-b'))?.componentRelease, 'cart-v1');
    const release = await harness.get(ComponentRelease, 'cart-v1');
    assert.deepEqual(release?.spec?.workloadSpec.containers, workload('1').containers);
    assert.equal(release?.metadata.ownerReferences?.[0]?.name, 'cart');
  });

  test('an edit of the workload is the next release, and an edit back is the first one again', async () => {
    await update('cart-a', (spec) => ({ ...spec, workloadSpec: workload('2') }));
    assert.equal((await specOf('cart-a'))?.componentRelease, 'cart-v2');

    await update('cart-a', (spec) => ({ ...spec, workloadSpec: workload('1') }));
    assert.equal((await specOf('cart-a'))?.componentRelease, 'cart-v1');
  });

  test('a write that names only a release gets the rest from it', async () => {
    await update('cart-a', ({ workloadSpec: _workload, ...spec }) => ({ ...spec, componentRelease: 'cart-v2' }));
    await harness.create(binding('cart-c', { componentRelease: 'cart-v2', environment: 'development' }));

    assert.equal((await specOf('cart-a'))?.workloadSpec?.containers?.main?.image, 'example/cart:2');
    assert.equal((await specOf('cart-c'))?.workloadSpec?.containers?.main?.image, 'example/cart:2');
  });

  test('two writers of the same new content at once make one release', async () => {
    await Promise.all(['x', 'y', 'z'].map((name) => harness.create(binding(`other-${name}`, { workloadSpec: workload('9') }, 'other'))));
    const { items } = await harness.resources.list(ComponentRelease, {
      namespace: 'default',
      fieldSelector: 'spec.owner.componentName=other',
    });

    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['other-v1'],
    );
  });

  test('a component that was deleted and made again gets a release of its own, not one that is about to be collected', async () => {
    const again = object(Component, 'again', { owner: { projectName: 'default' }, type: 'Service' });
    await harness.create(again);
    await harness.create(binding('again-a', { workloadSpec: workload('1') }, 'again'));
    await commit({ op: 'delete', kind: Component, key: key('again') });

    const [made] = await harness.create(again);
    await harness.create(binding('again-b', { workloadSpec: workload('1'), environment: 'production' }, 'again'));

    const release = await harness.get(ComponentRelease, (await specOf('again-b'))?.componentRelease ?? '');
    assert.equal(release?.metadata.ownerReferences?.[0]?.uid, made?.metadata.uid);
  });

  const refusals: readonly { because: string; change: () => Promise<unknown>; field: string }[] = [
    {
      because: 'release and workload that differ are a contradiction',
      change: () => harness.create(binding('bad-1', { workloadSpec: workload('1'), componentRelease: 'cart-v2' })),
      field: 'spec.componentRelease',
    },
    { because: 'a binding of nothing runs nothing', change: () => harness.create(binding('bad-2', {})), field: 'spec.workloadSpec' },
    {
      because: 'a release of another component is not to be had',
      change: () => harness.create(binding('bad-3', { componentRelease: 'other-v1' })),
      field: 'spec.componentRelease',
    },
    {
      because: 'a binding does not move to another environment',
      change: () => update('cart-a', (spec) => ({ ...spec, environment: 'production' })),
      field: 'spec.environment',
    },
    {
      because: 'names become hosts and selectors',
      change: () => harness.create(binding('bad-4', { workloadSpec: workload('1'), environment: 'a,b=c' })),
      field: 'spec.environment',
    },
    {
      because: 'a record of another environment brings nothing back',
      change: () => update('cart-a', (spec) => ({ ...spec, deploymentRecord: 'none-1' })),
      field: 'spec.deploymentRecord',
    },
  ];
  for (const { because, change, field } of refusals) {
    test(`refuses ${field}: ${because}`, async () => {
      await assert.rejects(change(), (error: { reason?: string; details?: { fields?: { field: string }[] } }) => {
        assert.equal(error.reason, 'invalid');
        assert.equal(error.details?.fields?.[0]?.field, field);
        return true;
      });
    });
  }

  test('releases and records never change, and rendered releases are written by delivery alone', async () => {
    const record = await harness.until('a record', async () => (await harness.resources.list(DeploymentRecord)).items[0]);
    const setSpec = (kind: Kind, name: string, spec: object): Promise<unknown> =>
      commit({
        op: 'mutate',
        kind,
        key: key(name),
        change: (current) => current && { ...current, spec: { ...(current.spec as object), ...spec } },
      });

    await assert.rejects(setSpec(ComponentRelease, 'cart-v1', { number: 7 }), { reason: 'invalid' });
    await assert.rejects(setSpec(DeploymentRecord, record.metadata.name, { principal: 'user:mallory' }), { reason: 'invalid' });
    const rendered = await harness.until('a release', async () => (await harness.resources.list(Release)).items[0]);
    await assert.rejects(setSpec(Release, rendered.metadata.name, { resources: [] }), { reason: 'forbidden' });
  });
});
