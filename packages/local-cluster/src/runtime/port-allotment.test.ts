import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPortAllotment } from './port-allotment.ts';

test('ports come one after the other, and a released one comes last', async () => {
  const allotment = createPortAllotment({ first: 19_000, last: 19_999, seed: '/one' });

  const [first, second] = [await allotment.allot(), await allotment.allot()];
  allotment.release(first);
  const third = await allotment.allot();

  assert.equal(new Set([first, second, third]).size, 3);
});

test('two clusters of one machine do not begin at the same port', async () => {
  const [one, other] = ['/one', '/other'].map((seed) => createPortAllotment({ first: 19_000, last: 19_999, seed }));

  assert.notEqual(await one?.allot(), await other?.allot());
});
