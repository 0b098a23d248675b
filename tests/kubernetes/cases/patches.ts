import { type Case, clusters, failure, given, good, invalidOptions, isCustom, notAllowed, notFound } from '../case.ts';
import { exactly, holding, that } from '../match.ts';
import type { Subject } from '../subject.ts';

interface Operation {
  op: string;
  path?: string;
  from?: string;
  value?: unknown;
}
const patched = async (s: Subject, operations: unknown, data: Readonly<Record<string, string>> = { a: '1', b: '2' }) => {
  await given(s, data);
  const answer = await s.patch(s.own, 'json-patch+json', operations);
  return { status: answer.status, data: s.dataOf(answer.object), answer };
};

const operations: readonly { id: string; because: string; ops: (pointer: string) => Operation[]; data: object }[] = [
  { id: 'add', because: 'a key more', ops: (at) => [{ op: 'add', path: `${at}/c`, value: '3' }], data: { a: '1', b: '2', c: '3' } },
  {
    id: 'add-over',
    because: 'add replaces what is there',
    ops: (at) => [{ op: 'add', path: `${at}/a`, value: '9' }],
    data: { a: '9', b: '2' },
  },
  { id: 'replace', because: 'another value', ops: (at) => [{ op: 'replace', path: `${at}/a`, value: '9' }], data: { a: '9', b: '2' } },
  { id: 'remove', because: 'a key less', ops: (at) => [{ op: 'remove', path: `${at}/a` }], data: { b: '2' } },
  { id: 'move', because: 'another key', ops: (at) => [{ op: 'move', from: `${at}/a`, path: `${at}/c` }], data: { b: '2', c: '1' } },
  {
    id: 'copy',
    because: 'the value twice',
    ops: (at) => [{ op: 'copy', from: `${at}/a`, path: `${at}/c` }],
    data: { a: '1', b: '2', c: '1' },
  },
  {
    id: 'test-and-replace',
    because: 'only if it is still what was read',
    ops: (at) => [
      { op: 'test', path: `${at}/a`, value: '1' },
      { op: 'replace', path: `${at}/a`, value: '9' },
    ],
    data: { a: '9', b: '2' },
  },
  { id: 'none', because: 'no operation changes nothing', ops: () => [], data: { a: '1', b: '2' } },
];

const unprocessable = failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
const jsonFailures: readonly { id: string; because: string; body: (pointer: string) => unknown; expect: () => object }[] = [
  {
    id: 'test-fails',
    because: 'what was read is not there any more',
    body: (at) => [
      { op: 'replace', path: `${at}/b`, value: '9' },
      { op: 'test', path: `${at}/a`, value: 'other' },
    ],
    expect: () => unprocessable,
  },
  {
    id: 'remove-absent',
    because: 'nothing cannot be removed',
    body: (at) => [{ op: 'remove', path: `${at}/nobody` }],
    expect: () => unprocessable,
  },
  {
    id: 'replace-absent',
    because: 'but it can be replaced: the server is generous',
    body: (at) => [{ op: 'replace', path: `${at}/nobody`, value: 'x' }],
    expect: () => ({ status: 200 }),
  },
  {
    id: 'move-absent',
    because: 'nor moved',
    body: (at) => [{ op: 'move', from: `${at}/nobody`, path: `${at}/c` }],
    expect: () => unprocessable,
  },
  {
    id: 'no-parent',
    because: 'a place needs what it lies in',
    body: () => [{ op: 'add', path: '/nothing/at/all', value: 'x' }],
    expect: () => unprocessable,
  },
  {
    id: 'unknown-operation',
    because: 'six words are known',
    body: (at) => [{ op: 'swap', path: `${at}/a`, value: 'x' }],
    expect: () => unprocessable,
  },
  {
    id: 'not-a-list',
    because: 'a JSON patch is a list',
    body: (at) => ({ op: 'add', path: `${at}/a`, value: 'x' }),
    expect: () =>
      failure(400, 'BadRequest', 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'),
  },
  {
    id: 'not-json',
    because: 'and JSON',
    body: () => '[{"op"',
    expect: () => failure(400, 'BadRequest', 'error decoding patch: unexpected end of JSON input'),
  },
  {
    id: 'too-many',
    because: 'ten thousand operations are enough',
    body: (at) => Array.from({ length: 10_001 }, () => ({ op: 'test', path: `${at}/a`, value: '1' })),
    expect: () =>
      failure(413, 'RequestEntityTooLarge', 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001'),
  },
];

const jsonPatches: readonly Case[] = [
  ...operations.map(
    ({ id, because, ops, data }): Case => ({
      id: `json-patch/${id}`,
      because,
      run: (s) => patched(s, ops(s.pointer)),
      expect: () => ({ status: 200, data: exactly(data) }),
    }),
  ),
  ...jsonFailures.map(
    ({ id, because, body, expect }): Case => ({
      id: `json-patch/${id}`,
      because,
      run: async (s) => (await patched(s, body(s.pointer))).answer,
      expect: () => expect(),
    }),
  ),
  {
    id: 'json-patch/fails-whole',
    because: 'an operation that fails undoes those before it',
    run: async (s) => {
      await patched(s, [
        { op: 'replace', path: `${s.pointer}/b`, value: '9' },
        { op: 'remove', path: `${s.pointer}/nobody` },
      ]);
      return s.dataOf((await s.get(s.own)).object);
    },
    expect: () => exactly({ a: '1', b: '2' }),
  },
  {
    id: 'json-patch/escaped',
    because: '~1 is a slash of a key',
    run: async (s) => {
      await given(s, {}, { annotations: { 'example.com/a': '1' } });
      return (await s.patch(s.own, 'json-patch+json', [{ op: 'replace', path: '/metadata/annotations/example.com~1a', value: '2' }])).object
        .metadata.annotations;
    },
    expect: () => exactly({ 'example.com/a': '2' }),
  },
  {
    id: 'json-patch/list-end',
    because: 'a dash is the place behind the last',
    run: async (s) => {
      await given(s, {}, { finalizers: ['example.com/a'] });
      const answer = await s.patch(s.own, 'json-patch+json', [{ op: 'add', path: '/metadata/finalizers/-', value: 'example.com/b' }]);
      return answer.object.metadata.finalizers;
    },
    expect: () => ['example.com/a', 'example.com/b'],
  },
  {
    id: 'json-patch/list-index',
    because: 'an index beyond the end is nowhere',
    run: async (s) => {
      await given(s, {}, { finalizers: ['example.com/a'] });
      return s.patch(s.own, 'json-patch+json', [{ op: 'replace', path: '/metadata/finalizers/7', value: 'example.com/b' }]);
    },
    expect: () => unprocessable,
  },
  {
    id: 'json-patch/result-is-checked',
    because: 'a patch may not make what a creation could not',
    run: async (s) => (await patched(s, [{ op: 'add', path: '/metadata/labels', value: { a: 'two words' } }])).answer,
    expect: (s) => ({ status: 422, body: { reason: 'Invalid', details: { name: s.own, kind: s.kind } } }),
  },
];

/** What a custom resource can be patched with; built-in kinds say less. */
const unsupportedPatch = failure(
  415,
  'UnsupportedMediaType',
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
);

const mergePatches: readonly Case[] = [
  {
    id: 'merge-patch/map',
    because: 'what is named changes, what is null goes, the rest stays',
    run: async (s) => {
      await given(s, { a: '1', b: '2', c: '3' });
      const answer = await s.patch(s.own, 'merge-patch+json', s.fragment({ a: '9', b: null, d: '4' }));
      return { status: answer.status, data: s.dataOf(answer.object) };
    },
    expect: () => ({ status: 200, data: exactly({ a: '9', c: '3', d: '4' }) }),
  },
  {
    id: 'merge-patch/list',
    because: 'a list is replaced whole',
    run: async (s) => {
      await given(s, {}, { finalizers: ['example.com/a', 'example.com/b'] });
      return (await s.patch(s.own, 'merge-patch+json', { metadata: { finalizers: ['example.com/c'] } })).object.metadata.finalizers;
    },
    expect: () => ['example.com/c'],
  },
  {
    id: 'merge-patch/no-change',
    because: 'an empty patch wakes nobody',
    run: async (s) => {
      const { object } = await given(s);
      const answer = await s.patch(s.own, 'merge-patch+json', {});
      return { status: answer.status, isSame: answer.object.metadata.resourceVersion === object.metadata.resourceVersion };
    },
    expect: () => ({ status: 200, isSame: true }),
  },
  {
    id: 'merge-patch/not-found',
    because: 'a patch does not create',
    run: (s) => s.patch('nobody', 'merge-patch+json', {}),
    expect: (s) => notFound(s, 'nobody'),
  },
  {
    id: 'merge-patch/stale-version',
    because: 'a patch may say which state it is made from',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', { metadata: { resourceVersion: '1' }, ...s.fragment({ a: '9' }) });
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
    id: 'merge-patch/other-uid',
    because: 'or which object',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', { metadata: { uid: '11111111-2222-3333-4444-555555555555' } });
    },
    expect: (s) => ({
      status: 422,
      body: {
        message: `${s.qualifiedKind} "${s.own}" is invalid: metadata.uid: Invalid value: "11111111-2222-3333-4444-555555555555": field is immutable`,
        details: { causes: holding({ reason: 'FieldValueInvalid', field: 'metadata.uid' }) },
      },
    }),
  },
  {
    id: 'merge-patch/other-name',
    because: 'a name never changes',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', { metadata: { name: 'another' } });
    },
    expect: (s) => failure(400, 'BadRequest', `the name of the object (another) does not match the name on the URL (${s.own})`),
  },
  {
    id: 'merge-patch/other-kind',
    because: 'nor does a kind',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', { kind: 'Other' });
    },
    expect: (s) => ({
      status: 422,
      body: {
        reason: 'Invalid',
        message: isCustom(s)
          ? `Other.${s.group} "${s.own}" is invalid: kind: Invalid value: "Other": must be ${s.kind}`
          : /: no kind "Other" is registered for version "v1" in scheme /,
      },
    }),
  },
  {
    id: 'merge-patch/list-body',
    because: 'a merge patch is an object',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', '[]');
    },
    expect: () =>
      failure(400, 'BadRequest', 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'),
  },
  {
    id: 'merge-patch/not-json',
    because: 'and JSON',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', '{"metadata":');
    },
    expect: () => failure(400, 'BadRequest', 'error decoding patch: unexpected end of JSON input'),
  },
  {
    id: 'merge-patch/wrong-type',
    because: 'what results must be of the kind',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', s.fragment({ a: 5 }));
    },
    expect: (s) => ({
      status: 422,
      body: {
        reason: 'Invalid',
        message: isCustom(s)
          ? `${s.qualifiedKind} "${s.own}" is invalid: spec.scope.a: Invalid value: "integer": spec.scope.a in body must be of type string: "integer"`
          : /^ "" is invalid: patch: Invalid value: .*: json: cannot unmarshal number into Go struct field ConfigMap.data of type string$/,
      },
    }),
  },
  {
    id: 'merge-patch/manager',
    because: 'a patch is an update of its manager',
    run: async (s) => {
      await given(s);
      const answer = await s.patch(s.own, 'merge-patch+json', s.fragment({ b: '2' }), '?fieldManager=patcher');
      return answer.object.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
    },
    expect: () => ['conformance Update', 'patcher Update'],
  },
  {
    id: 'patch/force-without-apply',
    because: 'force is a word of apply',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', {}, '?force=true');
    },
    expect: () =>
      invalidOptions('PatchOptions', {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: may not be specified for non-apply patch',
        field: 'force',
      }),
  },
  {
    id: 'patch/unsupported-media-type',
    because: 'a patch says what it is',
    run: async (s) => {
      await given(s);
      return s.ask({ method: 'PATCH', path: s.path(s.own), type: 'application/json', body: {} });
    },
    expect: (s) => (isCustom(s) ? unsupportedPatch : failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})),
  },
  {
    id: 'patch/collection',
    because: 'a collection is not patched',
    run: (s) => s.ask({ method: 'PATCH', path: s.collection, type: 'application/merge-patch+json', body: {} }),
    expect: (s) => (isCustom(s) ? failure(400, 'BadRequest', 'name must be provided') : notAllowed),
  },
];

const strategicPatches: readonly Case[] = [
  {
    id: 'strategic-patch/map',
    because: 'a map is merged',
    on: clusters,
    run: async (s) => {
      await given(s, { a: '1', b: '2' });
      const answer = await s.patch(s.own, 'strategic-merge-patch+json', s.fragment({ a: null, c: '3' }));
      return { status: answer.status, data: s.dataOf(answer.object) };
    },
    expect: () => ({ status: 200, data: exactly({ b: '2', c: '3' }) }),
  },
  {
    id: 'strategic-patch/custom',
    because: 'a custom resource has no published merge keys',
    on: ['custom', 'control'],
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'strategic-merge-patch+json', {});
    },
    expect: () => unsupportedPatch,
  },
  {
    id: 'strategic-patch/replace-directive',
    because: 'a map may be replaced whole',
    on: clusters,
    run: async (s) => {
      await given(s, { a: '1', b: '2' });
      const answer = await s.patch(s.own, 'strategic-merge-patch+json', s.fragment({ $patch: 'replace', c: '3' }));
      return { status: answer.status, data: s.dataOf(answer.object) };
    },
    expect: () => ({ status: 200, data: exactly({ c: '3' }) }),
  },
  {
    id: 'strategic-patch/set-of-texts',
    because: 'finalizers are merged, not replaced',
    on: clusters,
    run: async (s) => {
      await given(s, {}, { finalizers: ['example.com/a'] });
      return (await s.patch(s.own, 'strategic-merge-patch+json', { metadata: { finalizers: ['example.com/b'] } })).object.metadata
        .finalizers;
    },
    expect: () => that('both', (value) => Array.isArray(value) && value.length === 2),
  },
  {
    id: 'strategic-patch/delete-from-set',
    because: 'one of them may be taken out',
    on: clusters,
    run: async (s) => {
      await given(s, {}, { finalizers: ['example.com/a', 'example.com/b'] });
      const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] } };
      return (await s.patch(s.own, 'strategic-merge-patch+json', patch)).object.metadata.finalizers;
    },
    expect: () => ['example.com/b'],
  },
  {
    id: 'strategic-patch/owners-by-uid',
    because: 'owners are told apart by uid',
    on: clusters,
    run: async (s) => {
      const uids = [];
      for (const name of ['first', 'second']) uids.push(good(await s.create(s.make(`${s.own}-${name}`))).object.metadata.uid);
      const owners = uids.map((uid, at) => ({
        apiVersion: s.apiVersion,
        kind: s.kind,
        name: `${s.own}-${at === 0 ? 'first' : 'second'}`,
        uid,
      }));
      await given(s, {}, { ownerReferences: owners.slice(0, 1) });
      const patch = { metadata: { ownerReferences: [...owners.slice(1), { $patch: 'delete', uid: uids[0] }] } };
      return (await s.patch(s.own, 'strategic-merge-patch+json', patch)).object.metadata.ownerReferences;
    },
    expect: (s) => [{ name: `${s.own}-second` }],
  },
  {
    id: 'strategic-patch/unknown-directive',
    because: 'four words are known',
    on: clusters,
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'strategic-merge-patch+json', s.fragment({ $patch: 'swap' }));
    },
    expect: () => failure(500, undefined, 'unknown patch type: swap in map: map[$patch:swap]'),
  },
];

export const patchCases: readonly Case[] = [...jsonPatches, ...mergePatches, ...strategicPatches];
