import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DaemonSet, Node, Pod } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, openControllers, type PodObject, template } from '../../testing/controllers-only.ts';

const isLeaving = (pod: PodObject): boolean => pod.metadata.deletionTimestamp !== undefined;
const imageOf = (pod: PodObject): string | undefined => pod.spec?.containers[0]?.image;
const set = (spec: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent', namespace: 'default' },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template('one'), ...spec },
});

describe('a daemon set', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const status = async () => (await cluster.list(DaemonSet))[0]?.status;
  const staying = async () => (await cluster.pods()).filter((pod) => !isLeaving(pod));
  const ready = async (): Promise<void> => {
    for (const pod of await staying()) await cluster.makeReady(pod);
  };
  const change = (spec: Record<string, unknown>): Promise<void> =>
    cluster.change(DaemonSet, 'agent', (object) => ({ ...object, spec: { ...(object.spec as object), ...spec } }) as Resource);

  test('keeps one pod on the node and says so', async () => {
    await cluster.create(set());
    await cluster.clock.until(async () => (await cluster.pods()).length === 1);
    await ready();
    await cluster.clock.until(async () => (await status())?.numberAvailable === 1);
    const now = await status();
    assert.deepEqual(
      [now?.desiredNumberScheduled, now?.currentNumberScheduled, now?.numberReady, now?.updatedNumberScheduled],
      [1, 1, 1, 1],
    );

    const [first] = await cluster.pods();
    await cluster.end(first as PodObject, 'Failed');
    await cluster.clock.until(async () => (await cluster.letGo()) > 0);
    await cluster.clock.until(async () => (await staying()).some(({ metadata }) => metadata.uid !== first?.metadata.uid));
  });

  test('has no pod while the node lacks a label that it asks for', async () => {
    await cluster.create(set({ template: template('one', { nodeSelector: { disk: 'fast' } }) }));
    await cluster.clock.advance(20_000);
    assert.deepEqual([(await cluster.pods()).length, (await status())?.desiredNumberScheduled], [0, 0]);
    const labelled = (node: Resource | undefined): Resource | undefined =>
      node === undefined ? undefined : { ...node, metadata: { ...node.metadata, labels: { disk: 'fast' } } };
    await cluster.resources.commit(cluster.cause, [{ op: 'mutate', kind: Node, key: { name: 'here' }, change: labelled }]);
    await cluster.clock.until(async () => (await cluster.pods()).length === 1);
  });

  for (const { because, updateStrategy, during, after } of [
    { because: 'the old pod goes first', updateStrategy: {}, during: [], after: ['two'] },
    {
      because: 'surge keeps the old one',
      updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      during: ['one', 'two'],
      after: ['two'],
    },
    { because: 'OnDelete waits for its user', updateStrategy: { type: 'OnDelete' }, during: ['one'], after: ['one'] },
  ]) {
    test(`rolls so that ${because}`, async () => {
      await cluster.create(set({ updateStrategy }));
      await cluster.clock.until(async () => (await cluster.pods()).length === 1);
      await ready();
      await change({ template: template('two') });
      await cluster.clock.advance(15_000);
      assert.deepEqual((await staying()).map(imageOf).toSorted(), during);
      await ready();
      await cluster.clock.advance(15_000);
      await cluster.letGo();
      await cluster.clock.advance(15_000);
      assert.deepEqual((await staying()).map(imageOf), after);
    });
  }

  test('takes its pod with it', async () => {
    await cluster.create(set());
    await cluster.clock.until(async () => (await cluster.pods()).length === 1);
    await cluster.remove(DaemonSet, 'agent');
    await cluster.clock.until(async () => (await cluster.list(Pod)).every(isLeaving));
  });
});
