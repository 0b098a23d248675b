import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  ControllerRevision,
  type ControllerRevisionFields,
  Event,
  type EventFields,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, openControllers, type PodObject, template } from '../../testing/controllers-only.ts';

const isReady = (pod: PodObject): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
const isLeaving = (pod: PodObject): boolean => pod.metadata.deletionTimestamp !== undefined;
const imageOf = (pod: PodObject): string | undefined => pod.spec?.containers[0]?.image;
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };

const set = (spec: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'default' },
  spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'web' } }, template: template('one'), ...spec },
});

describe('a stateful set', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const status = async () => (await cluster.list(StatefulSet))[0]?.status;
  const names = async () => (await cluster.pods()).map(({ metadata }) => metadata.name).toSorted();
  const claims = async () => (await cluster.list(PersistentVolumeClaim)).map(({ metadata }) => metadata.name).toSorted();
  const readyAll = async (): Promise<void> => {
    for (const pod of await cluster.pods()) if (!isReady(pod) && !isLeaving(pod)) await cluster.makeReady(pod);
  };
  /** The node does its part until nothing is left to do. */
  const settle = async (isDone: () => Promise<boolean>): Promise<void> =>
    cluster.clock.until(async () => {
      await readyAll();
      await cluster.letGo();
      return isDone();
    }, 120_000);
  const isComplete = async (): Promise<boolean> => {
    const now = await status();
    const wanted = (await cluster.list(StatefulSet))[0]?.spec?.replicas;
    return now?.readyReplicas === wanted && now?.updatedReplicas === wanted && now?.currentRevision === now?.updateRevision;
  };
  const start = async (spec: Record<string, unknown> = {}): Promise<void> => {
    await cluster.create(set(spec));
    await settle(isComplete);
  };
  const change = (spec: Record<string, unknown>): Promise<void> =>
    cluster.change(StatefulSet, 'db', (object) => ({ ...object, spec: { ...(object.spec as object), ...spec } }) as Resource);

  test('starts its pods one after the other, each when the one before is ready, under stable names', async () => {
    await cluster.create(set());
    const seen: string[][] = [];
    for (let round = 0; round < 3; round += 1) {
      await cluster.clock.until(async () => (await cluster.pods()).length === round + 1);
      await cluster.clock.advance(2_000);
      seen.push(await names());
      await readyAll();
    }
    await cluster.clock.until(isComplete);

    assert.deepEqual(seen, [['db-0'], ['db-0', 'db-1'], ['db-0', 'db-1', 'db-2']]);
    const [first] = await cluster.pods();
    const { currentRevision } = (await status()) ?? {};
    assert.deepEqual(
      [first?.metadata.labels?.['statefulset.kubernetes.io/pod-name'], first?.metadata.labels?.['apps.kubernetes.io/pod-index']],
      ['db-0', '0'],
    );
    assert.equal(first?.metadata.labels?.['controller-revision-hash'], currentRevision);
    assert.deepEqual([first?.spec?.hostname, first?.spec?.subdomain], ['db-0', 'db']);
    const messages = ((await cluster.list(Event)) as unknown as EventFields[]).map(({ message }) => message);
    assert.ok(messages.includes('create Pod db-0 in StatefulSet db successful'));
  });

  test('starts and stops all at once where its policy is Parallel', async () => {
    await cluster.create(set({ podManagementPolicy: 'Parallel', ordinals: { start: 4 } }));
    await cluster.clock.until(async () => (await cluster.pods()).length === 3);
    assert.deepEqual(await names(), ['db-4', 'db-5', 'db-6']);

    await change({ replicas: 0 });
    await cluster.clock.until(async () => (await cluster.pods()).every(isLeaving));
  });

  test('takes pods away from the highest number down, one when the one before has gone', async () => {
    await start();
    await change({ replicas: 1 });
    await cluster.clock.until(async () => (await cluster.pods()).some(isLeaving));
    await cluster.clock.advance(5_000);
    assert.deepEqual(
      (await cluster.pods()).filter(isLeaving).map(({ metadata }) => metadata.name),
      ['db-2'],
    );
    await settle(async () => (await cluster.pods()).length === 1);
    assert.deepEqual(await names(), ['db-0']);
  });

  test('makes a pod that was deleted again under its name, when the old one has gone', async () => {
    await start({ replicas: 1 });
    const [old] = await cluster.pods();
    await cluster.remove(Pod, 'db-0');
    await cluster.clock.advance(5_000);
    assert.equal((await cluster.pods()).length, 1);
    await cluster.letGo();
    await cluster.clock.until(async () => (await cluster.pods()).some(({ metadata }) => metadata.uid !== old?.metadata.uid));
    assert.deepEqual(await names(), ['db-0']);
  });

  test('renews pods from the highest number down and never two at a time', async () => {
    await start();
    await change({ template: template('two') });
    const order: string[] = [];
    const isRenewed = async () => (await isComplete()) && (await cluster.pods()).every((pod) => imageOf(pod) === 'two');
    for (let round = 0; round < 200 && !(await isRenewed()); round += 1) {
      await cluster.clock.advance(100);
      const leaving = (await cluster.pods()).filter((pod) => isLeaving(pod) || !isReady(pod));
      assert.ok(leaving.length <= 1, 'one at a time');
      for (const { metadata } of leaving) if (order.at(-1) !== metadata.name) order.push(metadata.name);
      await cluster.letGo();
      await cluster.clock.advance(100);
      await readyAll();
    }
    assert.deepEqual(order, ['db-2', 'db-1', 'db-0']);
    assert.deepEqual((await cluster.pods()).map(imageOf), ['two', 'two', 'two']);
    const revisions = (await cluster.list(ControllerRevision)) as unknown as ControllerRevisionFields[];
    assert.deepEqual(revisions.map(({ revision }) => revision).toSorted(), [1, 2]);
  });

  for (const { because, updateStrategy, renewed, after } of [
    {
      because: 'the partition keeps those below it',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      renewed: ['db-2'],
      after: 'one',
    },
    { because: 'OnDelete leaves the time to its users', updateStrategy: { type: 'OnDelete' }, renewed: [], after: 'two' },
  ]) {
    test(`leaves old pods alone when ${because}, and makes a deleted one of ${after}`, async () => {
      await start({ updateStrategy });
      await change({ template: template('two') });
      await settle(async () => (await cluster.pods()).filter((pod) => imageOf(pod) === 'two' && isReady(pod)).length === renewed.length);
      await cluster.clock.advance(5_000);
      const isNew = (pod: PodObject): boolean => imageOf(pod) === 'two';
      assert.deepEqual(
        (await cluster.pods()).filter(isNew).map(({ metadata }) => metadata.name),
        renewed,
      );
      const before = await status();
      assert.notEqual(before?.currentRevision, before?.updateRevision);

      const [old] = await cluster.pods();
      await cluster.remove(Pod, 'db-0');
      await settle(async () =>
        (await cluster.pods()).some(({ metadata }) => metadata.name === 'db-0' && metadata.uid !== old?.metadata.uid),
      );
      assert.equal((await cluster.pods()).map((pod) => `${pod.metadata.name} ${imageOf(pod)}`)[0], `db-0 ${after}`);
    });
  }

  test('goes back to an earlier revision under a new number, and forgets what its history limit leaves out', async () => {
    await start({ replicas: 1, revisionHistoryLimit: 1 });
    for (const image of ['two', 'one', 'three', 'four']) {
      await change({ template: template(image) });
      await settle(async () => (await isComplete()) && (await cluster.pods()).every((pod) => imageOf(pod) === image));
    }
    await cluster.clock.advance(1_000);
    const revisions = (await cluster.list(ControllerRevision)) as unknown as ControllerRevisionFields[];
    assert.deepEqual(revisions.map(({ revision }) => revision).toSorted(), [4, 5]);
  });

  test('gives each pod a claim of its own that outlives it, and binds it to a folder', async () => {
    await start({ replicas: 2, volumeClaimTemplates: [claim] });
    await cluster.clock.until(async () => (await cluster.list(PersistentVolumeClaim)).every(({ status: now }) => now?.phase === 'Bound'));
    assert.deepEqual(await claims(), ['data-db-0', 'data-db-1']);
    const [bound] = await cluster.list(PersistentVolumeClaim);
    const volume = await cluster.resources.get(PersistentVolume, { name: bound?.spec?.volumeName ?? '' });
    assert.equal(volume?.spec?.hostPath?.path, `/volumes/pvc-${bound?.metadata.uid}`);
    assert.deepEqual([volume?.status?.phase, bound?.status?.capacity], ['Bound', { storage: '1Gi' }]);
    assert.equal((await cluster.pods())[0]?.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName, 'data-db-0');

    await change({ replicas: 0 });
    await settle(async () => (await cluster.pods()).length === 0);
    await cluster.remove(StatefulSet, 'db');
    await cluster.clock.advance(5_000);
    assert.deepEqual(await claims(), ['data-db-0', 'data-db-1']);

    await cluster.remove(PersistentVolumeClaim, 'data-db-0');
    await cluster.clock.until(async () => (await claims()).length === 1);
    assert.deepEqual(cluster.removedVolumes, [`pvc-${bound?.metadata.uid}`]);
    assert.equal(await cluster.resources.get(PersistentVolume, { name: bound?.spec?.volumeName ?? '' }), undefined);
  });

  for (const { policy, scaled, deleted } of [
    { policy: { whenScaled: 'Delete' }, scaled: ['data-db-0'], deleted: ['data-db-0'] },
    { policy: { whenDeleted: 'Delete' }, scaled: ['data-db-0', 'data-db-1'], deleted: [] },
  ]) {
    test(`with ${JSON.stringify(policy)} these claims stay: ${scaled} when scaled, ${deleted} when deleted`, async () => {
      await start({ replicas: 2, volumeClaimTemplates: [claim], persistentVolumeClaimRetentionPolicy: policy });
      await change({ replicas: 1 });
      await settle(async () => (await cluster.pods()).length === 1);
      await cluster.clock.advance(120_000);
      assert.deepEqual(await claims(), scaled);
      await cluster.remove(StatefulSet, 'db');
      await settle(async () => (await cluster.pods()).length === 0);
      await cluster.clock.advance(120_000);
      assert.deepEqual(await claims(), deleted);
    });
  }

  test('keeps a claim that is deleted until no pod uses it', async () => {
    await start({ replicas: 1, volumeClaimTemplates: [claim] });
    await cluster.remove(PersistentVolumeClaim, 'data-db-0');
    await cluster.clock.advance(120_000);
    assert.deepEqual(await claims(), ['data-db-0']);
    assert.deepEqual(cluster.removedVolumes, []);
  });

  test('refuses to change what it keeps for its life', async () => {
    await cluster.create(set());
    await assert.rejects(change({ serviceName: 'other' }), /updates to statefulset spec for fields other than 'replicas'/);
  });
});
