import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Environment, Project } from '@fairway/contracts';
import { silentLog } from '../log/index.ts';
import type { AnyResource, Key, Kind, OwnerReference, Propagation, Resources } from '../model/index.ts';
import { createObject, openTestResources, testCause } from '../testing/open-test-resources.ts';
import { createVirtualClock, type VirtualClock } from '../testing/virtual-clock.ts';
import { type RunningCollector, startGarbageCollector } from './garbage-collector.ts';

let clock: VirtualClock;
let resources: Resources;
let collector: RunningCollector | undefined;

beforeEach(async () => {
  clock = createVirtualClock();
  resources = await openTestResources({ clock, kinds: [Project, Environment] });
  collector = undefined;
});
afterEach(async () => {
  await collector?.stop();
  await resources.close();
});

const keyOf = (name: string): Key => ({ namespace: 'default', name });
const refer = (owner: AnyResource, rest: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  ...rest,
});
const create = (name: string, metadata: Partial<AnyResource['metadata']> = {}): Promise<AnyResource> =>
  createObject(resources, {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Project',
    metadata: { ...keyOf(name), ...metadata },
    spec: {},
  });
const createOther = (name: string, owner: AnyResource): Promise<AnyResource> =>
  createObject(resources, {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Environment',
    metadata: { ...keyOf(name), ownerReferences: [refer(owner)] },
    spec: { dataPlaneRef: 'local', isProduction: false },
  });
const remove = (name: string, propagation: Propagation = 'background'): Promise<unknown> =>
  resources.commit(testCause, [{ op: 'delete', kind: Project, key: keyOf(name), propagation }]);
const start = async (): Promise<void> => {
  collector = await startGarbageCollector({ resources, clock, log: silentLog, random: () => 0 });
  await clock.advance(2_000);
};
const names = async (kind: Kind = Project): Promise<string[]> =>
  (await resources.list(kind)).items.map(({ metadata }) => metadata.name).sort();

describe('the garbage collector', () => {
  test('deletes what a deleted object owned, through all levels and kinds', async () => {
    const root = await create('root');
    const middle = await create('middle', { ownerReferences: [refer(root)] });
    await createOther('leaf', middle);
    await create('free');
    await start();
    await remove('root');
    await clock.advance(2_000);

    assert.deepEqual(await names(), ['free']);
    assert.deepEqual(await names(Environment), []);
  });

  test('finds at its start what vanished while nobody ran', async () => {
    const root = await create('root');
    await create('owned', { ownerReferences: [refer(root)] });
    await remove('root');
    assert.deepEqual(await names(), ['owned']);
    await start();

    assert.deepEqual(await names(), []);
  });

  test('does not take a new object of the same name for the old owner', async () => {
    const root = await create('root');
    await create('owned', { ownerReferences: [refer(root)] });
    await remove('root');
    await create('root');
    await start();

    assert.deepEqual(await names(), ['root']);
  });

  test('keeps an object while one owner is left, and takes the others off it', async () => {
    const one = await create('one');
    const two = await create('two');
    await create('owned', { ownerReferences: [refer(one), refer(two)] });
    await start();
    await remove('one');
    await clock.advance(2_000);
    assert.deepEqual((await resources.get(Project, keyOf('owned')))?.metadata.ownerReferences, [refer(two)]);
    await remove('two');
    await clock.advance(2_000);

    assert.deepEqual(await names(), []);
  });

  test('never judges an owner of a kind that nobody serves', async () => {
    await create('owned', { ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'u' }] });
    await start();

    assert.deepEqual(await names(), ['owned']);
  });

  test('deletes in the foreground: what blocks goes first', async () => {
    const root = await create('root');
    await create('blocking', { ownerReferences: [refer(root, { blockOwnerDeletion: true })], finalizers: ['example.com/hold'] });
    await create('other', { ownerReferences: [refer(root)] });
    await start();
    await remove('root', 'foreground');
    await clock.advance(2_000);
    assert.deepEqual(await names(), ['blocking', 'other', 'root']);
    assert.ok((await resources.get(Project, keyOf('blocking')))?.metadata.deletionTimestamp !== undefined);
    await resources.commit(testCause, [
      {
        op: 'mutate',
        kind: Project,
        key: keyOf('blocking'),
        change: (current) => (current === undefined ? undefined : { ...current, metadata: { ...current.metadata, finalizers: [] } }),
      },
    ]);
    await clock.advance(2_000);

    assert.deepEqual(await names(), []);
  });

  test('lets owned objects live on where the owner is deleted as orphaning', async () => {
    const root = await create('root');
    await create('owned', { ownerReferences: [refer(root)] });
    await start();
    await remove('root', 'orphan');
    await clock.advance(2_000);

    assert.deepEqual(await names(), ['owned']);
    assert.equal((await resources.get(Project, keyOf('owned')))?.metadata.ownerReferences, undefined);
  });

  test('follows kinds that are registered later', async () => {
    await resources.close();
    resources = await openTestResources({ clock, kinds: [Project] });
    await start();
    resources.kinds.register(Environment);
    const root = await create('root');
    await createOther('leaf', root);
    await clock.advance(20_000);
    await remove('root');
    await clock.advance(2_000);

    assert.deepEqual(await names(Environment), []);
  });
});

describe('kinds that come and go', () => {
  const Widget: Kind = { ...Project, group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', singular: 'widget' };
  const widget = (name: string, metadata: Partial<AnyResource['metadata']> = {}): Promise<AnyResource> =>
    createObject(resources, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { ...keyOf(name), ...metadata }, spec: {} });
  const define = (): void => resources.kinds.define({ stored: Widget, served: [Widget], rules: {} });

  test('what an object of a kind owned goes even when the kind goes with it', async () => {
    await start();
    define();
    const owner = await widget('owner');
    await createOther('owned', owner);
    await clock.advance(1_000);
    await resources.commit(testCause, [{ op: 'delete', kind: Widget, key: keyOf('owner') }]);
    resources.kinds.remove('Widget.example.com');
    await clock.advance(1_000);
    assert.deepEqual(await names(Environment), []);
  });

  test('objects of a kind that came later go with their owners', async () => {
    await start();
    define();
    const owner = await create('owner');
    await widget('owned', { ownerReferences: [refer(owner)] });
    await remove('owner');
    await clock.advance(1_000);
    assert.deepEqual(await names(Widget), []);
  });

  test('an owner of a kind that nobody serves is not taken for gone', async () => {
    await create('kept', { ownerReferences: [{ apiVersion: 'nobody.example.com/v1', kind: 'Thing', name: 'x', uid: 'u' }] });
    await start();
    assert.deepEqual(await names(), ['kept']);
  });
});
