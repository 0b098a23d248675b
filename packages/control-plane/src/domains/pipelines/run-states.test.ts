import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RunPhase } from '@fairway/contracts';
import { isFinished, nextPhase, type RunEvent } from './run-states.ts';

const events: RunEvent[] = ['start', 'step-failed', 'steps-done', 'cancel'];
const table: Record<RunPhase, RunPhase[]> = {
  Pending: ['Running', 'Failed', 'Pending', 'Canceled'],
  Running: ['Running', 'Failed', 'Succeeded', 'Canceled'],
  Succeeded: ['Succeeded', 'Succeeded', 'Succeeded', 'Succeeded'],
  Failed: ['Failed', 'Failed', 'Failed', 'Failed'],
  Canceled: ['Canceled', 'Canceled', 'Canceled', 'Canceled'],
};

describe('phases of a pipeline run', () => {
  for (const [phase, expected] of Object.entries(table) as [RunPhase, RunPhase[]][])
    events.forEach((event, index) => {
      test(`${phase} on ${event} is ${expected[index]}`, () => assert.equal(nextPhase(phase, event), expected[index]));
    });

  test('only phases without a way out are finished', () => {
    assert.deepEqual((Object.keys(table) as RunPhase[]).filter(isFinished), ['Succeeded', 'Failed', 'Canceled']);
    assert.equal(isFinished(undefined), false);
  });
});
