import { type Case, failure, given, good, isCustom } from '../case.ts';
import { absent, exactly, holding, present, that } from '../match.ts';
import type { Subject } from '../subject.ts';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const partials = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const notAcceptable = (accepted: RegExp) => ({
  status: 406,
  body: { kind: 'Status', reason: 'NotAcceptable', message: accepted, code: 406 },
});
const onlyThese = /^only the following media types are accepted: application\/json/;

const read = async (s: Subject, accept: string, query = '') => {
  await given(s);
  return s.ask({ path: `${s.path(s.own)}${query}`, accept });
};
const column = (name: string, type: string) => ({
  name,
  type,
  format: that('a format', (value) => typeof value === 'string'),
  description: that('a text', (value) => typeof value === 'string'),
  priority: 0,
});

export const representationCases: readonly Case[] = [
  {
    id: 'table/columns',
    because: 'kubectl get prints what the server says',
    run: (s) => read(s, table),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion: /^\d+$/ },
        columnDefinitions: isCustom(s)
          ? [column('Name', 'string'), column('Age', 'date')]
          : [column('Name', 'string'), column('Data', 'string'), column('Age', 'string')],
        rows: [{ cells: isCustom(s) ? [s.own, present] : [s.own, 1, /^\d+s$/] }],
      },
    }),
  },
  {
    id: 'table/name-format',
    because: 'the first column is a name to clients',
    run: async (s) => (good(await read(s, table)).body as { columnDefinitions: unknown[] }).columnDefinitions[0],
    expect: () => ({ name: 'Name', type: 'string', format: 'name' }),
  },
  {
    id: 'table/row-metadata',
    because: 'a row carries the metadata of its object',
    run: async (s) => (good(await read(s, table)).body as { rows: { object: unknown }[] }).rows[0]?.object,
    expect: (s) =>
      exactly({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: that('whole', (value) => (value as { name: string }).name === s.own),
      }),
  },
  {
    id: 'table/row-none',
    because: 'or nothing',
    run: async (s) => (good(await read(s, table, '?includeObject=None')).body as { rows: unknown[] }).rows[0],
    expect: () => ({ object: that('null or nothing', (value) => value === null || value === undefined), cells: present }),
  },
  {
    id: 'table/row-object',
    because: 'or the whole',
    run: async (s) => (good(await read(s, table, '?includeObject=Object')).body as { rows: { object: unknown }[] }).rows[0]?.object,
    expect: (s) => ({ kind: s.kind, apiVersion: s.apiVersion, metadata: { name: s.own }, ...s.fragment({ a: '1' }) }),
  },
  {
    id: 'table/include-nonsense',
    because: 'three words are known',
    run: (s) => read(s, table, '?includeObject=Some'),
    expect: () =>
      failure(
        400,
        'BadRequest',
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Some\": must be 'Metadata', 'Object', 'None', or empty",
      ),
  },
  {
    id: 'table/list',
    because: 'a list has a row for each, and its pages',
    run: async (subject) => {
      const s = await subject.alone();
      for (const name of ['a', 'b', 'c']) good(await s.create(s.make(name)));
      return s.ask({ path: `${s.collection}?limit=2`, accept: table });
    },
    expect: () => ({
      status: 200,
      body: {
        kind: 'Table',
        metadata: { continue: present, remainingItemCount: 1, resourceVersion: present },
        rows: [{ cells: holding('a') }, { cells: holding('b') }],
      },
    }),
  },
  {
    id: 'table/empty-list',
    because: 'no rows are an empty list, not none',
    run: async (s) => s.ask({ path: `${s.collection}?labelSelector=own%3Dnobody`, accept: table }),
    expect: () => ({ status: 200, body: { kind: 'Table', columnDefinitions: present, rows: [] } }),
  },
  {
    id: 'table/or-json',
    because: 'kubectl names what it can read beside',
    run: (s) => read(s, `${table},application/json`),
    expect: () => ({ body: { kind: 'Table' } }),
  },
  {
    id: 'table/json-before',
    because: 'the first that the server has wins',
    run: (s) => read(s, `application/json,${table}`),
    expect: (s) => ({ body: { kind: s.kind } }),
  },
  {
    id: 'table/other-version',
    because: 'an unknown form is passed over where there is another',
    run: (s) => read(s, 'application/json;as=Table;v=v9;g=meta.k8s.io,application/json'),
    expect: (s) => ({ status: 200, body: { kind: s.kind } }),
  },
  {
    id: 'table/failure',
    because: 'a refusal is a Status in every form',
    run: (s) => s.ask({ path: s.path('nobody'), accept: table }),
    expect: () => ({ status: 404, body: { kind: 'Status', reason: 'NotFound' } }),
  },
  {
    id: 'table/create',
    because: 'the answer to a write has forms too',
    run: (s) => s.ask({ method: 'POST', path: s.collection, body: s.make(s.own), accept: table }),
    expect: () => ({ status: 201, body: { kind: 'Table', rows: [present] } }),
  },
  {
    id: 'metadata-only/object',
    because: 'controllers that need the metadata alone save memory',
    run: (s) => read(s, partial),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: exactly({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: that('its own', (value) => (value as { name: string }).name === s.own),
      }),
    }),
  },
  {
    id: 'metadata-only/list',
    because: 'and lists of it',
    run: async (s) => {
      await given(s);
      return s.ask({ path: `${s.collection}?fieldSelector=metadata.name%3D${s.own}`, accept: partials });
    },
    expect: (s) => ({
      status: 200,
      body: {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion: present },
        items: [
          exactly({
            kind: 'PartialObjectMetadata',
            apiVersion: 'meta.k8s.io/v1',
            metadata: that('its own', (value) => (value as { name: string }).name === s.own),
          }),
        ],
      },
    }),
  },
  {
    id: 'metadata-only/list-as-object',
    because: 'the form of one is none of many',
    run: (s) => s.ask({ path: s.collection, accept: partial }),
    expect: () => notAcceptable(/^you requested PartialObjectMetadata, but the requested object is a list /),
  },
  {
    id: 'metadata-only/delete',
    because: 'a Status stays a Status',
    run: async (s) => {
      await given(s);
      return s.ask({ method: 'DELETE', path: s.path(s.own), accept: `${partial},application/json` });
    },
    expect: () => ({ status: 200 }),
  },
  {
    id: 'accept/nothing',
    because: 'who names no form gets JSON',
    run: (s) => read(s, '*/*'),
    expect: () => ({ status: 200, headers: { 'content-type': 'application/json' } }),
  },
  {
    id: 'accept/application',
    because: 'a half wildcard is understood for custom resources alone',
    run: (s) => read(s, 'application/*'),
    expect: (s) => (isCustom(s) ? { status: 200, headers: { 'content-type': 'application/json' } } : { status: 406 }),
  },
  {
    id: 'accept/quality',
    because: 'a client may weigh its wishes',
    run: (s) => read(s, 'text/html;q=0.9,application/json;q=0.1'),
    expect: () => ({ status: 200, headers: { 'content-type': 'application/json' } }),
  },
  {
    id: 'accept/html',
    because: 'what nobody writes is not sent',
    run: (s) => read(s, 'text/html'),
    expect: (s) =>
      isCustom(s)
        ? notAcceptable(onlyThese)
        : {
            status: 406,
            body: {
              reason: 'NotAcceptable',
              message:
                '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
            },
          },
  },
  {
    id: 'accept/nonsense-form',
    because: 'nor a form that is none',
    run: (s) => read(s, 'application/json;as=Poem;v=v1;g=meta.k8s.io'),
    expect: () => notAcceptable(onlyThese),
  },
  {
    id: 'accept/yaml',
    because: 'people read YAML',
    run: (s) => read(s, 'application/yaml'),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/yaml' },
      text: that('YAML', (value) => String(value).includes(`\nkind: ${s.kind}\n`)),
    }),
  },
  {
    id: 'accept/yaml-failure',
    because: 'also of refusals',
    run: (s) => s.ask({ path: s.path('nobody'), accept: 'application/yaml' }),
    expect: () => ({ status: 404, headers: { 'content-type': 'application/yaml' }, text: /^apiVersion: v1\ncode: 404\n/ }),
  },
  {
    id: 'gzip/large',
    because: 'a large list is sent small',
    run: async (subject) => {
      const s = await subject.alone();
      for (let index = 0; index < 4; index += 1) good(await s.create(s.make(`a${index}`, { text: 'x'.repeat(50_000) })));
      const answer = await s.ask({ path: s.collection, headers: { 'accept-encoding': 'gzip' } });
      return { headers: answer.headers, count: answer.object.items?.length };
    },
    expect: () => ({ headers: { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, count: 4 }),
  },
  {
    id: 'gzip/small',
    because: 'a small one is not worth it',
    run: async (s) => {
      await given(s);
      return s.ask({ path: s.path(s.own), headers: { 'accept-encoding': 'gzip' } });
    },
    expect: () => ({ status: 200, headers: { 'content-encoding': absent } }),
  },
  {
    id: 'gzip/not-asked-for',
    because: 'who cannot read it does not get it',
    run: async (subject) => {
      const s = await subject.alone();
      for (let index = 0; index < 4; index += 1) good(await s.create(s.make(`a${index}`, { text: 'x'.repeat(50_000) })));
      return s.list();
    },
    expect: () => ({ status: 200, headers: { 'content-encoding': absent } }),
  },
];
