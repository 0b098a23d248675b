import { type Case, clusters, failure, given, good, invalid, isCustom, noPage, noResource, notAllowed, notFound } from '../case.ts';
import { absent, exactly, that } from '../match.ts';
import type { Subject } from '../subject.ts';

const uid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const modified = 'the object has been modified; please apply your changes to the latest version and try again';
/** What the API server says of an update that lost a race. */
const stale = (s: Subject, name: string): object =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${s.qualified} "${name}": ${modified}`, s.details(name));
const reads: readonly Case[] = [
  {
    id: 'get/object',
    because: 'what was written is read',
    run: async (s) => {
      await given(s);
      return s.get(s.own);
    },
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
      body: {
        apiVersion: s.apiVersion,
        kind: s.kind,
        metadata: { name: s.own, namespace: s.namespace, uid, resourceVersion: /^\d+$/, creationTimestamp: time },
      },
    }),
  },
  {
    id: 'get/audit-id',
    because: 'a person who asks for help names the request by it',
    run: (s) => s.list('?limit=1'),
    expect: () => ({ headers: { 'audit-id': uid } }),
  },
  {
    id: 'get/not-found',
    because: 'clients decide by code and reason',
    run: (s) => s.get('nobody'),
    expect: (s) => notFound(s, 'nobody'),
  },
  {
    id: 'get/unknown-namespace',
    because: 'reading tells nothing about namespaces',
    run: (s) => s.ask({ path: `${s.base}/namespaces/nowhere/${s.plural}/nobody` }),
    expect: (s) => notFound(s, 'nobody'),
  },
  {
    id: 'get/unknown-subresource',
    because: 'a kind has its own subresources only',
    run: async (s) => {
      await given(s);
      return s.ask({ path: `${s.path(s.own)}/nothing` });
    },
    expect: (s) => (isCustom(s) ? notFound(s, s.own) : noResource),
  },
  {
    id: 'get/pretty',
    because: 'people read answers too',
    run: async (s) => {
      await given(s);
      return s.get(s.own, '?pretty=true');
    },
    expect: (s) => ({
      status: 200,
      text: that(
        'indented JSON',
        (text) => String(text).startsWith(`{\n  "apiVersion": "${s.apiVersion}"`) || String(text).startsWith('{\n  "kind"'),
      ),
    }),
  },
  {
    id: 'get/head',
    because: 'a look without a body is offered for custom resources alone',
    run: async (s) => {
      await given(s);
      return s.ask({ method: 'HEAD', path: s.path(s.own) });
    },
    expect: (s) => ({ status: isCustom(s) ? 200 : 405, text: '' }),
  },
];

const creates: readonly Case[] = [
  {
    id: 'create/answers-the-object',
    because: 'the server fills in what only it knows',
    run: (s) => s.create(s.make(s.own, { a: '1' })),
    expect: (s) => ({
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: {
        apiVersion: s.apiVersion,
        kind: s.kind,
        metadata: {
          name: s.own,
          namespace: s.namespace,
          uid,
          resourceVersion: /^\d+$/,
          creationTimestamp: time,
          selfLink: absent,
          generation: isCustom(s) ? 1 : absent,
        },
        ...s.fragment({ a: '1' }),
      },
    }),
  },
  {
    id: 'create/managed-fields',
    because: 'who wrote what is kept from the first write',
    run: async (s) => (await s.create(s.make(s.own, { a: '1' }))).object.metadata.managedFields,
    expect: (s) => [
      exactly({
        manager: 'conformance',
        operation: 'Update',
        apiVersion: s.apiVersion,
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: isCustom(s)
          ? { 'f:spec': { '.': {}, 'f:configurations': {}, 'f:scope': { '.': {}, 'f:a': {} } } }
          : { 'f:data': { '.': {}, 'f:a': {} } },
      }),
    ],
  },
  {
    id: 'create/field-manager',
    because: 'a client may name itself',
    run: async (s) =>
      (await s.create(s.make(s.own, { a: '1' }), '?fieldManager=me')).object.metadata.managedFields?.map(({ manager }) => manager),
    expect: () => ['me'],
  },
  {
    id: 'create/already-exists',
    because: 'a controller takes this for done',
    run: async (s) => {
      await given(s);
      return s.create(s.make(s.own));
    },
    expect: (s) => failure(409, 'AlreadyExists', `${s.qualified} "${s.own}" already exists`, s.details(s.own)),
  },
  {
    id: 'create/unknown-namespace',
    because: 'an object needs its namespace first',
    run: (s) => s.ask({ method: 'POST', path: `${s.base}/namespaces/nowhere/${s.plural}`, body: s.make(s.own) }),
    expect: () => failure(404, 'NotFound', 'namespaces "nowhere" not found', { name: 'nowhere', kind: 'namespaces' }),
  },
  {
    id: 'create/missing-namespace',
    because: 'all namespaces can be read together, not written',
    run: (s) => s.ask({ method: 'POST', path: `${s.base}/${s.plural}`, body: s.make(s.own) }),
    expect: (s) => (isCustom(s) ? noPage : notAllowed),
  },
  {
    id: 'create/other-namespace',
    because: 'body and address must agree',
    run: (s) => s.create(s.make(s.own, {}, { namespace: 'other' })),
    expect: () => failure(400, 'BadRequest', 'the namespace of the provided object does not match the namespace sent on the request'),
  },
  {
    id: 'create/with-resource-version',
    because: 'what is new has no version',
    run: (s) => s.create(s.make(s.own, {}, { resourceVersion: '5' })),
    expect: () => failure(500, undefined, 'resourceVersion should not be set on objects to be created'),
  },
  {
    id: 'create/name-missing',
    because: 'an object without a name cannot be found',
    run: (s) => s.create(s.make('')),
    expect: (s) =>
      invalid(s, '', { reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field: 'metadata.name' }),
  },
  {
    id: 'create/generated-name',
    because: 'the server completes the name',
    run: async (s) => (await s.create({ ...s.make(''), metadata: { generateName: `${s.own}-` } })).object.metadata,
    expect: (s) => ({ name: new RegExp(`^${s.own}-[bcdfghjklmnpqrstvwxz2456789]{5}$`), generateName: `${s.own}-` }),
  },
  {
    id: 'create/generated-name-cut',
    because: 'a generated name is at most 63 characters long',
    run: async (s) => (await s.create({ ...s.make(''), metadata: { generateName: 'n'.repeat(100) } })).object.metadata,
    expect: () => ({ name: /^n{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/ }),
  },
  {
    id: 'create/name-before-generated-name',
    because: 'a name that is given holds',
    run: (s) => s.create(s.make(s.own, {}, { generateName: 'x-' })),
    expect: (s) => ({ status: 201, body: { metadata: { name: s.own } } }),
  },
  {
    id: 'create/ignores-server-fields',
    because: 'a manifest that was read once may be sent again',
    run: (s) =>
      s.create(
        s.make(s.own, {}, { uid: '11111111-2222-3333-4444-555555555555', creationTimestamp: '2001-01-01T00:00:00Z', selfLink: '/x' }),
      ),
    expect: () => ({
      status: 201,
      body: {
        metadata: {
          uid: that('another uid', (value) => value !== '11111111-2222-3333-4444-555555555555'),
          creationTimestamp: that('another time', (value) => value !== '2001-01-01T00:00:00Z'),
        },
      },
    }),
  },
  {
    id: 'create/deletion-timestamp',
    because: 'nothing is born deleted',
    run: (s) => s.create(s.make(s.own, {}, { deletionTimestamp: '2001-01-01T00:00:00Z', finalizers: ['example.com/x'] })),
    expect: () => ({ status: 201, body: { metadata: { deletionTimestamp: absent } } }),
  },
  {
    id: 'create/on-an-object',
    because: 'one creates in a collection',
    on: clusters,
    run: (s) => s.ask({ method: 'POST', path: s.path(s.own), body: s.make(s.own) }),
    expect: () => notAllowed,
  },
];

const updates: readonly Case[] = [
  {
    id: 'update/answers-the-object',
    because: 'a replaced object has a new version',
    run: async (s) => {
      const before = await given(s);
      const answer = await s.put(s.own, s.make(s.own, { b: '2' }, { resourceVersion: before.object.metadata.resourceVersion }));
      const { uid: old, resourceVersion } = before.object.metadata;
      return {
        status: answer.status,
        isSame: answer.object.metadata.uid === old,
        isNewer: answer.object.metadata.resourceVersion !== resourceVersion,
        data: s.dataOf(answer.object),
      };
    },
    expect: () => ({ status: 200, isSame: true, isNewer: true, data: exactly({ b: '2' }) }),
  },
  {
    id: 'update/no-change',
    because: 'writing the same again wakes nobody',
    run: async (s) => {
      const { object } = await given(s);
      const answer = await s.put(s.own, object);
      return { status: answer.status, version: answer.object.metadata.resourceVersion === object.metadata.resourceVersion };
    },
    expect: () => ({ status: 200, version: true }),
  },
  {
    id: 'update/without-version',
    because: 'built-in kinds may be replaced unseen, others may not',
    run: async (s) => {
      await given(s);
      return s.put(s.own, s.make(s.own, { b: '2' }));
    },
    expect: (s) =>
      isCustom(s)
        ? failure(
            422,
            'Invalid',
            `${s.qualified} "${s.own}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
            s.details(s.own, {
              causes: [
                {
                  reason: 'FieldValueInvalid',
                  message: 'Invalid value: 0: must be specified for an update',
                  field: 'metadata.resourceVersion',
                },
              ],
            }),
          )
        : { status: 200, body: s.fragment({ b: '2' }) },
  },
  {
    id: 'update/stale-version',
    because: 'of two writers one learns that it was late',
    run: async (s) => {
      const { object } = await given(s);
      good(await s.put(s.own, { ...object, ...s.make(s.own, { b: '2' }, { resourceVersion: object.metadata.resourceVersion }) }));
      return s.put(s.own, s.make(s.own, { c: '3' }, { resourceVersion: object.metadata.resourceVersion }));
    },
    expect: (s) => stale(s, s.own),
  },
  {
    id: 'update/nonsense-version',
    because: 'a version is a number to the server',
    run: async (s) => {
      await given(s);
      return s.put(s.own, s.make(s.own, {}, { resourceVersion: 'nonsense' }));
    },
    expect: () => failure(500, undefined, 'strconv.ParseUint: parsing "nonsense": invalid syntax'),
  },
  {
    id: 'update/other-uid',
    because: 'a new object of the same name is another',
    run: async (s) => {
      const { object } = await given(s);
      const { resourceVersion } = object.metadata;
      const answer = await s.put(s.own, s.make(s.own, {}, { uid: '11111111-2222-3333-4444-555555555555', resourceVersion }));
      return answer;
    },
    expect: (s) =>
      failure(
        409,
        'Conflict',
        /^Operation cannot be fulfilled on .*Precondition failed: UID in precondition: 11111111-2222-3333-4444-555555555555, UID in object meta: [-0-9a-f]{36}$/,
        s.details(s.own),
      ),
  },
  {
    id: 'update/not-found',
    because: 'an update does not create',
    run: (s) => s.put(s.own, s.make(s.own, {}, { resourceVersion: '1' })),
    expect: (s) => notFound(s, s.own),
  },
  {
    id: 'update/other-name',
    because: 'a name never changes',
    run: async (s) => {
      await given(s);
      return s.put(s.own, s.make('another'));
    },
    expect: (s) => failure(400, 'BadRequest', `the name of the object (another) does not match the name on the URL (${s.own})`),
  },
  {
    id: 'update/other-namespace',
    because: 'nor does a namespace',
    run: async (s) => {
      await given(s);
      return s.put(s.own, s.make(s.own, {}, { namespace: 'other' }));
    },
    expect: () => failure(400, 'BadRequest', 'the namespace of the provided object does not match the namespace sent on the request'),
  },
  {
    id: 'update/name-missing',
    because: 'the address may not stand for the name',
    run: async (s) => {
      await given(s);
      return s.put(s.own, s.make(''));
    },
    expect: (s) => failure(400, 'BadRequest', `the name of the object (${s.own} based on URL) was undeterminable: name must be provided`),
  },
  {
    id: 'update/keeps-server-fields',
    because: 'birth and uid are no business of a client',
    run: async (s) => {
      const { object } = await given(s);
      const answer = await s.put(
        s.own,
        s.make(s.own, {}, { resourceVersion: object.metadata.resourceVersion, creationTimestamp: '2001-01-01T00:00:00Z' }),
      );
      return { status: answer.status, isKept: JSON.stringify(answer.object.metadata).includes('2001') };
    },
    expect: () => ({ status: 200, isKept: false }),
  },
  {
    id: 'update/generation',
    because: 'a new generation means a new wish, not a new label',
    run: async (s) => {
      const { object } = await given(s);
      const labelled = good(await s.put(s.own, { ...object, metadata: { ...object.metadata, labels: { a: 'b' } } }));
      const wished = good(await s.patch(s.own, 'merge-patch+json', s.fragment({ b: '2' })));
      return [labelled.object.metadata.generation, wished.object.metadata.generation];
    },
    expect: (s) => (isCustom(s) ? [1, 2] : [undefined, undefined]),
  },
  {
    id: 'update/collection',
    because: 'a collection is not replaced',
    run: (s) => s.ask({ method: 'PUT', path: s.collection, body: s.make(s.own) }),
    expect: (s) => (isCustom(s) ? failure(400, 'BadRequest', 'name must be provided') : notAllowed),
  },
];

export const crudCases: readonly Case[] = [...reads, ...creates, ...updates];
