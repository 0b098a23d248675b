import { isDeepStrictEqual } from 'node:util';
import { type Case, clusters, failure, given, good } from '../case.ts';
import { exactly, that } from '../match.ts';
import type { Subject } from '../subject.ts';
import { labelValue, qualifiedName, subdomain } from './words.ts';

interface Cause {
  reason: string;
  message: string;
  field: string;
}
const refusedAs = (s: Subject, name: string, causes: readonly Cause[]): object => {
  const told = causes.map(({ field, message }) => `${field}: ${message}`);
  return failure(422, 'Invalid', `${s.qualifiedKind} "${name}" is invalid: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`, {
    name,
    ...(s.group === '' ? {} : { group: s.group }),
    kind: s.kind,
    // An update is validated twice, and its causes are told twice.
    causes: that(
      JSON.stringify(causes),
      (told) =>
        Array.isArray(told) &&
        told.length % causes.length === 0 &&
        told.every((one, at) => isDeepStrictEqual(one, causes[at % causes.length])),
    ),
  });
};
const bad = (field: string, value: string, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

const names: readonly { id: string; name: string; causes: readonly Cause[] }[] = [
  { id: 'upper-case', name: 'Upper', causes: [bad('metadata.name', 'Upper', subdomain)] },
  { id: 'underscore', name: 'a_b', causes: [bad('metadata.name', 'a_b', subdomain)] },
  { id: 'end-dash', name: 'a-', causes: [bad('metadata.name', 'a-', subdomain)] },
  { id: 'double-dot', name: 'a..b', causes: [bad('metadata.name', 'a..b', subdomain)] },
  { id: 'slash', name: 'a/b', causes: [bad('metadata.name', 'a/b', subdomain)] },
  { id: 'dots', name: '..', causes: [bad('metadata.name', '..', subdomain)] },
  { id: 'space', name: 'a b', causes: [bad('metadata.name', 'a b', subdomain)] },
  { id: 'too-long', name: 'n'.repeat(254), causes: [bad('metadata.name', 'n'.repeat(254), 'must be no more than 253 characters')] },
];

const labelled = (s: Subject, labels: object) => s.create(s.make(s.own, {}, { labels }));

const twoControllers = ['x', 'y'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: `uid-of-${name}`, controller: true }));

const rules: readonly { id: string; because: string; metadata: object; causes: readonly Cause[] }[] = [
  {
    id: 'label-key',
    because: 'a selector could not name it',
    metadata: { labels: { '-a': '1' } },
    causes: [bad('metadata.labels', '-a', qualifiedName)],
  },
  {
    id: 'label-key-prefix',
    because: 'a prefix is a domain',
    metadata: { labels: { 'A_b/c': '1' } },
    causes: [bad('metadata.labels', 'A_b/c', `prefix part ${subdomain}`)],
  },
  {
    id: 'label-key-too-long',
    because: 'a name part has at most 63 characters',
    metadata: { labels: { ['k'.repeat(64)]: '1' } },
    causes: [bad('metadata.labels', 'k'.repeat(64), 'name part must be no more than 63 bytes')],
  },
  {
    id: 'label-value',
    because: 'values are words, not texts',
    metadata: { labels: { a: 'two words' } },
    causes: [bad('metadata.labels', 'two words', labelValue)],
  },
  {
    id: 'label-value-too-long',
    because: 'a value has at most 63 characters',
    metadata: { labels: { a: 'v'.repeat(64) } },
    causes: [bad('metadata.labels', 'v'.repeat(64), 'must be no more than 63 bytes')],
  },
  {
    id: 'annotation-key',
    because: 'annotations are named as labels are',
    metadata: { annotations: { 'a b': '1' } },
    causes: [bad('metadata.annotations', 'a b', qualifiedName)],
  },
  {
    id: 'annotations-too-large',
    because: 'annotations are not a store',
    metadata: { annotations: { a: 'x'.repeat(262_145) } },
    causes: [{ reason: 'FieldValueTooLong', message: 'Too long: may not be more than 262144 bytes', field: 'metadata.annotations' }],
  },
  {
    id: 'finalizer-name',
    because: 'a finalizer is named by its owner',
    metadata: { finalizers: ['example.com/a b'] },
    causes: [bad('metadata.finalizers', 'example.com/a b', qualifiedName)],
  },
  {
    id: 'owner-without-uid',
    because: 'an owner is this very object',
    metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '' }] },
    causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: "": must not be empty', field: 'metadata.ownerReferences.uid' }],
  },
  {
    id: 'owners-two-controllers',
    because: 'two controllers would fight',
    metadata: { ownerReferences: twoControllers },
    causes: [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(twoControllers)}: Only one reference can have Controller set to true. Found "true" in references for ConfigMap/x and ConfigMap/y`,
        field: 'metadata.ownerReferences',
      },
    ],
  },
];

export const metadataCases: readonly Case[] = [
  ...names.map(
    ({ id, name, causes }): Case => ({
      id: `name/${id}`,
      because: 'a name stands in addresses and host names',
      run: (s) => s.create(s.make(name)),
      expect: (s) => refusedAs(s, name, causes),
    }),
  ),
  {
    id: 'name/longest',
    because: '253 characters are allowed',
    run: (s) => s.create(s.make(`${s.own}-${'n'.repeat(252 - s.own.length)}`)),
    expect: () => ({ status: 201 }),
  },
  {
    id: 'name/dots-inside',
    because: 'dots are allowed inside',
    run: (s) => s.create(s.make(`${s.own}.a.b`)),
    expect: () => ({ status: 201 }),
  },
  ...rules.map(
    ({ id, because, metadata, causes }): Case => ({
      id: `metadata/${id}`,
      because,
      run: (s) => s.create(s.make(s.own, {}, { ...metadata })),
      expect: (s) => refusedAs(s, s.own, causes),
    }),
  ),
  {
    id: 'metadata/generate-name',
    because: 'what begins wrongly is told by its beginning',
    run: (s) => s.create(s.make('', {}, { generateName: 'A_' })),
    expect: () => ({
      status: 422,
      body: {
        reason: 'Invalid',
        details: { causes: [{ message: `Invalid value: "A_": ${subdomain}`, field: 'metadata.generateName' }, { field: 'metadata.name' }] },
      },
    }),
  },
  {
    id: 'metadata/finalizer-unqualified',
    because: "a finalizer without a domain is nobody's: built-in kinds refuse it",
    on: clusters,
    run: (s) => s.create(s.make(s.own, {}, { finalizers: ['hold'] })),
    expect: (s) =>
      refusedAs(s, s.own, [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
          field: 'metadata.finalizers[0]',
        },
      ]),
  },
  {
    id: 'metadata/all-problems',
    because: 'a person mends all slips at once',
    run: (s) => s.create(s.make(s.own, {}, { labels: { b: 'two words' }, annotations: { 'a b': '1' } })),
    expect: (s) =>
      refusedAs(s, s.own, [bad('metadata.labels', 'two words', labelValue), bad('metadata.annotations', 'a b', qualifiedName)]),
  },
  {
    id: 'metadata/longest-label',
    because: '63 characters and a prefix are allowed',
    run: (s) => labelled(s, { [`example.com/${'k'.repeat(63)}`]: 'v'.repeat(63), empty: '' }),
    expect: () => ({ status: 201 }),
  },
  {
    id: 'metadata/update-is-checked',
    because: 'an update may not spoil what a creation kept',
    run: async (s) => {
      const { resourceVersion } = (await given(s)).object.metadata;
      return s.put(s.own, s.make(s.own, {}, { resourceVersion, labels: { a: 'two words' } }));
    },
    expect: (s) => refusedAs(s, s.own, [bad('metadata.labels', 'two words', labelValue)]),
  },
  {
    id: 'metadata/patch-is-checked',
    because: 'nor may a patch',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', { metadata: { labels: { a: 'two words' } } });
    },
    expect: (s) => refusedAs(s, s.own, [bad('metadata.labels', 'two words', labelValue)]),
  },
  {
    id: 'metadata/empty-maps',
    because: 'an empty map is absent',
    run: async (s) => {
      const { metadata } = good(await s.create(s.make(s.own, {}, { labels: {}, annotations: {} }))).object;
      return [metadata.labels, metadata.annotations];
    },
    expect: () => [undefined, undefined],
  },
  {
    id: 'metadata/managed-fields-of-the-client',
    because: 'who wrote what is the server to say',
    run: async (s) => {
      const managedFields = [
        { manager: 'x', operation: 'Update', apiVersion: s.apiVersion, fieldsType: 'FieldsV1', fieldsV1: { 'f:nonsense': {} } },
      ];
      const answer = await s.create(s.make(s.own, { a: '1' }, { managedFields }));
      return { status: answer.status, managers: answer.object.metadata.managedFields?.map(({ manager }) => manager) };
    },
    expect: () => ({ status: 201, managers: that('some list', Array.isArray) }),
  },
  {
    id: 'metadata/managed-fields-reset',
    because: 'an empty entry begins anew',
    run: async (s) => {
      await given(s);
      const answer = await s.patch(s.own, 'merge-patch+json', { metadata: { managedFields: [{}] } });
      return { status: answer.status, fields: answer.object.metadata.managedFields };
    },
    expect: () => ({ status: 200, fields: undefined }),
  },
  {
    id: 'metadata/keeps-unowned',
    because: 'labels and annotations come back as they were sent',
    run: (s) => s.create(s.make(s.own, {}, { labels: { a: '1', 'example.com/b': 'B' }, annotations: { long: 'two words\nand lines' } })),
    expect: () => ({
      status: 201,
      body: { metadata: { labels: exactly({ a: '1', 'example.com/b': 'B' }), annotations: exactly({ long: 'two words\nand lines' }) } },
    }),
  },
];
