import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ConfigMap, Event, type EventFields, ReplicaSet, ResourceQuota } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, deployment, openControllers } from '../../testing/controllers-only.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

const quota = (hard: Record<string, string | number>): Resource => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'room', namespace: 'default' },
  spec: { hard },
});
const pod = (name: string, resources: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'x', resources }] },
});
const configMap = (name: string): Resource => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });

describe('a resource quota', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const status = async () => (await cluster.list(ResourceQuota))[0]?.status;
  const open = async (hard: Record<string, string | number>): Promise<void> => {
    await cluster.create(quota(hard));
    await cluster.clock.until(async () => (await status())?.used !== undefined);
  };

  for (const { because, hard, first, second, expected } of [
    {
      because: 'the namespace is full',
      hard: { pods: 1 },
      first: pod('one'),
      second: pod('two'),
      expected: 'pods "two" is forbidden: exceeded quota: room, requested: pods=1, used: pods=1, limited: pods=1',
    },
    {
      because: 'memory that is asked for is added up',
      hard: { 'requests.memory': '200Mi' },
      first: pod('one', { requests: { memory: '128Mi' } }),
      second: pod('two', { limits: { memory: '100Mi' } }),
      expected:
        'pods "two" is forbidden: exceeded quota: room, requested: requests.memory=100Mi, used: requests.memory=128Mi, limited: requests.memory=200Mi',
    },
    {
      because: 'a limited amount must be said',
      hard: { 'limits.cpu': '2' },
      first: pod('one', { limits: { cpu: '500m' } }),
      second: pod('two'),
      expected: 'pods "two" is forbidden: failed quota: room: must specify limits.cpu for: main',
    },
    {
      because: 'any kind can be counted',
      hard: { 'count/configmaps': '1' },
      first: configMap('one'),
      second: configMap('two'),
      expected:
        'configmaps "two" is forbidden: exceeded quota: room, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    },
  ]) {
    test(`refuses in Kubernetes' words when ${because}`, async () => {
      await open(hard);
      await cluster.create(first);
      await assert.rejects(cluster.create(second), { reason: 'forbidden', message: expected });
    });
  }

  test('counts objects of one commit one after the other', async () => {
    await open({ configmaps: 2 });
    const creates = ['one', 'two', 'three'].map((name) => ({ op: 'create', object: configMap(name) }) as const);
    await assert.rejects(cluster.resources.commit(cluster.cause, creates), { reason: 'forbidden' });
    assert.deepEqual(await cluster.list(ConfigMap), []);
    await cluster.resources.commit(cluster.cause, creates.slice(1));
    assert.deepEqual((await status())?.used, { configmaps: '2' });
  });

  test('has room again when something was deleted', async () => {
    await open({ configmaps: 1 });
    await cluster.create(configMap('one'));
    await cluster.remove(ConfigMap, 'one');
    await cluster.clock.until(async () => (await status())?.used?.configmaps === '0');
    await cluster.create(configMap('two'));
  });

  test('lets a deployment have as many pods as fit, and an event says why there are no more', async () => {
    await open({ pods: 2 });
    await cluster.create(deployment({ replicas: 5 }));
    await cluster.clock.until(async () => (await cluster.pods()).length === 2);
    await cluster.clock.until(async () => (await cluster.list(ReplicaSet))[0]?.status?.replicas === 2);
    const failure = ((await cluster.list(Event)) as unknown as EventFields[]).find(({ reason }) => reason === 'FailedCreate');
    assert.match(
      failure?.message ?? '',
      /^Error creating: pods "web-\w+-\w+" is forbidden: exceeded quota: room, requested: pods=1, used: pods=2/,
    );
  });

  test('refuses scopes, which it would not keep', async () => {
    const scoped = quota({ pods: 1 });
    await assert.rejects(
      cluster.create({ ...scoped, spec: { ...(scoped.spec as object), scopes: ['BestEffort'] } }),
      /spec\.scopes: Forbidden/,
    );
  });
});

describe('a quantity', () => {
  for (const { text, amount, form } of [
    { text: '500m', amount: 0.5, form: '500m' },
    { text: '2', amount: 2, form: '2' },
    { text: '128Mi', amount: 134_217_728, form: '128Mi' },
    { text: '1.5Gi', amount: 1_610_612_736, form: '1536Mi' },
    { text: '1e3', amount: 1_000, form: '1000' },
    { text: '3k', amount: 3_000, form: '3000' },
    { text: '100n', amount: 0.001, form: '1m' },
  ]) {
    test(`${text} is ${amount}, written ${form}`, () => {
      assert.equal(parseQuantity(text), amount);
      assert.equal(formatQuantity(amount), form);
    });
  }
  for (const text of ['', 'Mi', '1.2.3', '5 Gi', 'ten']) {
    test(`"${text}" is none`, () => assert.equal(parseQuantity(text), undefined));
  }
});
