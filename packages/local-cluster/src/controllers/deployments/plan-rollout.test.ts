import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planResize, planRolling } from './plan-rollout.ts';
import { maxAnnotation, type SetView } from './replica-sets-of.ts';

const view = (name: string, replicas: number, rest: Partial<SetView> & { max?: number } = {}): SetView => ({
  set: {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, annotations: { [maxAnnotation]: String(rest.max ?? replicas) } },
  },
  replicas,
  active: replicas,
  ready: replicas,
  available: replicas,
  terminating: 0,
  hasLiving: replicas > 0,
  hasFixedPort: false,
  ...rest,
});
const told = (scales: ReturnType<typeof planResize>) =>
  Object.fromEntries(scales.map((scale) => [scale.view.set.metadata.name, scale.replicas]));

describe('a deployment that is resized in the middle of a rollout', () => {
  for (const { because, current, old, replicas, expected } of [
    { because: 'both grow in proportion', current: 5, old: 8, replicas: 20, expected: { old: 14, new: 9 } },
    { because: 'both shrink in proportion', current: 5, old: 8, replicas: 5, expected: { old: 5, new: 3 } },
    { because: 'nothing is wanted', current: 5, old: 8, replicas: 0, expected: { old: 0, new: 0 } },
  ]) {
    test(`goes from 10 to ${replicas} so that ${because}`, () => {
      const sets = [view('new', current, { max: 13 }), view('old', old, { max: 13 })] as const;
      assert.deepEqual(told(planResize(sets[0], [sets[1]], { replicas, surge: 3, unavailable: 2 })), expected);
    });
  }
});

describe('the next step of a rolling update', () => {
  for (const { because, current, old, expected } of [
    { because: 'there is room for the surge', current: view('new', 0), old: view('old', 10), expected: { new: 3 } },
    { because: 'the new ones are not available yet', current: view('new', 5, { available: 0 }), old: view('old', 8), expected: {} },
    { because: 'new ones have become available', current: view('new', 5, { available: 3 }), old: view('old', 8), expected: { old: 5 } },
    {
      because: 'old ones that do not serve go first',
      current: view('new', 3, { available: 0 }),
      old: view('old', 10, { available: 7 }),
      expected: { old: 8 },
    },
  ]) {
    test(`is ${JSON.stringify(expected)} when ${because}`, () => {
      assert.deepEqual(told(planRolling(current, [old], { replicas: 10, surge: 3, unavailable: 2 })), expected);
    });
  }
});
