import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Deployment, Event, type EventFields, HorizontalPodAutoscaler } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, deployment, openControllers, template } from '../../testing/controllers-only.ts';

const asking = (requests: Record<string, string> | undefined) => {
  const { metadata, spec } = template('one');
  return {
    metadata,
    spec: { containers: spec.containers.map((each) => ({ ...each, ...(requests === undefined ? {} : { resources: { requests } }) })) },
  };
};
const metric = (name: string, target: Record<string, unknown>) => ({ type: 'Resource', resource: { name, target } });
const half = metric('cpu', { type: 'Utilization', averageUtilization: 50 });

describe('an autoscaler', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const read = async () => (await cluster.list(HorizontalPodAutoscaler))[0];
  const replicas = async () => (await cluster.list(Deployment))[0]?.spec?.replicas;
  const condition = async (type: string) => (await read())?.status?.conditions?.find((found) => found.type === type);
  const start = async (metrics: readonly unknown[], requests: Record<string, string> | undefined = { cpu: '100m', memory: '100Mi' }) => {
    await cluster.create(deployment({ replicas: 2, template: asking(requests) }));
    await cluster.clock.until(async () => (await cluster.pods()).length === 2);
    for (const pod of await cluster.pods()) await cluster.makeReady(pod);
    const autoscaler: Resource = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'default' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 5, metrics },
    };
    await cluster.create(autoscaler);
  };

  for (const { because, use, metrics, expected } of [
    { because: 'they use twice what they should', use: { cpu: 0.1, memory: 0 }, metrics: [half], expected: 4 },
    { because: 'ten percent off is near enough', use: { cpu: 0.054, memory: 0 }, metrics: [half], expected: 2 },
    { because: 'there is a most', use: { cpu: 1, memory: 0 }, metrics: [half], expected: 5 },
    {
      because: 'memory is an amount',
      use: { cpu: 0, memory: 150 * 2 ** 20 },
      metrics: [metric('memory', { type: 'AverageValue', averageValue: '100Mi' })],
      expected: 3,
    },
    {
      because: 'the metric that asks for most decides',
      use: { cpu: 0.05, memory: 200 * 2 ** 20 },
      metrics: [half, metric('memory', { type: 'Utilization', averageUtilization: 100 })],
      expected: 4,
    },
  ]) {
    test(`makes 2 pods ${expected} when ${because}`, async () => {
      cluster.use(use);
      await start(metrics);
      await cluster.clock.until(async () => (await read())?.status?.desiredReplicas !== undefined);
      assert.equal(await replicas(), expected);
      assert.equal((await condition('ScalingActive'))?.reason, 'ValidMetricFound');
    });
  }

  test('tells why it scaled, and what it saw', async () => {
    cluster.use({ cpu: 0.1, memory: 0 });
    await start([half]);
    await cluster.clock.until(async () => (await replicas()) === 4);
    const said = ((await cluster.list(Event)) as unknown as EventFields[]).find(({ reason }) => reason === 'SuccessfulRescale');
    assert.equal(said?.message, 'New size: 4; reason: cpu resource utilization (percentage of request) above target');
    await cluster.clock.until(async () => (await read())?.status?.currentMetrics !== undefined);
    assert.deepEqual((await read())?.status?.currentMetrics?.[0]?.resource?.current, { averageUtilization: 100, averageValue: '100m' });
  });

  test('goes down again after five minutes', async () => {
    cluster.use({ cpu: 0.05, memory: 0 });
    await start([half]);
    await cluster.clock.until(async () => (await condition('ScalingActive')) !== undefined);
    cluster.use({ cpu: 0.001, memory: 0 });
    await cluster.clock.advance(240_000);
    assert.equal(await replicas(), 2);
    await cluster.clock.advance(90_000);
    assert.equal(await replicas(), 1);
  });

  for (const { because, metrics, requests, reason, message } of [
    {
      because: 'a container does not say what it asks for',
      metrics: [half],
      requests: {},
      reason: 'FailedGetResourceMetric',
      message: /failed to get cpu utilization: missing request for cpu in container main of Pod web-/,
    },
    {
      because: 'the metric is one that nobody measures',
      metrics: [{ type: 'External', external: {} }],
      requests: { cpu: '1' },
      reason: 'InvalidMetricSourceType',
      message: /no metric of type External/,
    },
  ]) {
    test(`leaves the number alone and says so when ${because}`, async () => {
      await start(metrics, requests as Record<string, string>);
      await cluster.clock.until(async () => (await condition('ScalingActive'))?.status === 'False');
      assert.equal((await condition('ScalingActive'))?.reason, reason);
      assert.match((await condition('ScalingActive'))?.message ?? '', message);
      assert.equal(await replicas(), 2);
    });
  }
});
