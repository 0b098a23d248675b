import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Schema } from '../model/index.ts';
import { mergeValues } from './merge-values.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    plain: { type: 'array' },
    words: { type: 'array', 'x-kubernetes-list-type': 'set' },
    whole: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string' } } },
    },
  },
};

const live = {
  data: { a: '1', constructor: 'c' },
  plain: [{ a: 1 }],
  words: ['a', 'b'],
  whole: { a: { b: 1 } },
  items: [{ name: 'x', value: 1 }, { name: 'y' }],
};

const same: { because: string; applied: object }[] = [
  { because: 'nothing is said', applied: {} },
  { because: 'a field has its value', applied: { data: { a: '1' } } },
  { because: 'a field is named like one that every object has', applied: { data: { constructor: 'c' } } },
  { because: 'a list of values is equal', applied: { plain: [{ a: 1 }] } },
  { because: 'a member of a set is there', applied: { words: ['b'] } },
  { because: 'a map that is one value is equal', applied: { whole: { a: { b: 1 } } } },
  { because: 'an item has what is said of it', applied: { items: [{ name: 'y' }, { name: 'x', value: 1 }] } },
];

const other: { because: string; applied: object; merged: object }[] = [
  { because: 'a field is new', applied: { data: { b: '2' } }, merged: { data: { ...live.data, b: '2' } } },
  { because: 'a new field is named like one that every object has', applied: { toString: '1' }, merged: { toString: '1' } },
  { because: 'a list is one value', applied: { plain: [2] }, merged: { plain: [2] } },
  { because: 'a member is new', applied: { words: ['c'] }, merged: { words: ['a', 'b', 'c'] } },
  { because: 'a map that is one value loses what is not said', applied: { whole: { c: 1 } }, merged: { whole: { c: 1 } } },
  {
    because: 'an item gets a field',
    applied: { items: [{ name: 'y', value: 2 }] },
    merged: { items: [live.items[0], { name: 'y', value: 2 }] },
  },
  { because: 'a value takes the place of fields', applied: { data: 'text' }, merged: { data: 'text' } },
];

describe('mergeValues', () => {
  for (const { because, applied } of same)
    test(`answers the live value itself when ${because}`, () => {
      assert.equal(mergeValues(schema, live, applied), live);
    });

  for (const { because, applied, merged } of other)
    test(`changes that part alone when ${because}`, () => {
      const before = structuredClone(live);
      const found = mergeValues(schema, live, applied) as typeof live;

      assert.deepEqual(found, { ...live, ...merged });
      assert.deepEqual(live, before);
      const untouched = Object.keys(live).filter((name) => !Object.hasOwn(merged, name)) as (keyof typeof live)[];
      for (const name of untouched) assert.equal(found[name], live[name]);
    });

  test('lets no applied field reach what all objects have', () => {
    const found = mergeValues({}, { a: 1 }, JSON.parse('{"__proto__":{"b":1},"c":2}'));

    assert.deepEqual(found, { a: 1, c: 2 });
    assert.equal(Object.getPrototypeOf(found), Object.prototype);
  });
});
