import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameValue, shareUnchanged } from './same-value.ts';

test('values are the same when their JSON texts would say the same', () => {
  const cases: { a: unknown; b: unknown; same: boolean; because: string }[] = [
    { a: { x: 1, y: 2 }, b: { y: 2, x: 1 }, same: true, because: 'order of fields says nothing' },
    { a: { x: 1 }, b: { x: 1, y: undefined }, same: true, because: 'undefined is not written' },
    { a: { x: 1 }, b: { x: 1, y: null }, same: false, because: 'null is written' },
    { a: [1, 2], b: [2, 1], same: false, because: 'order of items counts' },
    { a: [], b: {}, same: false, because: 'a list is no map' },
    { a: { x: '1' }, b: { x: 1 }, same: false, because: 'types differ' },
  ];
  for (const { a, b, same, because } of cases) assert.equal(isSameValue(a, b), same, because);
});

test('what did not change is taken over by reference, and what did is not', () => {
  const old = { spec: { a: { deep: [1] }, b: 1 }, list: [{ x: 1 }] };
  const next = shareUnchanged<Record<string, unknown>>(old, { spec: { a: { deep: [1] }, b: 2, c: undefined }, list: [{ x: 1 }] });

  assert.deepEqual(next, { spec: { a: { deep: [1] }, b: 2 }, list: [{ x: 1 }] });
  assert.equal((next.spec as typeof old.spec).a, old.spec.a);
  assert.equal(next.list, old.list);
  assert.equal(shareUnchanged<unknown>(old, structuredClone(old)), old);
  assert.notEqual(shareUnchanged<unknown>({ a: 1, b: 2 }, { a: 1 }), old, 'a removed field is a change');
  assert.deepEqual(shareUnchanged<unknown>([1], { a: 1 }), { a: 1 });
});
