import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkValue } from './check-value.ts';
import { tolerateUnchanged } from './tolerate-unchanged.ts';

const schema = {
  type: 'object',
  properties: {
    size: { type: 'integer', minimum: 10 },
    'with.dot': { type: 'integer', minimum: 10 },
    limits: { type: 'object', required: ['cpu'], properties: { cpu: { type: 'string' }, memory: { type: 'string' } } },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string' }, port: { type: 'integer', maximum: 9 }, note: { type: 'string' } } },
    },
    plain: { type: 'array', items: { type: 'integer', maximum: 9 } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  },
};

test('a broken value is told when it is changed, and tolerated while it is not', () => {
  const cases: { before: object; after: object; told: string[]; because: string }[] = [
    { before: { size: 1 }, after: { size: 1, set: ['a'] }, told: [], because: 'something else changed' },
    { before: { size: 1 }, after: { size: 2 }, told: ['size'], because: 'broken in another way' },
    { before: {}, after: { size: 2 }, told: ['size'], because: 'new' },
    { before: { 'with.dot': 1, size: 20 }, after: { 'with.dot': 1, size: 21 }, told: [], because: 'names may hold dots' },
    { before: { limits: {} }, after: { limits: {}, size: 20 }, told: [], because: 'what lacks a field is as it was' },
    { before: { limits: {} }, after: { limits: { memory: '1' } }, told: ['limits.cpu'], because: 'what lacks a field was changed' },
    {
      before: { map: [{ name: 'a', port: 80 }] },
      after: {
        map: [
          { name: 'b', port: 1 },
          { name: 'a', port: 80, note: 'x' },
        ],
      },
      told: [],
      because: 'items are known by their keys wherever they stand',
    },
    {
      before: { map: [{ name: 'a', port: 80 }] },
      after: { map: [{ name: 'b', port: 80 }] },
      told: ['map[0].port'],
      because: 'another item',
    },
    { before: { plain: [80] }, after: { plain: [80], size: 20 }, told: [], because: 'the whole list is as it was' },
    { before: { plain: [80] }, after: { plain: [80, 1] }, told: ['plain[0]'], because: 'items of other lists are not known again' },
    { before: { set: ['a', 'a'] }, after: { set: ['a', 'a'], size: 20 }, told: [], because: 'twins that were there' },
    { before: { set: ['a'] }, after: { set: ['a', 'a'] }, told: ['set[1]'], because: 'a new twin' },
  ];
  for (const { before, after, told, because } of cases) {
    const { problems } = checkValue(schema, after);
    assert.deepEqual(
      tolerateUnchanged({ schema, before, after }, problems).map(({ field }) => field),
      told,
      because,
    );
  }
});
