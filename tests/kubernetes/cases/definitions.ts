import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Case, good } from '../case.ts';
import type { Answer, KubeObject } from '../client.ts';
import { holding, present } from '../match.ts';
import type { Subject, SubjectName } from '../subject.ts';

// The custom kind of the real server is one of its definitions already.
const servers: readonly SubjectName[] = ['real', 'local', 'control'];
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const establishLimitMs = 20_000;
const lookMs = 50;

const text = { type: 'string' };
const count = { type: 'integer' };
type Part = Readonly<Record<string, unknown>>;

/** A kind of this case alone. */
interface Own {
  name: string;
  group: string;
  collection: string;
  make(name: string, spec?: Part, rest?: Part): object;
  definition(spec?: Part, version?: Part): { metadata: { name: string } };
}
function ownKind(s: Subject): Own {
  const group = `x${createHash('sha256').update(s.own).digest('hex').slice(0, 10)}.example.com`;
  const name = `widgets.${group}`;
  return {
    name,
    group,
    collection: `/apis/${group}/v1/namespaces/${s.namespace}/widgets`,
    make: (object, spec = {}, rest = {}) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: object }, spec, ...rest }),
    definition: (spec = { properties: { size: count } }, version = {}) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } } } },
            ...version,
          },
        ],
      },
    }),
  };
}

const statusOf = (object: KubeObject): { conditions?: { type: string; status: string; reason: string; message: string }[] } =>
  (object.status ?? {}) as never;

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + establishLimitMs; Date.now() < end; await delay(lookMs)) if (await look()) return;
  throw new Error(`${what} did not come within ${establishLimitMs} ms`);
}

/** Defines a kind and waits until it is served. */
async function define(s: Subject, own: Own, definition: object = own.definition()): Promise<void> {
  good(await s.ask({ method: 'POST', path: definitions, body: definition }));
  await until(`the kind ${own.name}`, async () => (await s.ask({ path: own.collection })).status === 200);
}

const drop = (s: Subject, own: Own): Promise<Answer> => s.ask({ method: 'DELETE', path: `${definitions}/${own.name}` });
const post = (s: Subject, own: Own, object: object, query = ''): Promise<Answer> =>
  s.ask({ method: 'POST', path: `${own.collection}${query}`, body: object });
const merge = 'application/merge-patch+json';

/** A definition that is refused. */
const refusedDefinition = (
  id: string,
  because: string,
  { make, field, message, reason }: { make: (own: Own) => object; field: string; message: string | RegExp; reason: string },
): Case => ({
  id: `definitions/${id}`,
  because,
  on: servers,
  run: async (s) => {
    const answer = await s.ask({ method: 'POST', path: `${definitions}?dryRun=All`, body: make(ownKind(s)) });
    return { status: answer.status, causes: (answer.object as unknown as { details?: { causes?: unknown } }).details?.causes };
  },
  expect: () => ({ status: 422, causes: holding({ field, message, reason }) }),
});

/** An object that breaks its schema. */
const refusedObject = (id: string, spec: { schema: Part; value: unknown }, causes: readonly object[]): Case => ({
  id: `definitions/${id}`,
  because: 'what the schema says is told in the same words',
  on: servers,
  run: async (s) => {
    const own = ownKind(s);
    await define(s, own, own.definition({ properties: { field: spec.schema } }));
    const answer = await post(s, own, own.make('a', { field: spec.value }));
    await drop(s, own);
    return { status: answer.status, causes: (answer.object as unknown as { details?: { causes?: unknown } }).details?.causes };
  },
  expect: () => ({ status: 422, causes }),
});
const cause = (field: string, reason: string, message: string): object => ({ field, reason, message });
const schemaPath = 'spec.validation.openAPIV3Schema.properties[spec]';

export const definitionCases: readonly Case[] = [
  {
    id: 'definitions/established',
    because: 'clients wait for the condition before they use the kind',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      await define(s, own);
      const { object } = await s.ask({ path: `${definitions}/${own.name}` });
      const discovery = await s.ask({ path: `/apis/${own.group}/v1` });
      await drop(s, own);
      return { status: statusOf(object), spec: object.spec, resources: (discovery.object as unknown as { resources: unknown }).resources };
    },
    expect: () => ({
      status: {
        conditions: [
          { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found', lastTransitionTime: present },
          {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
            lastTransitionTime: present,
          },
        ],
        acceptedNames: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        storedVersions: ['v1'],
      },
      spec: { conversion: { strategy: 'None' }, names: { singular: 'widget', listKind: 'WidgetList' } },
      resources: holding({ name: 'widgets', singularName: 'widget', namespaced: true, kind: 'Widget' }),
    }),
  },
  {
    id: 'definitions/prune-and-default',
    because: 'what is stored is what the schema says',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      const properties = {
        filled: { ...text, default: 'here' },
        nullable: { ...text, nullable: true },
        plain: text,
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        port: { 'x-kubernetes-int-or-string': true },
      };
      await define(s, own, own.definition({ properties }));
      const spec = { filled: null, nullable: null, plain: null, free: { any: [1] }, port: '80%', unknown: 1 };
      const answer = await post(s, own, own.make('a', spec));
      const strict = await post(s, own, own.make('b', spec), '?fieldValidation=Strict');
      await drop(s, own);
      return { status: answer.status, spec: answer.object.spec, strict: strict.object };
    },
    expect: () => ({
      status: 201,
      spec: { filled: 'here', nullable: null, free: { any: [1] }, port: '80%' },
      strict: { code: 400, reason: 'BadRequest', message: /strict decoding error: unknown field "spec.unknown"$/ },
    }),
  },
  {
    id: 'definitions/status',
    because: 'status is written at its own address, and generation counts what is wanted',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      const schema = {
        openAPIV3Schema: {
          type: 'object',
          properties: { spec: { type: 'object', properties: { size: count } }, status: { type: 'object', properties: { phase: text } } },
        },
      };
      await define(s, own, own.definition({}, { schema, subresources: { status: {} } }));
      const made = await post(s, own, own.make('a', { size: 1 }, { status: { phase: 'Sent' } }));
      const path = `${own.collection}/a`;
      const status = await s.ask({
        method: 'PATCH',
        path: `${path}/status`,
        type: merge,
        body: { status: { phase: 'Ready' }, spec: { size: 9 } },
      });
      const object = await s.ask({ method: 'PATCH', path, type: merge, body: { status: { phase: 'Wrong' }, spec: { size: 2 } } });
      await drop(s, own);
      return [made, status, object].map(({ object: { spec, status: phase, metadata } }) => [spec, phase ?? null, metadata.generation]);
    },
    expect: () => [
      [{ size: 1 }, null, 1],
      [{ size: 1 }, { phase: 'Ready' }, 1],
      [{ size: 2 }, { phase: 'Ready' }, 2],
    ],
  },
  {
    id: 'definitions/scale',
    because: 'autoscalers know no kind',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' };
      await define(s, own, own.definition(undefined, { subresources: { status: {}, scale } }));
      good(await post(s, own, own.make('a', { size: 2 })));
      const path = `${own.collection}/a/scale`;
      const read = await s.ask({ path });
      const patched = await s.ask({ method: 'PATCH', path, type: merge, body: { spec: { replicas: 5 } } });
      const object = await s.ask({ path: `${own.collection}/a` });
      await drop(s, own);
      return { read: read.object, patched: patched.object.spec, spec: object.object.spec };
    },
    expect: () => ({
      read: { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'a' }, spec: { replicas: 2 }, status: { replicas: 0 } },
      patched: { replicas: 5 },
      spec: { size: 5 },
    }),
  },
  {
    id: 'definitions/table',
    because: 'people see the columns of the definition',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      const additionalPrinterColumns = [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
        { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 1, description: 'How it is.' },
      ];
      await define(s, own, own.definition(undefined, { additionalPrinterColumns }));
      good(await post(s, own, own.make('a', { size: 2 })));
      const answer = await s.ask({ path: own.collection, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
      await drop(s, own);
      const table = answer.object as unknown as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
      return { columns: table.columnDefinitions.slice(1), cells: table.rows[0]?.cells, name: table.columnDefinitions[0]?.name };
    },
    expect: () => ({
      name: 'Name',
      columns: [
        {
          name: 'Size',
          type: 'integer',
          format: '',
          description: 'Custom resource definition column (in JSONPath format): .spec.size',
          priority: 0,
        },
        { name: 'Phase', type: 'string', format: '', description: 'How it is.', priority: 1 },
      ],
      cells: ['a', 2, null],
    }),
  },
  {
    id: 'definitions/selectable-fields',
    because: 'objects are found by the fields that the definition names',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      await define(s, own, own.definition({ properties: { color: text } }, { selectableFields: [{ jsonPath: '.spec.color' }] }));
      for (const color of ['red', 'blue']) good(await post(s, own, own.make(color, { color })));
      const found = await s.ask({ path: `${own.collection}?fieldSelector=spec.color%3Dblue` });
      await drop(s, own);
      return found.object.items?.map(({ metadata }) => metadata.name);
    },
    expect: () => ['blue'],
  },
  {
    id: 'definitions/versions',
    because: 'versions show the same objects under their own names',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      const definition = own.definition() as { spec: { versions: object[] } } & ReturnType<Own['definition']>;
      definition.spec.versions.push({ ...definition.spec.versions[0], name: 'v1beta1', storage: false });
      await define(s, own, definition);
      const beta = own.collection.replace('/v1/', '/v1beta1/');
      const made = await s.ask({ method: 'POST', path: beta, body: { ...own.make('a', { size: 1 }), apiVersion: `${own.group}/v1beta1` } });
      const [read, listed] = [await s.ask({ path: `${own.collection}/a` }), await s.ask({ path: beta })];
      const group = await s.ask({ path: `/apis/${own.group}` });
      await drop(s, own);
      const version = (apiVersion: string | undefined): string => apiVersion?.split('/')[1] ?? '';
      return {
        status: made.status,
        versions: [made.object, read.object, listed.object.items?.[0]].map((object) => version(object?.apiVersion)),
        managed: read.object.metadata.managedFields?.map(({ apiVersion }) => version(apiVersion)),
        served: (group.object as unknown as { versions: { version: string }[] }).versions.map((one) => one.version),
      };
    },
    expect: () => ({ status: 201, versions: ['v1beta1', 'v1', 'v1beta1'], managed: ['v1beta1'], served: ['v1', 'v1beta1'] }),
  },
  {
    id: 'definitions/stricter-schema',
    because: 'a value that was good once is tolerated until it is changed',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      await define(s, own, own.definition({ properties: { size: count, note: text } }));
      good(await post(s, own, own.make('a', { size: 1 })));
      const path = `${definitions}/${own.name}`;
      const minimum = [{ op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/minimum', value: 5 }];
      good(await s.ask({ method: 'PATCH', path, type: 'application/json-patch+json', body: minimum }));
      await until('the new schema', async () => (await post(s, own, own.make('b', { size: 1 }), '?dryRun=All')).status === 422);
      const patch = (spec: object): Promise<Answer> => s.ask({ method: 'PATCH', path: `${own.collection}/a`, type: merge, body: { spec } });
      const answers = [
        await patch({ note: 'x' }),
        await patch({ size: 2 }),
        await s.ask({ method: 'DELETE', path: `${own.collection}/a` }),
      ];
      await drop(s, own);
      return answers.map(({ status }) => status);
    },
    expect: () => [200, 422, 200],
  },
  {
    id: 'definitions/one-kind-twice',
    because: 'the second definition of a kind is not accepted',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      await define(s, own);
      const second = own.definition() as unknown as { metadata: { name: string }; spec: { names: object } };
      second.metadata.name = `gadgets.${own.group}`;
      second.spec.names = { plural: 'gadgets', kind: 'Widget' };
      good(await s.ask({ method: 'POST', path: definitions, body: second }));
      const path = `${definitions}/${second.metadata.name}`;
      const read = async (): Promise<KubeObject> => (await s.ask({ path })).object;
      await until('the judgement', async () => (statusOf(await read()).conditions ?? []).length > 1);
      const { conditions } = statusOf(await read());
      await s.ask({ method: 'DELETE', path });
      await drop(s, own);
      return conditions;
    },
    expect: () => [
      { type: 'NamesAccepted', status: 'False', reason: 'ListKindConflict', message: '"WidgetList" is already in use' },
      { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
    ],
  },
  {
    id: 'definitions/deletion',
    because: 'a definition takes its objects with it, and waits for what holds them',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      await define(s, own);
      const held = own.make('held') as { metadata: object };
      good(await post(s, own, { ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } }));
      const deleted = await drop(s, own);
      const read = async (): Promise<Answer> => s.ask({ path: `${definitions}/${own.name}` });
      const isGoing = async (): Promise<boolean> =>
        statusOf((await read()).object).conditions?.some(({ reason }) => reason === 'InstanceDeletionInProgress') ?? false;
      await until('the deletion of its objects', isGoing);
      const late = await post(s, own, own.make('late'));
      await s.ask({ method: 'PATCH', path: `${own.collection}/held`, type: merge, body: { metadata: { finalizers: null } } });
      await until('its end', async () => (await read()).status === 404);
      const conditions = statusOf(deleted.object).conditions ?? [];
      return {
        pending: conditions.find(({ type }) => type === 'Terminating'),
        late: late.status,
        after: (await s.ask({ path: own.collection })).status,
      };
    },
    expect: () => ({
      pending: {
        status: 'True',
        reason: 'InstanceDeletionPending',
        message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
      },
      late: 403,
      after: 404,
    }),
  },
  refusedDefinition('name', 'it is found by plural and group', {
    make: (own) => ({ ...own.definition(), metadata: { name: `others.${own.group}` } }),
    field: 'metadata.name',
    message: /must be spec\.names\.plural\+"\."\+spec\.group$/,
    reason: 'FieldValueInvalid',
  }),
  refusedDefinition('no-type', 'a structural schema says of what type a field is', {
    make: (own) => own.definition({ properties: { field: {} } }),
    field: `${schemaPath}.properties[field].type`,
    message: 'Required value: must not be empty for specified object fields',
    reason: 'FieldValueRequired',
  }),
  refusedDefinition('structure-in-a-rule', 'rules about values say nothing of their structure', {
    make: (own) => own.definition({ anyOf: [{ description: 'x' }] }),
    field: `${schemaPath}.anyOf[0].description`,
    message: 'Forbidden: must be empty to be structural',
    reason: 'FieldValueForbidden',
  }),
  refusedDefinition('list-map-without-keys', 'items of a map are told apart by keys', {
    make: (own) => own.definition({ properties: { list: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } } } }),
    field: `${schemaPath}.properties[list].x-kubernetes-list-map-keys`,
    message: /^Required value/,
    reason: 'FieldValueRequired',
  }),
  refusedDefinition('wrong-default', 'a default is a good value', {
    make: (own) => own.definition({ properties: { size: { ...count, default: 'many' } } }),
    field: `${schemaPath}.properties[size].default`,
    message: 'Invalid value: "string":  in body must be of type integer: "string"',
    reason: 'FieldValueTypeInvalid',
  }),
  refusedDefinition('scale-path', 'the wanted number lies in spec', {
    make: (own) => own.definition({}, { subresources: { scale: { specReplicasPath: '.status.a', statusReplicasPath: '.status.a' } } }),
    field: 'spec.subresources.scale.specReplicasPath',
    message: 'Invalid value: ".status.a": should be a json path under .spec',
    reason: 'FieldValueInvalid',
  }),
  refusedObject('minimum', { schema: { ...count, minimum: 3 }, value: 1 }, [
    cause('spec.field', 'FieldValueInvalid', 'Invalid value: 1: spec.field in body should be greater than or equal to 3'),
  ]),
  refusedObject('multiple', { schema: { ...count, multipleOf: 3 }, value: 4 }, [
    cause('spec.field', 'FieldValueInvalid', 'Invalid value: 4: spec.field in body should be a multiple of 3'),
  ]),
  refusedObject('max-items', { schema: { type: 'array', maxItems: 1, items: text }, value: ['a', 'b'] }, [
    cause('spec.field', 'FieldValueTooMany', 'Too many: 2: must have at most 1 item'),
  ]),
  refusedObject('format', { schema: { ...text, format: 'ipv4' }, value: '1.2.3' }, [
    cause('spec.field', 'FieldValueTypeInvalid', 'Invalid value: "1.2.3": spec.field in body must be of type ipv4: "1.2.3"'),
  ]),
  refusedObject('enum', { schema: { ...text, enum: ['a', 'b'] }, value: 'c' }, [
    cause('spec.field', 'FieldValueNotSupported', 'Unsupported value: "c": supported values: "a", "b"'),
  ]),
  refusedObject('int-or-string', { schema: { 'x-kubernetes-int-or-string': true }, value: 1.5 }, [
    cause('spec.field', 'FieldValueTypeInvalid', 'Invalid value: "number": spec.field in body must be of type integer,string: "number"'),
  ]),
  refusedObject(
    'one-of',
    { schema: { type: 'object', properties: { a: text, b: text }, oneOf: [{ required: ['a'] }, { required: ['b'] }] }, value: {} },
    [
      cause(
        '<nil>',
        'FieldValueInvalid',
        'Invalid value: "": "spec.field" must validate one and only one schema (oneOf). Found none valid',
      ),
      cause('spec.field.a', 'FieldValueRequired', 'Required value'),
    ],
  ),
  refusedObject(
    'list-map-twins',
    {
      schema: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: { type: 'object', required: ['name'], properties: { name: text } },
      },
      value: [{ name: 'a' }, { name: 'a' }],
    },
    [cause('spec.field[1]', 'FieldValueDuplicate', 'Duplicate value: {"name":"a"}')],
  ),
  refusedObject('rule', { schema: { ...text, maxLength: 9, 'x-kubernetes-validations': [{ rule: "self != 'bad'" }] }, value: 'bad' }, [
    cause('spec.field', 'FieldValueInvalid', 'Invalid value: "bad": failed rule: self != \'bad\''),
  ]),
  refusedObject(
    'rule-with-message',
    {
      schema: {
        type: 'object',
        properties: { min: count, max: count, name: { ...text, maxLength: 9 } },
        'x-kubernetes-validations': [{ rule: 'self.min <= self.max', messageExpression: "'above in ' + self.name", fieldPath: '.min' }],
      },
      value: { min: 3, max: 2, name: 'a' },
    },
    [cause('spec.field.min', 'FieldValueInvalid', 'Invalid value: above in a')],
  ),
  {
    id: 'definitions/rule-about-changes',
    because: 'a rule that knows the old value holds for changes alone',
    on: servers,
    run: async (s) => {
      const own = ownKind(s);
      const fixed = { ...count, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is fixed' }] };
      await define(s, own, own.definition({ properties: { fixed, note: text } }));
      const patch = (spec: object): Promise<Answer> => s.ask({ method: 'PATCH', path: `${own.collection}/a`, type: merge, body: { spec } });
      const answers = [await post(s, own, own.make('a', { fixed: 1 })), await patch({ note: 'x' }), await patch({ fixed: 2 })];
      await drop(s, own);
      return answers.map(({ status, object }) => [status, (object as { message?: string }).message ?? '']);
    },
    expect: () => [
      [201, ''],
      [200, ''],
      [422, /is invalid: spec\.fixed: Invalid value: 2: is fixed$/],
    ],
  },
  refusedDefinition('rule-of-an-unknown-field', 'rules are checked against the schema', {
    make: (own) => own.definition({ 'x-kubernetes-validations': [{ rule: 'self.nothing > 1' }] }),
    field: `${schemaPath}.x-kubernetes-validations[0].rule`,
    message: /compilation failed: ERROR: <input>:1:5: undefined field 'nothing'/,
    reason: 'FieldValueInvalid',
  }),
  refusedDefinition('rule-that-costs-too-much', 'nothing bounds the list', {
    make: (own) =>
      own.definition({
        properties: {
          list: { type: 'array', items: text, 'x-kubernetes-validations': [{ rule: 'self.all(a, self.all(b, a == b || a != b))' }] },
        },
      }),
    field: `${schemaPath}.properties[list].x-kubernetes-validations[0].rule`,
    message: /^Forbidden: estimated rule cost exceeds budget by factor of more than 100x/,
    reason: 'FieldValueForbidden',
  }),
];
