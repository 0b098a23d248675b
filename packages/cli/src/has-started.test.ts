import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasStarted, type PodObject, startsOf } from './has-started.ts';

const pod = (status: PodObject['status']): PodObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'hello' },
  ...(status === undefined ? {} : { status }),
});

describe('whether a pod has a log', () => {
  for (const { because, status, expected } of [
    { because: 'nobody has looked at it yet', status: undefined, expected: false },
    { because: 'its image is being pulled', status: { containerStatuses: [{ state: {} }] }, expected: false },
    { because: 'it runs', status: { containerStatuses: [{ state: { running: {} } }] }, expected: true },
    { because: 'it has ended', status: { containerStatuses: [{ state: { terminated: {} } }] }, expected: true },
    {
      because: 'it crashed and waits for its next start',
      status: { containerStatuses: [{ state: {}, lastState: { terminated: {} } }] },
      expected: true,
    },
  ] satisfies { because: string; status: PodObject['status']; expected: boolean }[])
    test(`${expected ? 'yes' : 'no'}: ${because}`, () => {
      assert.equal(hasStarted(pod(status)), expected);
    });
});

test('starts are counted over all containers, and not between two of them', () => {
  const running = { state: { running: {} } };
  const waiting = { state: { waiting: {} }, lastState: { terminated: {} } };

  assert.equal(startsOf(pod(undefined)), undefined);
  assert.equal(startsOf(pod({ containerStatuses: [running] })), 0);
  assert.equal(
    startsOf(
      pod({
        containerStatuses: [
          { ...running, restartCount: 2 },
          { ...running, restartCount: 1 },
        ],
      }),
    ),
    3,
  );
  assert.equal(startsOf(pod({ containerStatuses: [{ ...waiting, restartCount: 3 }] })), undefined);
});
