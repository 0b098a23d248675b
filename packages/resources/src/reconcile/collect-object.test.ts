import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Project } from '@fairway/contracts';
import type { AnyResource, Change, Key, Propagation, Resources } from '../model/index.ts';
import { createObject, openTestResources, testCause } from '../testing/open-test-resources.ts';
import { createVirtualClock } from '../testing/virtual-clock.ts';
import { collectObject, collectOwned } from './collect-object.ts';

const count = 10_400;
const atOnce = 400;
const key = (name: string): Key => ({ namespace: 'default', name });
const project = (name: string, metadata: Partial<AnyResource['metadata']> = {}): AnyResource => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Project',
  metadata: { ...key(name), ...metadata },
  spec: {},
});

describe('an owner of more objects than one answer holds', () => {
  let resources: Resources;
  let owner: AnyResource;
  let queued: string[] = [];
  const collecting = () => ({
    resources,
    enqueue: (_kind: unknown, { name }: Key) => void queued.push(name),
    hasGone: () => false,
  });
  const remove = (name: string, propagation: Propagation) =>
    resources.commit(testCause, [{ op: 'delete', kind: Project, key: key(name), propagation }]);

  before(async () => {
    resources = await openTestResources({ clock: createVirtualClock(), kinds: [Project] });
    owner = await createObject(resources, project('owner'));
    const reference = { apiVersion: owner.apiVersion, kind: owner.kind, name: 'owner', uid: owner.metadata.uid ?? '' };
    for (let from = 1; from <= count; from += atOnce) {
      const owned = Array.from({ length: atOnce }, (_, index) => from + index);
      // The last one alone holds its owner back.
      const change = (number: number): Change => ({
        op: 'create',
        object: project(`owned-${number}`, { ownerReferences: [{ ...reference, blockOwnerDeletion: number === count }] }),
      });
      await resources.commit(testCause, owned.map(change));
    }
  });
  after(() => resources.close());

  test('has all of them looked at when it is gone', async () => {
    queued = [];
    await collectOwned(collecting(), owner.metadata.uid ?? '');

    assert.equal(new Set(queued).size, count);
  });

  test('waits for the one that holds it back, wherever that stands', async () => {
    queued = [];
    await remove('owner', 'foreground');
    await collectObject(collecting(), Project, key('owner'));

    assert.ok((await resources.get(Project, key('owner')))?.metadata.finalizers?.includes('foregroundDeletion'));
    assert.deepEqual(queued, [`owned-${count}`]);
  });

  test('leaves every one of them free when it goes without them', async () => {
    await remove('owner', 'orphan');
    await collectObject(collecting(), Project, key('owner'));

    assert.equal(await resources.get(Project, key('owner')), undefined);
    for (const number of [1, count / 2, count])
      assert.equal((await resources.get(Project, key(`owned-${number}`)))?.metadata.ownerReferences, undefined);
  });
});
