import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HorizontalPodAutoscalerSpec } from '@fairway/contracts/builtin';
import { decide, type ScalingMemory } from './scaling-behavior.ts';

const spec = (behavior: HorizontalPodAutoscalerSpec['behavior'] = {}, bounds = {}): HorizontalPodAutoscalerSpec => ({
  scaleTargetRef: { kind: 'Deployment', name: 'web' },
  minReplicas: 1,
  maxReplicas: 100,
  behavior,
  ...bounds,
});
const nothing = (): ScalingMemory => ({ recommendations: [], changes: [] });
const now = 10_000_000;

describe('the behavior of an autoscaler', () => {
  for (const { because, given, current, wanted, expected, limitedBy } of [
    { because: 'four pods or the double, whatever is more', given: spec(), current: 2, wanted: 50, expected: 6, limitedBy: 'ScaleUpLimit' },
    { because: 'the double is more', given: spec(), current: 10, wanted: 50, expected: 20, limitedBy: 'ScaleUpLimit' },
    {
      because: 'the most is the most',
      given: spec({}, { maxReplicas: 3 }),
      current: 2,
      wanted: 9,
      expected: 3,
      limitedBy: 'TooManyReplicas',
    },
    {
      because: 'the least is the least',
      given: spec({}, { minReplicas: 2 }),
      current: 4,
      wanted: 1,
      expected: 2,
      limitedBy: 'TooFewReplicas',
    },
    {
      because: 'one pod a minute is one pod',
      given: spec({ scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } }),
      current: 8,
      wanted: 2,
      expected: 7,
      limitedBy: 'ScaleDownLimit',
    },
    {
      because: 'of several policies the narrowest was chosen',
      given: spec({
        scaleUp: {
          selectPolicy: 'Min',
          policies: [
            { type: 'Pods', value: 1, periodSeconds: 60 },
            { type: 'Percent', value: 900, periodSeconds: 60 },
          ],
        },
      }),
      current: 2,
      wanted: 9,
      expected: 3,
      limitedBy: 'ScaleUpLimit',
    },
    {
      because: 'that way is closed',
      given: spec({ scaleDown: { selectPolicy: 'Disabled' } }),
      current: 8,
      wanted: 2,
      expected: 8,
      limitedBy: 'ScaleDownLimit',
    },
    { because: 'nothing is in the way', given: spec(), current: 4, wanted: 5, expected: 5, limitedBy: undefined },
  ]) {
    test(`goes from ${current} towards ${wanted} as far as ${expected}: ${because}`, () => {
      const decision = decide(given, nothing(), { current, wanted, now });
      assert.deepEqual([decision.replicas, decision.limitedBy?.[0]], [expected, limitedBy]);
    });
  }

  test('counts what was added within the period of a policy', () => {
    const given = spec({ scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] } });
    const memory: ScalingMemory = { recommendations: [], changes: [{ at: now - 30_000, by: 2 }] };
    assert.equal(decide(given, memory, { current: 4, wanted: 9, now }).replicas, 4);
    assert.equal(decide(given, memory, { current: 4, wanted: 9, now: now + 31_000 }).replicas, 6);
  });

  test('goes down only when five minutes have asked for it', () => {
    const memory = nothing();
    assert.equal(decide(spec(), memory, { current: 4, wanted: 4, now }).replicas, 4);
    const held = decide(spec(), memory, { current: 4, wanted: 1, now: now + 60_000 });
    assert.deepEqual([held.replicas, held.isStabilized], [4, true]);
    assert.equal(decide(spec(), memory, { current: 4, wanted: 1, now: now + 301_000 }).replicas, 1);
  });
});
