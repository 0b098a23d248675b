import { type Case, clusters, failure, given, good, invalid, invalidOptions, isCustom } from '../case.ts';
import { absent, that } from '../match.ts';
import type { Subject } from '../subject.ts';

/** Sends a body as it is to where objects are created. */
const send = (s: Subject, body: string | Buffer, more: { type?: string; query?: string; headers?: Record<string, string> } = {}) =>
  s.ask({
    method: 'POST',
    path: `${s.collection}${more.query ?? ''}`,
    body,
    type: more.type ?? 'application/json',
    headers: more.headers ?? {},
  });

const text = (s: Subject, change: (object: Record<string, unknown>) => void): string => {
  const object = structuredClone(s.make(s.own, { a: '1' })) as Record<string, unknown>;
  change(object);
  return JSON.stringify(object);
};

const unreadable = (s: Subject, why: string): object =>
  failure(400, 'BadRequest', `the object provided is unrecognized (must be of type ${s.kind}): ${why}`);
const notOfKind = (s: Subject, why: string): object =>
  failure(400, 'BadRequest', `${s.kind} in version "${s.version}" cannot be handled as a ${s.kind}: ${why}`);
const noMeta = "couldn't get version/kind; json parse error:";
const goType = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const hex = (text: string): string => Buffer.from(text).toString('hex');
const unknownFormat = failure(
  415,
  'UnsupportedMediaType',
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
);
/** Fields that a custom resource's schema refuses. */
const refusedFields = (s: Subject, causes: readonly { reason: string; message: string; field: string }[]): object => {
  const told = causes.map(({ field, message }) => `${field}: ${message}`);
  const message = `${s.qualifiedKind} "${s.own}" is invalid: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`;
  return failure(422, 'Invalid', message, { name: s.own, group: s.group, kind: s.kind, causes });
};
const wrongType = (field: string, got: string, wanted: string) => ({
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: "${got}": ${field} in body must be of type ${wanted}: "${got}"`,
  field,
});

const refused: readonly Case[] = [
  {
    id: 'body/not-json',
    because: 'what cannot be read is told with the place',
    run: (s) => send(s, '{"kind":'),
    expect: (s) => unreadable(s, `${noMeta} unexpected end of JSON input ({"kind":)`),
  },
  {
    id: 'body/empty',
    because: 'an empty body is no object',
    run: (s) => send(s, ''),
    expect: (s) => unreadable(s, `${noMeta} unexpected end of JSON input (<empty>)`),
  },
  {
    id: 'body/list',
    because: 'one object at a time',
    run: (s) => send(s, '[]'),
    expect: (s) => unreadable(s, `${noMeta} json: cannot unmarshal array into Go value of type ${goType} (${hex('[]')})`),
  },
  {
    id: 'body/text',
    because: 'a text is no object',
    run: (s) => send(s, '"object"'),
    expect: (s) => unreadable(s, `${noMeta} json: cannot unmarshal string into Go value of type ${goType} (${hex('"object"')})`),
  },
  {
    id: 'body/null',
    because: 'null lacks everything',
    run: (s) => send(s, 'null'),
    expect: (s) =>
      isCustom(s)
        ? unreadable(s, `Object 'Kind' is missing in 'null' (${hex('null')})`)
        : invalid(s, '', {
            reason: 'FieldValueRequired',
            message: 'Required value: name or generateName is required',
            field: 'metadata.name',
          }),
  },
  {
    id: 'body/invalid-utf8',
    because: 'bytes that are no text get in as the sign for that',
    run: (s) => {
      const [before = '', after = ''] = text(s, () => {}).split('1"}');
      return send(s, Buffer.concat([Buffer.from(`${before}1`), Buffer.from([0xff, 0xfe]), Buffer.from(`"}${after}`)]));
    },
    expect: (s) => ({ status: 201, body: s.fragment({ a: '1\ufffd\ufffd' }) }),
  },
  {
    id: 'body/other-kind',
    because: 'an address takes its own kind only',
    run: (s) =>
      send(
        s,
        text(s, (object) => Object.assign(object, { kind: 'Other' })),
      ),
    expect: (s) =>
      isCustom(s)
        ? failure(422, 'Invalid', `Other.${s.group} "${s.own}" is invalid: kind: Invalid value: "Other": must be ${s.kind}`, {
            name: s.own,
            group: s.group,
            kind: 'Other',
            causes: [{ reason: 'FieldValueInvalid', message: `Invalid value: "Other": must be ${s.kind}`, field: 'kind' }],
          })
        : failure(
            400,
            'BadRequest',
            /^Other in version "v1" cannot be handled as a ConfigMap: no kind "Other" is registered for version "v1" in scheme /,
          ),
  },
  {
    id: 'body/other-version',
    because: 'and its own version',
    run: (s) =>
      send(
        s,
        text(s, (object) => Object.assign(object, { apiVersion: 'example.com/v7' })),
      ),
    expect: (s) =>
      isCustom(s)
        ? failure(
            400,
            'BadRequest',
            `the API version in the data (example.com/v7) does not match the expected API version (${s.apiVersion})`,
          )
        : failure(
            400,
            'BadRequest',
            /^ConfigMap in version "v7" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "example.com\/v7" in scheme /,
          ),
  },
  {
    id: 'body/kind-missing',
    because: 'the address tells the kind where the body does not',
    run: (s) =>
      send(
        s,
        text(s, (object) => {
          delete object.kind;
          delete object.apiVersion;
        }),
      ),
    expect: (s) =>
      isCustom(s)
        ? failure(
            400,
            'BadRequest',
            /^the object provided is unrecognized \(must be of type ConfigurationGroup\): Object 'Kind' is missing in /,
          )
        : { status: 201, body: { apiVersion: s.apiVersion, kind: s.kind } },
  },
  {
    id: 'body/metadata-of-another-type',
    because: 'a field of the wrong type is told by its path',
    run: (s) =>
      send(
        s,
        text(s, (object) => Object.assign(object, { metadata: 'x' })),
      ),
    expect: (s) =>
      notOfKind(
        s,
        `json: cannot unmarshal string into Go ${isCustom(s) ? 'value' : `struct field ${s.kind}.metadata`} of type v1.ObjectMeta`,
      ),
  },
  {
    id: 'body/name-of-another-type',
    because: 'so is one deeper down',
    run: (s) =>
      send(
        s,
        text(s, (object) => Object.assign(object, { metadata: { name: 5 } })),
      ),
    expect: (s) =>
      notOfKind(s, `json: cannot unmarshal number into Go struct field ObjectMeta.${isCustom(s) ? '' : 'metadata.'}name of type string`),
  },
  {
    id: 'body/labels-of-another-type',
    because: 'a number is no label',
    run: (s) =>
      send(
        s,
        text(s, (object) => Object.assign(object, { metadata: { name: s.own, labels: { a: 5 } } })),
      ),
    expect: (s) =>
      notOfKind(s, `json: cannot unmarshal number into Go struct field ObjectMeta.${isCustom(s) ? '' : 'metadata.'}labels of type string`),
  },
  {
    id: 'body/data-of-another-type',
    because: 'nor a text of the data',
    run: (s) => s.create(s.make(s.own, { a: 5 })),
    expect: (s) =>
      isCustom(s)
        ? refusedFields(s, [wrongType('spec.scope.a', 'integer', 'string')])
        : notOfKind(s, 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'),
  },
  {
    id: 'body/data-is-text',
    because: 'a text is no map',
    run: (s) => s.create({ ...s.make(s.own), ...s.fragment('x') }),
    expect: (s) =>
      isCustom(s)
        ? refusedFields(s, [
            wrongType('spec.scope', 'string', 'object'),
            { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.configurations' },
          ])
        : notOfKind(s, 'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string'),
  },
  {
    id: 'body/unsupported-media-type',
    because: 'a body that nobody reads is not guessed at',
    run: (s) => send(s, 'a=1', { type: 'text/plain' }),
    expect: () => unknownFormat,
  },
  {
    id: 'body/nonsense-media-type',
    because: 'nor is a type that is none',
    run: (s) =>
      send(
        s,
        text(s, () => {}),
        { type: 'nonsense' },
      ),
    expect: () => unknownFormat,
  },
  {
    id: 'body/too-large',
    because: 'nobody fills the memory of the server',
    run: (s) => send(s, JSON.stringify(s.make(s.own, { a: 'x'.repeat(3 * 1024 * 1024 + 1) }))),
    expect: () => failure(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
  },
  {
    id: 'body/data-too-large',
    because: 'a ConfigMap holds a megabyte',
    on: clusters,
    run: (s) => s.create(s.make(s.own, { a: 'x'.repeat(1_048_577) })),
    expect: (s) => ({
      status: 422,
      body: { reason: 'Invalid', message: `ConfigMap "${s.own}" is invalid: []: Too long: may not be more than 1048576 bytes` },
    }),
  },
  {
    id: 'body/object-too-large',
    because: 'what the store cannot keep is refused',
    on: ['custom', 'control'],
    run: (s) => s.create(s.make(s.own, { a: 'x'.repeat(1_700_000) })),
    expect: () => failure(500, undefined, 'etcdserver: request is too large'),
  },
  {
    id: 'body/too-deep',
    because: 'nor its stack',
    run: (s) => send(s, text(s, () => {}).replace('{"', `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)},"`)),
    expect: (s) => unreadable(s, `${noMeta} invalid character '[' exceeded max depth ({"x":${'['.repeat(25)} ...)`),
  },
];

const accepted: readonly Case[] = [
  {
    id: 'body/yaml',
    because: 'people write YAML',
    run: (s) =>
      send(s, `# a comment\n${JSON.stringify(s.make(s.own, { a: '1' }), null, 2).replaceAll('"', "'")}\n`, { type: 'application/yaml' }),
    expect: (s) => ({ status: 201, headers: { 'content-type': 'application/json' }, body: s.fragment({ a: '1' }) }),
  },
  {
    id: 'body/yaml-block',
    because: 'and indent it, in the older YAML where on is a truth',
    run: (s) =>
      send(
        s,
        `apiVersion: ${s.apiVersion}\nkind: ${s.kind}\nmetadata:\n  name: ${s.own}\n  labels: {on: 'yes'}\n${isCustom(s) ? 'spec:\n  configurations: []\n' : ''}`,
        {
          type: 'application/yaml',
        },
      ),
    expect: () => ({ status: 201, body: { metadata: { labels: { true: 'yes' } } } }),
  },
  {
    id: 'body/yaml-nonsense',
    because: 'what is not YAML is told',
    run: (s) => send(s, 'a: [', { type: 'application/yaml' }),
    expect: (s) => unreadable(s, `yaml: line 1: did not find expected node content (${hex('a: [')})`),
  },
  {
    id: 'body/charset',
    because: 'a parameter of the media type changes nothing',
    run: (s) =>
      send(
        s,
        text(s, () => {}),
        { type: 'application/json; charset=utf-8' },
      ),
    expect: () => ({ status: 201 }),
  },
  {
    id: 'body/no-media-type',
    because: 'a body is JSON unless told',
    run: (s) =>
      send(
        s,
        text(s, () => {}),
        { type: '' },
      ),
    expect: () => ({ status: 201 }),
  },
  {
    id: 'body/null-fields',
    because: 'null is as good as absent',
    run: (s) => s.create(s.make(s.own, {}, { labels: null, annotations: { a: 'b' }, finalizers: null })),
    expect: () => ({ status: 201, body: { metadata: { labels: absent, annotations: { a: 'b' }, finalizers: absent } } }),
  },
  {
    id: 'body/null-data',
    because: 'also as a value of a map',
    on: clusters,
    run: async (s) => {
      const answer = await s.create(s.make(s.own, { a: null, b: '2' }));
      return { status: answer.status, data: s.dataOf(answer.object) };
    },
    expect: () => ({ status: 201, data: { a: '', b: '2' } }),
  },
];

const refusedField = (s: Subject, problem: string): object =>
  failure(400, 'BadRequest', `${s.kind} in version "${s.version}" cannot be handled as a ${s.kind}: strict decoding error: ${problem}`);
const unknownField = (s: Subject): string => (isCustom(s) ? 'spec.colour' : 'colour');
const withUnknown = (s: Subject): string =>
  text(s, (object) => (isCustom(s) ? Object.assign(object.spec as object, { colour: 'red' }) : Object.assign(object, { colour: 'red' })));
const doubled = (s: Subject): string => text(s, () => {}).replace('"a":"1"', '"a":"0","a":"1"');
const doubledField = ({ field }: Subject): string => `${field.slice(1)}.a`;

const validation: readonly Case[] = [
  {
    id: 'validation/unknown-field-by-default',
    because: 'a client is told of its slip and served',
    run: (s) => send(s, withUnknown(s)),
    expect: (s) => ({
      status: 201,
      headers: { warning: `299 - "unknown field \\"${unknownField(s)}\\""` },
      text: that('nothing red', (value) => !String(value).includes('red')),
    }),
  },
  {
    id: 'validation/unknown-field-warn',
    because: 'so that it can ask for it by name',
    run: (s) => send(s, withUnknown(s), { query: '?fieldValidation=Warn' }),
    expect: (s) => ({ status: 201, headers: { warning: `299 - "unknown field \\"${unknownField(s)}\\""` } }),
  },
  {
    id: 'validation/unknown-field-ignore',
    because: 'or ask for silence',
    run: (s) => send(s, withUnknown(s), { query: '?fieldValidation=Ignore' }),
    expect: () => ({ status: 201, headers: { warning: absent } }),
  },
  {
    id: 'validation/unknown-field-strict',
    because: 'or for a refusal',
    run: (s) => send(s, withUnknown(s), { query: '?fieldValidation=Strict' }),
    expect: (s) => refusedField(s, `unknown field "${unknownField(s)}"`),
  },
  {
    id: 'validation/unknown-fields-strict',
    because: 'all slips are told at once',
    run: (s) => send(s, withUnknown(s).replace('"metadata":{', '"metadata":{"nonsense":1,'), { query: '?fieldValidation=Strict' }),
    expect: (s) => refusedField(s, `unknown field "metadata.nonsense", unknown field "${unknownField(s)}"`),
  },
  {
    id: 'validation/duplicate-by-default',
    because: 'a field that stands twice is a slip as well',
    run: (s) => send(s, doubled(s)),
    expect: (s) => ({
      status: 201,
      headers: { warning: `299 - "duplicate field \\"${doubledField(s)}\\""` },
      body: s.fragment({ a: '1' }),
    }),
  },
  {
    id: 'validation/duplicate-strict',
    because: 'and refused where a client is strict',
    run: (s) => send(s, doubled(s), { query: '?fieldValidation=Strict' }),
    expect: (s) => refusedField(s, `duplicate field "${doubledField(s)}"`),
  },
  {
    id: 'validation/duplicate-ignore',
    because: 'or passed over',
    run: (s) => send(s, doubled(s), { query: '?fieldValidation=Ignore' }),
    expect: () => ({ status: 201, headers: { warning: absent } }),
  },
  {
    id: 'validation/duplicate-yaml-strict',
    because: 'in YAML too',
    run: (s) =>
      send(s, `${text(s, () => {}).slice(0, -1)}, "kind": "${s.kind}"}`, { type: 'application/yaml', query: '?fieldValidation=Strict' }),
    expect: () => ({ status: 400, body: { reason: 'BadRequest', message: /key "kind" already set in map/ } }),
  },
  {
    id: 'validation/nonsense',
    because: 'a word that is none of the three is told',
    run: (s) =>
      send(
        s,
        text(s, () => {}),
        { query: '?fieldValidation=Sometimes' },
      ),
    expect: () => ({ status: 422 }),
  },
  {
    id: 'validation/update-strict',
    because: 'an update is looked at as a creation is',
    run: async (s) => {
      const { resourceVersion } = (await given(s)).object.metadata;
      const body = JSON.parse(withUnknown(s)) as { metadata: object };
      return s.put(s.own, { ...body, metadata: { name: s.own, resourceVersion } }, '?fieldValidation=Strict');
    },
    expect: (s) => refusedField(s, `unknown field "${unknownField(s)}"`),
  },
  {
    id: 'validation/patch-strict',
    because: 'and so is a patch',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', isCustom(s) ? { spec: { colour: 'red' } } : { colour: 'red' }, '?fieldValidation=Strict');
    },
    expect: (s) => ({
      status: 422,
      body: {
        reason: 'Invalid',
        message: new RegExp(`^ "" is invalid: patch: Invalid value: "{.*}": strict decoding error: unknown field "${unknownField(s)}"$`),
        details: { causes: [{ reason: 'FieldValueInvalid', field: 'patch' }] },
      },
    }),
  },
  {
    id: 'validation/patch-by-default',
    because: 'with a warning unless told',
    run: async (s) => {
      await given(s);
      return s.patch(s.own, 'merge-patch+json', isCustom(s) ? { spec: { colour: 'red' } } : { colour: 'red' });
    },
    expect: (s) => ({ status: 200, headers: { warning: `299 - "unknown field \\"${unknownField(s)}\\""` } }),
  },
];

const dryRuns: readonly Case[] = [
  {
    id: 'dry-run/create',
    because: 'a try tells what would be, and does nothing',
    run: async (s) => {
      const tried = await s.create(s.make(s.own, { a: '1' }), '?dryRun=All');
      return { status: tried.status, body: tried.body, after: (await s.get(s.own)).status };
    },
    expect: (s) => ({
      status: 201,
      body: {
        metadata: { name: s.own, uid: that('a uid', (value) => typeof value === 'string'), resourceVersion: absent },
        ...s.fragment({ a: '1' }),
      },
      after: 404,
    }),
  },
  {
    id: 'dry-run/create-existing',
    because: 'a try meets what is there',
    run: async (s) => {
      await given(s);
      return s.create(s.make(s.own), '?dryRun=All');
    },
    expect: () => ({ status: 409, body: { reason: 'AlreadyExists' } }),
  },
  {
    id: 'dry-run/update',
    because: 'an update is tried on the object that is there',
    run: async (s) => {
      const { object } = await given(s);
      const tried = await s.put(
        s.own,
        { ...object, ...s.make(s.own, { b: '2' }, { resourceVersion: object.metadata.resourceVersion }) },
        '?dryRun=All',
      );
      const after = good(await s.get(s.own));
      return {
        status: tried.status,
        data: s.dataOf(tried.object),
        after: s.dataOf(after.object),
        isSame: after.object.metadata.resourceVersion === object.metadata.resourceVersion,
      };
    },
    expect: () => ({ status: 200, data: { b: '2' }, after: { a: '1' }, isSame: true }),
  },
  {
    id: 'dry-run/patch',
    because: 'kubectl diff shows what a patch would do',
    run: async (s) => {
      await given(s);
      const tried = await s.patch(s.own, 'merge-patch+json', s.fragment({ a: '2' }), '?dryRun=All');
      return { status: tried.status, data: s.dataOf(tried.object), after: s.dataOf((await s.get(s.own)).object) };
    },
    expect: () => ({ status: 200, data: { a: '2' }, after: { a: '1' } }),
  },
  {
    id: 'dry-run/delete',
    because: 'a tried deletion deletes nothing',
    run: async (s) => {
      await given(s);
      const tried = await s.remove(s.own, undefined, '?dryRun=All');
      return { status: tried.status, after: (await s.get(s.own)).status };
    },
    expect: () => ({ status: 200, after: 200 }),
  },
  {
    id: 'dry-run/nonsense',
    because: 'who meant a try must not get the deed',
    run: (s) => s.create(s.make(s.own), '?dryRun=Some'),
    expect: () =>
      invalidOptions('CreateOptions', {
        reason: 'FieldValueNotSupported',
        message: 'Unsupported value: ["Some"]: supported values: "All"',
        field: 'dryRun',
      }),
  },
  {
    id: 'dry-run/field-manager-too-long',
    because: 'a name of 129 characters is none',
    run: (s) => s.create(s.make(s.own), `?dryRun=All&fieldManager=${'m'.repeat(129)}`),
    expect: () =>
      invalidOptions('CreateOptions', {
        reason: 'FieldValueTooLong',
        message: 'Too long: may not be more than 128 bytes',
        field: 'fieldManager',
      }),
  },
  {
    id: 'dry-run/generated-name',
    because: 'a try makes up a name as well',
    run: async (s) => s.create({ ...s.make(''), metadata: { generateName: 'tried-' } }, '?dryRun=All'),
    expect: () => ({ status: 201, body: { metadata: { name: /^tried-.{5}$/ } } }),
  },
];

export const bodyCases: readonly Case[] = [...refused, ...accepted, ...validation, ...dryRuns];
