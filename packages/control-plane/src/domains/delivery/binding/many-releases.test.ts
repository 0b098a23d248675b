import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type BindingSpec, Component, ComponentRelease, ServiceBinding } from '@fairway/contracts';
import { apiVersionOf, type Change, type Kind, type Resource } from '@fairway/resources/model';
import { administrator, type Harness, startHarness } from '#testing';
import { contentHash } from './release-content.ts';

const count = 1_200;
const atOnce = 200;
const owner = { projectName: 'default', componentName: 'cart' };
const workload = (tag: string): NonNullable<BindingSpec['workloadSpec']> => ({ containers: { main: { image: `example/cart:${tag}` } } });
const object = (kind: Kind, name: string, spec: object): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { namespace: 'default', name },
  spec,
});
const release = (number: number): Change => {
  const content = { className: 'default', workloadSpec: workload(String(number)) };
  return {
    op: 'create',
    object: object(ComponentRelease, `cart-v${number}`, {
      owner,
      type: 'Service',
      ...content,
      number,
      hash: contentHash('Service', content),
    }),
  };
};

describe('a component with more releases than a rule may read', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
    await harness.create(object(Component, 'cart', { owner: { projectName: 'default' }, type: 'Service' }));
    for (let from = 1; from <= count; from += atOnce)
      await harness.resources.commit(
        { caller: administrator, action: 'test' },
        Array.from({ length: atOnce }, (_, index) => release(from + index)),
      );
  });
  after(async () => {
    await harness.stop();
  });
  const bind = async (name: string, spec: Partial<BindingSpec>): Promise<string | undefined> => {
    await harness.create(object(ServiceBinding, name, { owner, environment: 'staging', className: 'default', ...spec }));
    return (await harness.get(ServiceBinding, name))?.spec?.componentRelease;
  };

  test('finds an old release by its content', async () => {
    assert.equal(await bind('same', { workloadSpec: workload('3') }), 'cart-v3');
  });

  test('finds an old release by its name', async () => {
    assert.equal(await bind('named', { componentRelease: 'cart-v7' }), 'cart-v7');
    assert.deepEqual((await harness.get(ServiceBinding, 'named'))?.spec?.workloadSpec?.containers, workload('7').containers);
  });

  test('counts on from the newest, and several of one commit count on from each other', async () => {
    assert.equal(await bind('next', { workloadSpec: workload('new') }), `cart-v${count + 1}`);
    const both = ['one', 'two'].map(
      (name): Change => ({
        op: 'create',
        object: object(ServiceBinding, name, { owner, environment: 'staging', className: 'default', workloadSpec: workload(name) }),
      }),
    );
    const results = await harness.resources.commit({ caller: administrator, action: 'test' }, both);

    assert.deepEqual(
      results.map((result) => (result.object.spec as BindingSpec).componentRelease),
      [`cart-v${count + 2}`, `cart-v${count + 3}`],
    );
  });

  test('gives every release of many that are made at once a number of its own', async () => {
    const names = await Promise.all(
      Array.from({ length: 10 }, (_, index) => bind(`at-once-${index}`, { workloadSpec: workload(`at-once-${index}`) })),
    );

    assert.equal(new Set(names).size, 10);
  });
});
