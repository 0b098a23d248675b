import { type Case, failure, given, good, invalidOptions, isCustom } from '../case.ts';
import type { ManagedFields } from '../client.ts';
import { exactly, holding, present } from '../match.ts';
import type { Subject } from '../subject.ts';

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const managersOf = (fields: readonly ManagedFields[] | undefined): string[] =>
  (fields ?? []).map(({ manager, operation }) => `${manager} ${operation}`).toSorted();
/** The fields of one manager, without their place around the map. */
const ownedBy = (fields: readonly ManagedFields[] | undefined, manager: string): unknown =>
  fields?.find((one) => one.manager === manager)?.fieldsV1;
const inData = (s: Subject, keys: object): object =>
  isCustom(s) ? { 'f:spec': { 'f:configurations': {}, 'f:scope': keys } } : { 'f:data': keys };
const conflictWith = (s: Subject, of: { manager: string; fields: readonly string[]; using?: string }): object => {
  const paths = of.fields.map((key) => `${s.field}.${key}`);
  const who = `"${of.manager}"${of.using ?? ''}`;
  const message =
    paths.length === 1
      ? `Apply failed with 1 conflict: conflict with ${who}: ${paths[0]}`
      : `Apply failed with ${paths.length} conflicts: conflicts with ${who}:\n${paths.map((path) => `- ${path}`).join('\n')}`;
  return failure(409, 'Conflict', message, {
    causes: paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  });
};

const basics: readonly Case[] = [
  {
    id: 'apply/creates',
    because: 'what is not there is made',
    run: (s) => s.apply('a', s.make(s.own, { x: '1' })),
    expect: (s) => ({ status: 201, body: { kind: s.kind, metadata: { name: s.own, uid: present }, ...s.fragment({ x: '1' }) } }),
  },
  {
    id: 'apply/managed-fields',
    because: 'what was applied is kept field by field',
    run: async (s) => good(await s.apply('a', s.make(s.own, { x: '1' }))).object.metadata.managedFields,
    expect: (s) => [
      exactly({
        manager: 'a',
        operation: 'Apply',
        apiVersion: s.apiVersion,
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: inData(s, { 'f:x': {} }),
      }),
    ],
  },
  {
    id: 'apply/again',
    because: 'the same again changes nothing',
    run: async (s) => {
      const first = good(await s.apply('a', s.make(s.own, { x: '1' }))).object.metadata;
      const second = await s.apply('a', s.make(s.own, { x: '1' }));
      return { status: second.status, isSame: second.object.metadata.resourceVersion === first.resourceVersion };
    },
    expect: () => ({ status: 200, isSame: true }),
  },
  {
    id: 'apply/removes-what-is-left-out',
    because: 'what a manager no longer says goes',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1', y: '2' })));
      return s.dataOf((await s.apply('a', s.make(s.own, { x: '1' }))).object);
    },
    expect: () => exactly({ x: '1' }),
  },
  {
    id: 'apply/keeps-what-others-say',
    because: 'what another manager says too stays',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1', y: '2' })));
      good(await s.apply('b', s.make(s.own, { y: '2' })));
      const { object } = await s.apply('a', s.make(s.own, { x: '1' }));
      return {
        data: s.dataOf(object),
        managers: managersOf(object.metadata.managedFields),
        b: ownedBy(object.metadata.managedFields, 'b'),
      };
    },
    expect: (s) => ({ data: exactly({ x: '1', y: '2' }), managers: ['a Apply', 'b Apply'], b: inData(s, { 'f:y': {} }) }),
  },
  {
    id: 'apply/keeps-what-nobody-applied',
    because: 'what was written otherwise is not for apply to take away',
    run: async (s) => {
      await given(s, { z: '9' });
      return s.dataOf((await s.apply('a', s.make(s.own, { x: '1' }))).object);
    },
    expect: () => exactly({ x: '1', z: '9' }),
  },
  {
    id: 'apply/two-managers',
    because: 'each keeps its own part',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      const { object } = await s.apply('b', s.make(s.own, { y: '2' }));
      return { data: s.dataOf(object), a: ownedBy(object.metadata.managedFields, 'a'), b: ownedBy(object.metadata.managedFields, 'b') };
    },
    expect: (s) => ({ data: exactly({ x: '1', y: '2' }), a: exactly(inData(s, { 'f:x': {} })), b: exactly(inData(s, { 'f:y': {} })) }),
  },
  {
    id: 'apply/manager-that-says-nothing',
    because: 'a manager without a field is none',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      good(await s.apply('b', s.make(s.own, {}, { labels: { b: '1' } })));
      const bare = { apiVersion: s.apiVersion, kind: s.kind, metadata: { name: s.own } };
      const answer = await s.apply('b', isCustom(s) ? { ...bare, spec: { configurations: [] } } : bare);
      return { managers: managersOf(answer.object.metadata.managedFields), labels: answer.object.metadata.labels };
    },
    expect: (s) => ({ managers: isCustom(s) ? ['a Apply', 'b Apply'] : ['a Apply'], labels: undefined }),
  },
];

const conflicts: readonly Case[] = [
  {
    id: 'apply/conflict',
    because: 'two managers of one field must agree',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      return s.apply('b', s.make(s.own, { x: '2' }));
    },
    expect: (s) => conflictWith(s, { manager: 'a', fields: ['x'] }),
  },
  {
    id: 'apply/conflicts',
    because: 'all fields in dispute are told at once',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1', y: '1' })));
      return s.apply('b', s.make(s.own, { x: '2', y: '2', z: '2' }));
    },
    expect: (s) => conflictWith(s, { manager: 'a', fields: ['x', 'y'] }),
  },
  {
    id: 'apply/conflicts-of-two',
    because: 'with whom is told for each',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      good(await s.apply('c', s.make(s.own, { y: '1' })));
      return s.apply('b', s.make(s.own, { x: '2', y: '2' }));
    },
    expect: (s) => ({
      status: 409,
      body: {
        reason: 'Conflict',
        message: `Apply failed with 2 conflicts: conflicts with "a":\n- ${s.field}.x\nconflicts with "c":\n- ${s.field}.y`,
        details: {
          causes: holding(
            { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: `${s.field}.x` },
            { reason: 'FieldManagerConflict', message: 'conflict with "c"', field: `${s.field}.y` },
          ),
        },
      },
    }),
  },
  {
    id: 'apply/conflict-with-update',
    because: 'an update owns what it wrote',
    run: async (s) => {
      await given(s, { x: '1' });
      return s.apply('a', s.make(s.own, { x: '2' }));
    },
    expect: (s) => conflictWith(s, { manager: 'conformance', fields: ['x'], using: ` using ${s.apiVersion}` }),
  },
  {
    id: 'apply/no-conflict-for-the-same',
    because: 'who says the same shares the field',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      const { status, object } = await s.apply('b', s.make(s.own, { x: '1' }));
      return { status, managers: managersOf(object.metadata.managedFields) };
    },
    expect: () => ({ status: 200, managers: ['a Apply', 'b Apply'] }),
  },
  {
    id: 'apply/force',
    because: 'who insists takes the field over',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1', y: '1' })));
      const { status, object } = await s.apply('b', s.make(s.own, { x: '2' }), '&force=true');
      return {
        status,
        data: s.dataOf(object),
        a: ownedBy(object.metadata.managedFields, 'a'),
        b: ownedBy(object.metadata.managedFields, 'b'),
      };
    },
    expect: (s) => ({
      status: 200,
      data: exactly({ x: '2', y: '1' }),
      a: exactly(inData(s, { 'f:y': {} })),
      b: exactly(inData(s, { 'f:x': {} })),
    }),
  },
  {
    id: 'apply/update-takes-over',
    because: 'an update never conflicts; it takes the field',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1', y: '1' })));
      const { object } = good(await s.patch(s.own, 'merge-patch+json', s.fragment({ x: '2' })));
      return { managers: managersOf(object.metadata.managedFields), a: ownedBy(object.metadata.managedFields, 'a') };
    },
    expect: (s) => ({ managers: ['a Apply', 'conformance Update'], a: exactly(inData(s, { 'f:y': {} })) }),
  },
  {
    id: 'apply/many-updates',
    because: 'of those who updated nine are remembered, the others together',
    run: async (s) => {
      await given(s, { start: '0' });
      for (let index = 0; index < 12; index += 1)
        good(await s.patch(s.own, 'merge-patch+json', s.fragment({ [`key${index}`]: '1' }), `?fieldManager=writer${index}`));
      const fields = (await s.get(s.own)).object.metadata.managedFields ?? [];
      return { count: fields.length, first: fields[0]?.manager };
    },
    expect: () => ({ count: 10, first: 'ancient-changes' }),
  },
  {
    id: 'apply/many-managers',
    because: 'of those who apply all are remembered',
    run: async (s) => {
      for (let index = 0; index < 50; index += 1) good(await s.apply(`m${index}`, s.make(s.own, { [`key${index}`]: '1' })));
      return (await s.get(s.own)).object.metadata.managedFields?.length;
    },
    expect: () => 50,
  },
  {
    id: 'apply/conflict-leaves-all',
    because: 'a conflict changes nothing',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      await s.apply('b', s.make(s.own, { x: '2', y: '2' }));
      const { object } = await s.get(s.own);
      return { data: s.dataOf(object), managers: managersOf(object.metadata.managedFields) };
    },
    expect: () => ({ data: exactly({ x: '1' }), managers: ['a Apply'] }),
  },
];

const bare = (s: Subject, metadata: object): object => ({ ...s.make(s.own, { x: '1' }), metadata: { name: s.own, ...metadata } });
/** References to two objects that are there; what belongs to nobody would be collected. */
async function twoOwners(s: Subject): Promise<{ apiVersion: string; kind: string; name: string; uid: string }[]> {
  const made = [`${s.own}-first`, `${s.own}-second`].map(async (name) => good(await s.create(s.make(name))).object.metadata.uid);
  return (await Promise.all(made)).map((uid, at) => ({
    apiVersion: s.apiVersion,
    kind: s.kind,
    name: `${s.own}-${at === 0 ? 'first' : 'second'}`,
    uid,
  }));
}
/** The references' own uids, in words that are the same on every server. */
const withoutUids = (value: unknown, owners: readonly { uid: string }[]): unknown =>
  JSON.parse(owners.reduce((text, { uid }, at) => text.replaceAll(uid, `uid-${at}`), JSON.stringify(value)));

/** What apply says of a body that does not fit the schema. */
const untyped = (s: Subject, why: string): object =>
  failure(500, undefined, `failed to create typed patch object (/${s.own}; ${isCustom(s) ? s.apiVersion : '/v1'}, Kind=${s.kind}): ${why}`);

const shapes: readonly Case[] = [
  {
    id: 'apply/set',
    because: 'two managers put their own into one set',
    run: async (s) => {
      good(await s.apply('a', bare(s, { finalizers: ['example.com/a', 'example.com/both'] })));
      const { object } = good(await s.apply('b', bare(s, { finalizers: ['example.com/b', 'example.com/both'] })));
      const fields = ownedBy(object.metadata.managedFields, 'b') as { 'f:metadata': unknown };
      const { object: after } = good(await s.apply('a', bare(s, {})));
      return { both: object.metadata.finalizers?.toSorted(), fields: fields['f:metadata'], after: after.metadata.finalizers?.toSorted() };
    },
    expect: () => ({
      both: ['example.com/a', 'example.com/b', 'example.com/both'],
      fields: exactly({ 'f:finalizers': { 'v:"example.com/b"': {}, 'v:"example.com/both"': {} } }),
      after: ['example.com/b', 'example.com/both'],
    }),
  },
  {
    id: 'apply/list-map',
    because: 'items are told apart by their key',
    run: async (s) => {
      const owners = await twoOwners(s);
      good(await s.apply('a', bare(s, { ownerReferences: owners.slice(0, 1) })));
      const { object } = good(await s.apply('b', bare(s, { ownerReferences: owners.slice(1) })));
      const fields = ownedBy(object.metadata.managedFields, 'b') as { 'f:metadata': unknown };
      const { object: after } = good(await s.apply('a', bare(s, {})));
      return withoutUids(
        { both: object.metadata.ownerReferences, fields: fields['f:metadata'], after: after.metadata.ownerReferences },
        owners,
      );
    },
    expect: () => ({
      both: [{ uid: 'uid-0' }, { uid: 'uid-1' }],
      fields: exactly({ 'f:ownerReferences': { 'k:{"uid":"uid-1"}': {} } }),
      after: [{ uid: 'uid-1' }],
    }),
  },
  {
    id: 'apply/list-map-item-is-whole',
    because: 'an owner reference is one value: who changes a part conflicts',
    run: async (s) => {
      const owners = await twoOwners(s);
      good(await s.apply('a', bare(s, { ownerReferences: owners })));
      const { body } = await s.apply('b', bare(s, { ownerReferences: [{ ...owners[0], controller: true }] }));
      return withoutUids(body, owners);
    },
    expect: () => ({
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "a": .metadata.ownerReferences[uid="uid-0"]',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.metadata.ownerReferences[uid="uid-0"]' }],
      },
    }),
  },
  {
    id: 'apply/list-map-twice',
    because: 'a key may stand once',
    run: (s) => {
      const reference = { apiVersion: 'v1', kind: 'Secret', name: 'a', uid: 'uid-a' };
      return s.apply('a', bare(s, { ownerReferences: [reference, reference] }));
    },
    expect: (s) => untyped(s, '.metadata.ownerReferences: duplicate entries for key [uid="uid-a"]'),
  },
  {
    id: 'apply/map-of-labels',
    because: 'labels belong to whoever set them, one by one',
    run: async (s) => {
      good(await s.apply('a', bare(s, { labels: { a: '1' } })));
      const { object } = good(await s.apply('b', bare(s, { labels: { b: '1' } })));
      const fields = ownedBy(object.metadata.managedFields, 'b') as { 'f:metadata': unknown };
      return {
        labels: object.metadata.labels,
        fields: fields['f:metadata'],
        after: good(await s.apply('a', bare(s, {}))).object.metadata.labels,
      };
    },
    expect: () => ({ labels: exactly({ a: '1', b: '1' }), fields: exactly({ 'f:labels': { 'f:b': {} } }), after: exactly({ b: '1' }) }),
  },
  {
    id: 'apply/yaml',
    because: 'an apply patch is YAML by name',
    run: (s) =>
      s.ask({
        method: 'PATCH',
        path: `${s.path(s.own)}?fieldManager=a`,
        type: 'application/apply-patch+yaml',
        body: `apiVersion: ${s.apiVersion}\nkind: ${s.kind}\nmetadata:\n  name: ${s.own}\n  labels: {x: "1"}\n${isCustom(s) ? 'spec: {configurations: []}\n' : ''}`,
      }),
    expect: () => ({ status: 201, body: { metadata: { labels: { x: '1' } } } }),
  },
  {
    id: 'apply/null-value',
    because: 'null is an empty text to a built-in kind, and no text to a custom one',
    run: async (s) => {
      const answer = await s.apply('a', s.make(s.own, { x: '1', y: null }));
      return { status: answer.status, data: answer.status === 201 ? s.dataOf(answer.object) : undefined };
    },
    expect: (s) => (isCustom(s) ? { status: 422 } : { status: 201, data: exactly({ x: '1', y: '' }) }),
  },
];

const refusals: readonly Case[] = [
  {
    id: 'apply/without-manager',
    because: 'apply means nothing without who applies',
    run: (s) => s.ask({ method: 'PATCH', path: s.path(s.own), type: 'application/apply-patch+yaml', body: s.make(s.own) }),
    expect: () =>
      invalidOptions('PatchOptions', {
        reason: 'FieldValueRequired',
        message: 'Required value: is required for apply patch',
        field: 'fieldManager',
      }),
  },
  {
    id: 'apply/with-managed-fields',
    because: 'who owns what is not for the body to say',
    run: (s) =>
      s.apply(
        'a',
        s.make(
          s.own,
          {},
          { managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: s.apiVersion, fieldsType: 'FieldsV1', fieldsV1: {} }] },
        ),
      ),
    expect: () => failure(400, 'BadRequest', 'metadata.managedFields must be nil'),
  },
  {
    id: 'apply/stale-version',
    because: 'a version in the body is a condition',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      return s.apply('a', s.make(s.own, { x: '2' }, { resourceVersion: '1' }));
    },
    expect: (s) =>
      failure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${s.qualified} "${s.own}": the object has been modified; please apply your changes to the latest version and try again`,
        s.details(s.own),
      ),
  },
  {
    id: 'apply/version-of-nothing',
    because: 'a version of what is not there is passed over',
    run: (s) => s.apply('a', s.make(s.own, {}, { resourceVersion: '1' })),
    expect: () => ({ status: 201 }),
  },
  {
    id: 'apply/uid-of-nothing',
    because: 'a uid of what is not there cannot hold',
    run: (s) => s.apply('a', s.make(s.own, {}, { uid: '11111111-2222-3333-4444-555555555555' })),
    expect: (s) =>
      failure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${s.qualified} "${s.own}": uid mismatch: the provided object specified uid 11111111-2222-3333-4444-555555555555, and no existing object was found`,
        s.details(s.own),
      ),
  },
  {
    id: 'apply/other-name',
    because: 'body and address must agree',
    run: (s) => s.patch(s.own, 'apply-patch+yaml', s.make('another'), '?fieldManager=a'),
    expect: (s) => failure(400, 'BadRequest', `the name of the object (another) does not match the name on the URL (${s.own})`),
  },
  {
    id: 'apply/kind-missing',
    because: 'apply needs to know the version that the fields are of',
    run: (s) => s.patch(s.own, 'apply-patch+yaml', { metadata: { name: s.own } }, '?fieldManager=a'),
    expect: () => failure(400, 'BadRequest', 'invalid object type: /, Kind='),
  },
  {
    id: 'apply/other-kind',
    because: 'and that they are of this kind',
    run: (s) => s.patch(s.own, 'apply-patch+yaml', { ...s.make(s.own), kind: 'Other' }, '?fieldManager=a'),
    expect: (s) => failure(400, 'BadRequest', `invalid object type: ${isCustom(s) ? s.apiVersion : '/v1'}, Kind=Other`),
  },
  {
    id: 'apply/name-missing',
    because: 'the address may not stand for the name',
    run: (s) => s.patch(s.own, 'apply-patch+yaml', { ...s.make(s.own), metadata: {} }, '?fieldManager=a'),
    expect: (s) => failure(400, 'BadRequest', `the name of the object (${s.own} based on URL) was undeterminable: name must be provided`),
  },
  {
    id: 'apply/not-yaml',
    because: 'what cannot be read is told',
    run: (s) => s.patch(s.own, 'apply-patch+yaml', 'a: [', '?fieldManager=a'),
    expect: () =>
      failure(400, 'BadRequest', 'error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content'),
  },
  {
    id: 'apply/unknown-field',
    because: 'apply refuses what has no schema',
    run: (s) => s.apply('a', { ...s.make(s.own), ...(isCustom(s) ? { spec: { configurations: [], colour: 'red' } } : { colour: 'red' }) }),
    expect: (s) => untyped(s, `.${isCustom(s) ? 'spec.' : ''}colour: field not declared in schema`),
  },
  {
    id: 'apply/wrong-type',
    because: 'and what is of another type',
    run: (s) => s.apply('a', s.make(s.own, { x: 5 })),
    expect: (s) => untyped(s, `${s.field}.x: expected string, got &value.valueUnstructured{Value:5}`),
  },
  {
    id: 'apply/invalid-result',
    because: 'what results is checked as any write is',
    run: (s) => s.apply('a', s.make(s.own, {}, { labels: { a: 'two words' } })),
    expect: (s) => ({ status: 422, body: { reason: 'Invalid', details: { name: s.own, kind: s.kind } } }),
  },
  {
    id: 'apply/dry-run',
    because: 'kubectl diff --server-side tries it',
    run: async (s) => {
      good(await s.apply('a', s.make(s.own, { x: '1' })));
      const tried = await s.apply('a', s.make(s.own, { x: '2' }), '&dryRun=All');
      return { status: tried.status, data: s.dataOf(tried.object), after: s.dataOf((await s.get(s.own)).object) };
    },
    expect: () => ({ status: 200, data: { x: '2' }, after: { x: '1' } }),
  },
  {
    id: 'apply/dry-run-creates-nothing',
    because: 'also where nothing is',
    run: async (s) => {
      const tried = await s.apply('a', s.make(s.own, { x: '1' }), '&dryRun=All');
      return { status: tried.status, after: (await s.get(s.own)).status };
    },
    expect: () => ({ status: 201, after: 404 }),
  },
  {
    id: 'apply/manager-with-odd-characters',
    because: 'a manager is named in print',
    run: (s) => s.apply('a%07b', s.make(s.own)),
    expect: () =>
      invalidOptions('PatchOptions', {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "a\\ab": invalid character U+0007 (at position 1)',
        field: 'fieldManager',
      }),
  },
];

export const applyCases: readonly Case[] = [...basics, ...conflicts, ...shapes, ...refusals];
