import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Deployment, Event, type EventFields, Pod, ReplicaSet } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, deployment, openControllers, type PodObject, template } from '../../testing/controllers-only.ts';

const imageOf = (pod: PodObject): string | undefined => pod.spec?.containers[0]?.image;
const isReady = (pod: PodObject): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
const isLeaving = (pod: PodObject): boolean => pod.metadata.deletionTimestamp !== undefined;

describe('a deployment', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const read = async () => (await cluster.list(Deployment))[0];
  const condition = async (type: string) => (await read())?.status?.conditions?.find((found) => found.type === type);
  const readyAll = async (): Promise<void> => {
    for (const pod of await cluster.pods()) if (!isReady(pod) && !isLeaving(pod)) await cluster.makeReady(pod);
  };
  const setImage = (image: string) =>
    cluster.change(
      Deployment,
      'web',
      (object): Resource => ({ ...object, spec: { ...(object.spec as object), template: template(image) } }),
    );
  const isComplete = async (): Promise<boolean> => (await condition('Progressing'))?.reason === 'NewReplicaSetAvailable';
  const startReady = async (spec: Record<string, unknown> = {}): Promise<void> => {
    await cluster.create(deployment(spec));
    await cluster.clock.until(async () => (await cluster.pods()).length === ((spec.replicas as number) ?? 2));
    await readyAll();
    await cluster.clock.until(isComplete);
  };

  test('makes a set and its pods, and says in Kubernetes’ words that they are available', async () => {
    await startReady();

    const [set] = await cluster.list(ReplicaSet);
    const pods = await cluster.pods();
    assert.match(set?.metadata.name ?? '', /^web-[a-z0-9]{10}$/);
    assert.equal(
      pods.every(({ metadata }) => metadata.name.startsWith(`${set?.metadata.name}-`)),
      true,
    );
    assert.equal(
      pods.every(({ spec }) => spec?.nodeName === 'here'),
      true,
    );
    assert.equal(
      pods.every(({ metadata }) => metadata.labels?.['pod-template-hash'] === set?.metadata.labels?.['pod-template-hash']),
      true,
    );
    await cluster.clock.until(async () => (await read())?.metadata.annotations?.['deployment.kubernetes.io/revision'] === '1');
    const status = (await read())?.status;
    assert.deepEqual([status?.replicas, status?.updatedReplicas, status?.readyReplicas, status?.availableReplicas], [2, 2, 2, 2]);
    assert.equal((await condition('Available'))?.reason, 'MinimumReplicasAvailable');
    const reasons = ((await cluster.list(Event)) as unknown as EventFields[]).map(({ reason }) => reason);
    for (const reason of ['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled']) assert.ok(reasons.includes(reason), reason);
  });

  test('starts the new pod first and takes an old one only when the new one is ready', async () => {
    await startReady({ replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });

    await setImage('two');
    let smallest = 2;
    for (
      let round = 0;
      round < 40 && !((await isComplete()) && (await cluster.pods()).every((pod) => imageOf(pod) === 'two'));
      round += 1
    ) {
      await cluster.clock.advance(100);
      const pods = await cluster.pods();
      assert.ok(pods.filter((pod) => !isLeaving(pod)).length <= 3, 'at most one above the wanted number');
      const serving = pods.filter((pod) => isReady(pod) && !isLeaving(pod)).length;
      smallest = Math.min(smallest, serving);
      await readyAll();
      await cluster.clock.advance(100);
      await cluster.letGo();
    }

    assert.equal(smallest, 2, 'never less than the wanted number serves');
    assert.equal(await isComplete(), true);
    assert.deepEqual((await cluster.pods()).map(imageOf), ['two', 'two']);
    assert.deepEqual((await cluster.list(ReplicaSet)).map(({ spec }) => spec?.replicas).toSorted(), [0, 2]);
  });

  test('counts a pod as available when it has been ready for minReadySeconds, and not before', async () => {
    await cluster.create(deployment({ replicas: 1, minReadySeconds: 30 }));
    await cluster.clock.until(async () => (await cluster.pods()).length === 1);
    await readyAll();
    await cluster.clock.advance(25_000);
    assert.deepEqual([(await read())?.status?.readyReplicas, (await read())?.status?.availableReplicas], [1, 0]);
    await cluster.clock.advance(10_000);
    assert.equal((await read())?.status?.availableReplicas, 1);
    await cluster.clock.until(isComplete);
  });

  test('keeps the old pods when the new ones never get ready, and says so after the deadline', async () => {
    await startReady({ replicas: 1, progressDeadlineSeconds: 30 });

    await setImage('broken');
    await cluster.clock.until(async () => (await condition('Progressing'))?.reason === 'ProgressDeadlineExceeded', 120_000);

    const progressing = await condition('Progressing');
    assert.equal(progressing?.status, 'False');
    assert.match(progressing?.message ?? '', /^ReplicaSet "web-[a-z0-9]+" has timed out progressing\.$/);
    assert.equal((await condition('Available'))?.status, 'True');
    assert.equal((await cluster.pods()).filter((pod) => imageOf(pod) === 'one' && isReady(pod) && !isLeaving(pod)).length, 1);
  });

  for (const { because, spec, annotations } of [
    { because: 'the strategy says so', spec: { strategy: { type: 'Recreate' } }, annotations: undefined },
    { because: 'the old pod holds a port of its own', spec: {}, annotations: { 'fairway.dev/fixed-port': '3000' } },
  ]) {
    test(`stops all old pods before the first new one starts when ${because}`, async () => {
      await startReady({ replicas: 1, ...spec });
      const [old] = await cluster.pods();
      if (annotations !== undefined) {
        await cluster.change(Pod, old?.metadata.name ?? '', (object) => ({ ...object, metadata: { ...object.metadata, annotations } }));
      }

      await setImage('two');
      await cluster.clock.until(async () => (await cluster.pods()).every(isLeaving), 20_000);
      await cluster.clock.advance(5_000);
      assert.equal((await cluster.pods()).filter((pod) => imageOf(pod) === 'two').length, 0, 'the old one still runs');
      await cluster.letGo();
      await cluster.clock.until(async () => (await cluster.pods()).some((pod) => imageOf(pod) === 'two'), 20_000);

      assert.equal((await cluster.pods()).length, 1);
    });
  }

  test('goes back to an earlier set with a new revision, and keeps as many as the history limit says', async () => {
    await startReady({ replicas: 1, revisionHistoryLimit: 1 });
    const roll = async (image: string): Promise<void> => {
      await setImage(image);
      await cluster.clock.until(async () => {
        await readyAll();
        await cluster.letGo();
        return (await isComplete()) && (await cluster.pods()).every((pod) => imageOf(pod) === image && isReady(pod));
      }, 60_000);
    };

    await roll('two');
    await roll('one');
    await cluster.clock.until(async () => (await read())?.metadata.annotations?.['deployment.kubernetes.io/revision'] === '3', 60_000);
    await roll('three');
    await cluster.clock.advance(1_000);

    const revisions = (await cluster.list(ReplicaSet)).map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision']);
    assert.deepEqual(revisions.toSorted(), ['3', '4']);
  });

  test('rolls nothing while it is paused, and goes on when it is resumed', async () => {
    await startReady({ replicas: 1 });
    const pause = (paused: boolean) =>
      cluster.change(Deployment, 'web', (object) => ({ ...object, spec: { ...(object.spec as object), paused } }) as Resource);

    await pause(true);
    await setImage('two');
    await cluster.clock.advance(5_000);
    assert.equal((await cluster.list(ReplicaSet)).length, 1);
    assert.equal((await condition('Progressing'))?.reason, 'DeploymentPaused');
    await pause(false);
    await cluster.clock.until(async () => (await cluster.list(ReplicaSet)).length === 2, 10_000);
  });

  test('replaces a pod that was deleted once, however long the old one takes to go', async () => {
    await startReady({ replicas: 1 });
    const [first] = await cluster.pods();

    await cluster.remove(Pod, first?.metadata.name ?? '');
    await cluster.clock.until(async () => (await cluster.pods()).length === 2, 10_000);
    await cluster.letGo();
    await cluster.clock.advance(120_000);

    const pods = await cluster.pods();
    assert.equal(pods.length, 1);
    assert.notEqual(pods[0]?.metadata.uid, first?.metadata.uid);
  });

  test('takes its sets and pods with it when it is deleted', async () => {
    await startReady({ replicas: 2 });

    await cluster.remove(Deployment, 'web');
    await cluster.clock.until(async () => {
      await cluster.letGo();
      return (await cluster.pods()).length === 0 && (await cluster.list(ReplicaSet)).length === 0;
    }, 60_000);
  });

  for (const { because, rewrite, expected } of [
    {
      because: 'the selector is fixed',
      rewrite: (spec: object) => ({ ...spec, selector: { matchLabels: { app: 'other' } } }),
      expected: /spec\.selector: Invalid value: .*field is immutable/,
    },
    {
      because: 'pods of a deployment run for ever',
      rewrite: (spec: object) => ({ ...spec, template: template('x', { restartPolicy: 'Never' }) }),
      expected: /restartPolicy: Unsupported value: "Never": supported values: "Always"/,
    },
    {
      because: 'a rollout with no room cannot move',
      rewrite: (spec: object) => ({ ...spec, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      expected: /maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0/,
    },
  ]) {
    test(`refuses a change when ${because}`, async () => {
      await cluster.create(deployment());
      const change = cluster.change(Deployment, 'web', (object) => ({ ...object, spec: rewrite(object.spec as object) }) as Resource);
      await assert.rejects(change, (error: Error) => expected.test(error.message));
    });
  }
});
