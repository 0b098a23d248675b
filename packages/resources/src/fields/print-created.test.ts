import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnyResource, Kind, Schema } from '../model/index.ts';
import { compareValues, ownedFields } from './compare.ts';
import { objectSchema } from './field-schema.ts';
import { printFieldSet } from './field-set.ts';
import { ownableFields } from './managed-entries.ts';
import { printApplied, printCreated } from './print-created.ts';

const listMap: Schema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', properties: { name: { type: 'string' }, value: {} } },
};
const kindOf = (hasStatus: boolean): Kind => ({
  group: 'test.fairway.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  shortNames: [],
  categories: [],
  namespaced: true,
  hasStatus,
  selectableFields: [],
  columns: [],
  subresources: [],
  schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          list: listMap,
          words: { type: 'array', 'x-kubernetes-list-type': 'set' },
          whole: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
        },
      },
    },
  },
});

const cases: { because: string; object: Record<string, unknown> }[] = [
  { because: 'nothing but an identity', object: {} },
  { because: 'an empty spec says something', object: { spec: {} } },
  { because: 'fields of spec and of metadata', object: { metadata: { labels: { b: '1', a: '2' }, uid: 'u' }, spec: { z: 1, a: null } } },
  { because: 'empty containers', object: { metadata: { annotations: {} }, spec: { list: [], words: [], plain: [], none: {} } } },
  { because: 'items of a map', object: { spec: { list: [{ name: 'b', value: { c: 1 } }, { name: 'a' }] } } },
  { because: 'items that cannot be told apart', object: { spec: { list: [{ name: 'b' }, { name: 'b' }] } } },
  { because: 'members of a set', object: { spec: { words: ['b', 'a'], plain: [{ a: 1 }] } } },
  { because: 'an atomic map', object: { spec: { whole: { a: { b: 1 } } } } },
  { because: 'fields beside spec', object: { data: { a: '1' }, immutable: true, status: { phase: 'x' } } },
  {
    because: 'owners and finalizers',
    object: { metadata: { finalizers: ['x/y'], ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u1' }] } },
  },
];

describe('printCreated', () => {
  for (const { because, object } of cases)
    for (const hasStatus of [true, false])
      test(`owns what comparing with nothing finds: ${because}, ${hasStatus ? 'with' : 'without'} a status subresource`, () => {
        const kind = kindOf(hasStatus);
        const metadata = { name: 'w', namespace: 'd', generation: 1, ...(object.metadata as object | undefined) };
        const created = { apiVersion: 'test.fairway.dev/v1', kind: 'Widget', ...object, metadata } as unknown as AnyResource;
        const compared = ownableFields(kind, compareValues(objectSchema(kind), {}, created).changed);

        assert.equal(JSON.stringify(printCreated(kind, created)), JSON.stringify(printFieldSet(compared)));
      });
});

describe('printApplied', () => {
  for (const { because, object } of cases)
    for (const hasStatus of [true, false])
      for (const subresource of [undefined, 'status'])
        test(`owns what is said: ${because}, ${hasStatus ? 'with' : 'without'} a status subresource, to ${subresource ?? 'the object'}`, () => {
          const kind = kindOf(hasStatus);
          const metadata = { name: 'w', namespace: 'd', ...(object.metadata as object | undefined) };
          const sent = { apiVersion: 'test.fairway.dev/v1', kind: 'Widget', ...object, metadata } as unknown as AnyResource;
          const said = ownableFields(kind, ownedFields(objectSchema(kind), sent), subresource);

          assert.equal(JSON.stringify(printApplied(kind, sent, subresource)), JSON.stringify(printFieldSet(said)));
        });
});
