import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Schema } from '../model/index.ts';
import { strategicMergePatch } from './index.ts';

const keyed = (key: string, more: Schema = {}): Schema => ({
  type: 'array',
  'x-kubernetes-patch-merge-key': key,
  'x-kubernetes-patch-strategy': 'merge',
  ...more,
});
const schema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        containers: keyed('name', { items: { type: 'object', properties: { ports: keyed('containerPort') } } }),
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: { type: 'object', properties: { protocol: { type: 'string', default: 'TCP' } } },
        },
        hosts: { type: 'array', 'x-kubernetes-patch-strategy': 'merge' },
        args: { type: 'array' },
        strategy: { type: 'object', 'x-kubernetes-patch-strategy': 'retainKeys' },
      },
    },
  },
};
const a = { name: 'a', image: '1' };
const b = { name: 'b', image: '1' };
const c = { name: 'c', image: '1' };

const cases: { because: string; target: Record<string, unknown>; patch: Record<string, unknown>; gives: Record<string, unknown> }[] = [
  {
    because: 'items merge by their key, new ones come last',
    target: { containers: [a, b] },
    patch: { containers: [{ name: 'b', image: '2' }, c] },
    gives: { containers: [a, { name: 'b', image: '2' }, c] },
  },
  {
    because: 'lists inside of items merge too',
    target: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'x' }] }] },
    patch: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'y' }, { containerPort: 81 }] }] },
    gives: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'y' }, { containerPort: 81 }] }] },
  },
  {
    because: '$patch: delete removes an item',
    target: { containers: [a, b] },
    patch: { containers: [{ $patch: 'delete', name: 'a' }] },
    gives: { containers: [b] },
  },
  {
    because: '$patch: replace replaces a list',
    target: { containers: [a, b] },
    patch: { containers: [{ $patch: 'replace' }, c] },
    gives: { containers: [c] },
  },
  {
    because: '$patch: replace replaces an object',
    target: { strategy: { type: 'x', more: 1 } },
    patch: { strategy: { $patch: 'replace', type: 'y' } },
    gives: { strategy: { type: 'y' } },
  },
  {
    because: '$patch: delete empties an object',
    target: { strategy: { type: 'x' } },
    patch: { strategy: { $patch: 'delete' } },
    gives: { strategy: {} },
  },
  {
    because: '$retainKeys drops what it does not name',
    target: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    patch: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    gives: { strategy: { type: 'Recreate' } },
  },
  {
    because: '$deleteFromPrimitiveList takes values out, the patch puts others in',
    target: { hosts: ['a', 'b', 'c'] },
    patch: { hosts: ['d', 'c'], '$deleteFromPrimitiveList/hosts': ['a'] },
    gives: { hosts: ['b', 'c', 'd'] },
  },
  {
    because: '$setElementOrder orders what the client knows; a stranger keeps its place',
    target: { containers: [a, b, c] },
    patch: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }], containers: [{ name: 'a', image: '2' }] },
    gives: { containers: [b, c, { name: 'a', image: '2' }] },
  },
  {
    because: 'an order without items is kept to as well',
    target: { hosts: ['a', 'b'] },
    patch: { '$setElementOrder/hosts': ['b', 'a'] },
    gives: { hosts: ['b', 'a'] },
  },
  { because: 'an order alone makes no list', target: {}, patch: { '$setElementOrder/hosts': ['b'] }, gives: {} },
  {
    because: 'the keys of server-side apply count where there is no merge key, defaults included',
    target: { ports: [{ port: 80, protocol: 'TCP', name: 'x' }] },
    patch: {
      ports: [
        { port: 80, name: 'y' },
        { port: 80, protocol: 'UDP' },
      ],
    },
    gives: {
      ports: [
        { port: 80, protocol: 'TCP', name: 'y' },
        { port: 80, protocol: 'UDP' },
      ],
    },
  },
  { because: 'other lists are replaced', target: { args: ['a', 'b'] }, patch: { args: ['c'] }, gives: { args: ['c'] } },
  {
    because: 'null removes, and is not kept where nothing was',
    target: { args: ['a'] },
    patch: { args: null, strategy: { type: null } },
    gives: { strategy: {} },
  },
  { because: '__proto__ is left out', target: {}, patch: JSON.parse('{"__proto__":{"bad":1}}'), gives: {} },
];

describe('strategic merge patch', () => {
  for (const { because, target, patch, gives } of cases)
    test(because, () => {
      const before = structuredClone(target);

      const patched = strategicMergePatch({ spec: target }, { spec: patch }, schema);

      assert.deepEqual(patched, { spec: gives });
      assert.deepEqual(target, before);
    });

  test('knows the lists of metadata', () => {
    const patched = strategicMergePatch(
      { metadata: { finalizers: ['a'], ownerReferences: [{ uid: '1', name: 'x' }] } },
      { metadata: { finalizers: ['b'], ownerReferences: [{ uid: '1', name: 'y' }] } },
      schema,
    );

    assert.deepEqual(patched, { metadata: { finalizers: ['a', 'b'], ownerReferences: [{ uid: '1', name: 'y' }] } });
  });

  const refusals: { because: string; patch: unknown; says: RegExp }[] = [
    { because: 'an item has no key', patch: { spec: { containers: [{ image: '1' }] } }, says: /declared merge key: name/ },
    { because: 'a directive is unknown', patch: { spec: { $patch: 'burn' } }, says: /Unknown patch type found: burn/ },
    {
      because: '$retainKeys leaves out what is set',
      patch: { spec: { strategy: { $retainKeys: [], type: 'x' } } },
      says: /does not name "type"/,
    },
    { because: 'it is no object', patch: [], says: /must be an object/ },
  ];
  for (const { because, patch, says } of refusals)
    test(`refuses when ${because}`, () => {
      assert.throws(
        () => strategicMergePatch({ spec: {} }, patch, schema),
        (error: Error & { reason?: string }) => error.reason === 'invalid' && says.test(error.message),
      );
    });
});
