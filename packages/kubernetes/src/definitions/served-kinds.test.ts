import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDefinitionServer, widgets } from './testing/definition-server.ts';

const widgetsPath = '/apis/example.com/v1/namespaces/default/widgets';
const widget = (name: string, spec: object = {}, rest: object = {}) => ({ metadata: { name }, spec, ...rest });
const merge = { 'content-type': 'application/merge-patch+json' };

const withVersion = (change: object) => {
  const definition = widgets();
  const [version] = definition.spec.versions as object[];
  return { ...definition, spec: { ...definition.spec, versions: [{ ...version, ...change }] } };
};
const schemaOf = (spec: object, rest: object = {}) => ({
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec }, ...rest } } },
});

test('status has its own address: the object leaves it alone, and it leaves generation alone', async (t) => {
  const { call, define } = await startDefinitionServer(t);
  await define(widgets());
  await call('POST', widgetsPath, widget('a', { size: 1 }, { status: { phase: 'Sent' } }));

  const created = await call('GET', `${widgetsPath}/a`);
  const status = await call('PATCH', `${widgetsPath}/a/status`, { status: { phase: 'Ready' }, spec: { size: 9 } }, merge);
  const object = await call('PATCH', `${widgetsPath}/a`, { status: { phase: 'Wrong' }, spec: { size: 2 } }, merge);

  assert.equal(created.body.status, undefined);
  assert.deepEqual([status.body.status, status.body.spec.size, status.body.metadata.generation], [{ phase: 'Ready' }, 1, 1]);
  assert.deepEqual([object.body.status, object.body.spec.size, object.body.metadata.generation], [{ phase: 'Ready' }, 2, 2]);
});

test('without a status subresource status is a field like any other', async (t) => {
  const { call, define } = await startDefinitionServer(t);
  await define(withVersion({ subresources: {} }));
  await call('POST', widgetsPath, widget('a', {}, { status: { phase: 'Sent' } }));

  const changed = await call('PATCH', `${widgetsPath}/a`, { status: { phase: 'Ready' } }, merge);
  const absent = await call('PATCH', `${widgetsPath}/a/status`, { status: { phase: 'Ready' } }, merge);

  assert.deepEqual([changed.body.status, changed.body.metadata.generation], [{ phase: 'Ready' }, 2]);
  assert.equal(absent.code, 404);
});

test('a kind is scaled without its clients knowing where its numbers are', async (t) => {
  const { call, define } = await startDefinitionServer(t);
  const count = { type: 'integer' };
  await define(
    withVersion({
      ...schemaOf(
        { properties: { count, nested: { type: 'object', properties: { deep: count } } } },
        {
          status: { type: 'object', properties: { count, selector: { type: 'string' } } },
        },
      ),
      subresources: {
        status: {},
        scale: { specReplicasPath: '.spec.nested.deep', statusReplicasPath: '.status.count', labelSelectorPath: '.status.selector' },
      },
    }),
  );
  await call('POST', widgetsPath, widget('a', { nested: { deep: 2 } }));
  await call('PATCH', `${widgetsPath}/a/status`, { status: { count: 1, selector: 'app=a' } }, merge);
  await call('POST', widgetsPath, widget('none'));

  const read = await call('GET', `${widgetsPath}/a/scale`);
  const put = await call('PUT', `${widgetsPath}/a/scale`, { ...read.body, spec: { replicas: 5 } });
  const stale = await call('PUT', `${widgetsPath}/a/scale`, { ...read.body, spec: { replicas: 6 } });
  const patched = await call('PATCH', `${widgetsPath}/a/scale`, [{ op: 'replace', path: '/spec/replicas', value: 7 }], {
    'content-type': 'application/json-patch+json',
  });
  const negative = await call('PATCH', `${widgetsPath}/a/scale`, { spec: { replicas: -1 } }, merge);
  const first = await call('PATCH', `${widgetsPath}/none/scale`, { spec: { replicas: 3 } }, merge);
  const object = await call('GET', `${widgetsPath}/a`);
  const discovery = await call('GET', '/apis/example.com/v1');

  assert.deepEqual([read.body.kind, read.body.apiVersion], ['Scale', 'autoscaling/v1']);
  assert.deepEqual([read.body.spec, read.body.status], [{ replicas: 2 }, { replicas: 1, selector: 'app=a' }]);
  assert.deepEqual([put.code, stale.code, patched.code, negative.code, first.code], [200, 409, 200, 422, 200]);
  assert.equal(
    negative.body.message,
    'Widget.example.com "a" is invalid: .spec.nested.deep: Invalid value: -1: should be a non-negative integer',
  );
  assert.deepEqual(object.body.spec, { nested: { deep: 7 } });
  assert.ok(JSON.stringify(discovery.body).includes('"name":"widgets/scale"'));
});

test('tables have the columns of the definition and no others', async (t) => {
  const { call, define } = await startDefinitionServer(t);
  await define(
    withVersion({
      additionalPrinterColumns: [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How large.' },
        { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
        { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      ],
    }),
  );
  await call('POST', widgetsPath, widget('a', { size: 3 }));

  const { body } = await call('GET', widgetsPath, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  const { columnDefinitions, rows } = body as unknown as {
    columnDefinitions: { name: string; type: string; priority: number }[];
    rows: { cells: unknown[] }[];
  };

  assert.deepEqual(
    columnDefinitions.map(({ name, type, priority }) => [name, type, priority]),
    [
      ['Name', 'string', 0],
      ['Size', 'integer', 0],
      ['Color', 'string', 1],
      ['Since', 'date', 0],
      ['Phase', 'string', 0],
    ],
  );
  assert.deepEqual(rows[0]?.cells.toSpliced(3, 1), ['a', 3, 'red', null]);
  assert.match(String(rows[0]?.cells[3]), /^\d+s$/);
});

test('objects are found by the fields that their definition names', async (t) => {
  const { call, define } = await startDefinitionServer(t);
  await define(withVersion({ selectableFields: [{ jsonPath: '.spec.color' }] }));
  for (const [name, color] of [
    ['a', 'red'],
    ['b', 'blue'],
  ] as const)
    await call('POST', widgetsPath, { ...widget(name, { color }), metadata: { name, labels: { shade: color } } });

  const byField = await call('GET', `${widgetsPath}?fieldSelector=spec.color%3Dblue`);
  const byLabel = await call('GET', `${widgetsPath}?labelSelector=shade%3Dred`);
  const unknown = await call('GET', `${widgetsPath}?fieldSelector=spec.size%3D1`);

  assert.deepEqual(
    byField.body.items.map(({ metadata }) => metadata.name),
    ['b'],
  );
  assert.deepEqual(
    byLabel.body.items.map(({ metadata }) => metadata.name),
    ['a'],
  );
  assert.equal(unknown.code, 400);
});

test('objects are pruned, filled and merged as their schema says', async (t) => {
  const { call, define } = await startDefinitionServer(t);
  const text = { type: 'string' };
  await define(
    withVersion(
      schemaOf({
        properties: {
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          port: { 'x-kubernetes-int-or-string': true },
          template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
          note: { ...text, nullable: true },
          plain: text,
          filled: { ...text, default: 'here' },
          parts: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', required: ['name'], properties: { name: text, value: text } },
          },
        },
      }),
    ),
  );
  const spec = {
    free: { any: { thing: 1 } },
    port: '80%',
    template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { a: 1 } },
    note: null,
    plain: null,
    filled: null,
    unknown: 1,
  };

  const created = await call('POST', `${widgetsPath}`, widget('a', spec));
  const strict = await call('POST', `${widgetsPath}?fieldValidation=Strict`, widget('b', spec));
  const wrong = await call('POST', widgetsPath, widget('c', { port: 1.5, template: { spec: {} }, parts: [{ name: 'a' }, { name: 'a' }] }));
  const apply = (manager: string, parts: object[]) =>
    call(
      'PATCH',
      `${widgetsPath}/m?fieldManager=${manager}`,
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'm' }, spec: { parts } },
      {
        'content-type': 'application/apply-patch+yaml',
      },
    );
  await apply('one', [{ name: 'a', value: '1' }]);
  const merged = await apply('two', [{ name: 'b', value: '2' }]);
  const conflict = await apply('two', [{ name: 'a', value: '2' }]);

  assert.deepEqual(created.body.spec, {
    free: spec.free,
    port: '80%',
    template: spec.template,
    note: null,
    filled: 'here',
  });
  assert.match(strict.body.message, /strict decoding error: unknown field "spec.unknown"/);
  assert.deepEqual(wrong.body.details.causes.map(({ field }) => field).sort(), [
    'spec.parts[1]',
    'spec.port',
    'spec.template.apiVersion',
    'spec.template.kind',
  ]);
  assert.deepEqual(merged.body.spec.parts, [
    { name: 'a', value: '1' },
    { name: 'b', value: '2' },
  ]);
  assert.equal(conflict.code, 409);
});

test('objects that were there before are found by a field that their definition names later', async (t) => {
  const { call, define, definitions, kinds } = await startDefinitionServer(t);
  await define(widgets());
  await call('POST', widgetsPath, widget('a', { size: 3 }));
  const path = `${definitions}/widgets.example.com`;
  const changed = new Promise<void>((resolve) => void kinds.onChange(resolve));

  await call('PATCH', path, [{ op: 'add', path: '/spec/versions/0/selectableFields', value: [{ jsonPath: '.spec.size' }] }], {
    'content-type': 'application/json-patch+json',
  });
  await changed;

  const found = async (): Promise<string[]> =>
    (await call('GET', `${widgetsPath}?fieldSelector=spec.size%3D3`)).body.items.map(({ metadata }) => metadata.name);
  for (const end = Date.now() + 5_000; (await found()).length === 0 && Date.now() < end; );
  assert.deepEqual(await found(), ['a']);
});
