import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startDefinitionServer, widgets } from './testing/definition-server.ts';

const eventually = async <Value>(look: () => Promise<Value | undefined>): Promise<Value> => {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not come to pass within 10 s');
};

async function startWithWidgets(t: TestContext, change: (definition: ReturnType<typeof widgets>) => object = (definition) => definition) {
  const server = await startDefinitionServer(t);
  await server.define(change(widgets()));
  return server;
}

const widgetsPath = '/apis/example.com/v1/namespaces/default/widgets';
const widget = (name: string, spec: object = {}, rest: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
  ...rest,
});

test('a kind is served once it is defined, and no longer when its definition has gone with all its objects', async (t) => {
  const { call, definitions, kinds } = await startWithWidgets(t);

  const created = await call('POST', widgetsPath, widget('a', { size: 3, unknown: true }));
  const read = await call('GET', `${widgetsPath}/a`);
  const groups = await call('GET', '/apis');
  const schema = await call('GET', '/openapi/v3/apis/example.com/v1');

  assert.equal(created.code, 201);
  assert.deepEqual(read.body.spec, { size: 3, color: 'red' });
  assert.ok((groups.body.groups as { name: string }[]).some(({ name }) => name === 'example.com'));
  assert.ok(JSON.stringify(schema.body).includes('com.example.v1.Widget'));

  await call('DELETE', `${definitions}/widgets.example.com`);
  await eventually(async () => ((await call('GET', `${definitions}/widgets.example.com`)).code === 404 ? true : undefined));

  assert.equal((await call('GET', `${widgetsPath}/a`)).code, 404);
  assert.equal(kinds.get('Widget.example.com'), undefined);
});

test('a schema that becomes stricter leaves what is stored readable, changeable elsewhere, and deletable', async (t) => {
  const { call, definitions, redefine } = await startWithWidgets(t);
  await call('POST', widgetsPath, widget('old', { size: 3 }));

  await redefine('widgets', (spec) => {
    spec.properties = { size: { type: 'integer', minimum: 10 }, shape: { type: 'string', default: 'round' } };
  });

  const read = await call('GET', `${widgetsPath}/old`);
  const list = await call('GET', widgetsPath);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const elsewhere = await call('PATCH', `${widgetsPath}/old`, { spec: { shape: 'square' } }, merge);
  const worse = await call('PATCH', `${widgetsPath}/old`, { spec: { size: 4 } }, merge);
  const fresh = await call('POST', widgetsPath, widget('new', { size: 3 }));
  const gone = await call('DELETE', `${widgetsPath}/old`);

  assert.deepEqual(read.body.spec, { size: 3, shape: 'round' }, 'pruned, and filled with the new default');
  assert.deepEqual(list.body.items[0]?.spec, read.body.spec);
  assert.deepEqual([elsewhere.code, elsewhere.body.spec], [200, { size: 3, shape: 'square' }]);
  assert.equal(elsewhere.body.metadata.generation, 2);
  assert.equal(worse.code, 422);
  assert.equal(
    worse.body.message,
    'Widget.example.com "old" is invalid: spec.size: Invalid value: 4: spec.size in body should be greater than or equal to 10',
  );
  assert.equal(fresh.code, 422);
  assert.equal(gone.code, 200);
  assert.equal((await call('GET', `${definitions}/widgets.example.com`)).code, 200);
});

test('versions of one kind show the same objects, each under its own name and by its own schema', async (t) => {
  const { call, kinds } = await startWithWidgets(t, (definition) => {
    const [version] = definition.spec.versions as Record<string, unknown>[];
    const beta = structuredClone({ ...version, name: 'v1beta1', storage: false, deprecated: true });
    definition.spec.versions = [beta, version, { ...structuredClone(version), name: 'v2', served: false, storage: false }];
    return definition;
  });
  const beta = widgetsPath.replace('/v1/', '/v1beta1/');

  const created = await call('POST', beta, { ...widget('a', { size: 3 }), apiVersion: 'example.com/v1beta1' });
  const reads = await Promise.all([call('GET', `${widgetsPath}/a`), call('GET', `${beta}/a`), call('GET', beta)]);
  const wrong = await call('POST', beta, widget('b'));
  const hidden = await call('GET', widgetsPath.replace('/v1/', '/v2/'));
  const stored = await call('PUT', `${widgetsPath}/a`, {
    ...widget('a', { size: 4 }),
    metadata: { name: 'a', resourceVersion: created.body.metadata.resourceVersion },
  });
  const group = await call('GET', '/apis/example.com');

  assert.equal(created.code, 201);
  assert.equal(created.body.apiVersion, 'example.com/v1beta1');
  assert.match(created.headers.get('warning') ?? '', /example.com\/v1beta1 Widget is deprecated/);
  assert.deepEqual(
    reads.map(({ body }) => body.apiVersion),
    ['example.com/v1', 'example.com/v1beta1', 'example.com/v1beta1'],
  );
  assert.equal(reads[2]?.body.items[0]?.apiVersion, 'example.com/v1beta1');
  assert.equal(wrong.code, 400);
  assert.equal(hidden.code, 404);
  const managed = stored.body.metadata.managedFields as { apiVersion: string }[];
  assert.deepEqual(managed.map(({ apiVersion }) => apiVersion).sort(), ['example.com/v1', 'example.com/v1beta1']);
  assert.deepEqual(
    (group.body.versions as { version: string }[]).map(({ version }) => version),
    ['v1', 'v1beta1'],
  );
  assert.equal(kinds.get('Widget.example.com')?.version, 'v1');
});

test('of two definitions that want one name the first has it, and the second when the first has gone', async (t) => {
  const { call, definitions, establishedOf } = await startWithWidgets(t);
  const second = widgets();
  second.metadata.name = 'gadgets.example.com';
  second.spec.names = { plural: 'gadgets', kind: 'Widget' };

  const created = await call('POST', definitions, second);
  await eventually(async () => ((await establishedOf('gadgets.example.com')) === 'False' ? true : undefined));
  const { body } = await call('GET', `${definitions}/gadgets.example.com`);
  const conditions = body.status.conditions as { type: string; status: string; reason: string; message: string }[];

  assert.equal(created.code, 201);
  assert.deepEqual(
    conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
    [
      ['NamesAccepted', 'False', 'ListKindConflict', '"WidgetList" is already in use'],
      ['Established', 'False', 'NotAccepted', 'not all names are accepted'],
    ],
  );
  assert.equal((await call('GET', '/apis/example.com/v1/namespaces/default/gadgets')).code, 404);

  await call('DELETE', `${definitions}/widgets.example.com`);
  await eventually(async () => ((await establishedOf('gadgets.example.com')) === 'True' ? true : undefined));
  assert.equal((await call('GET', '/apis/example.com/v1/namespaces/default/gadgets')).code, 200);
});

test('a watch ends when the kind that it follows is defined anew or has gone', async (t) => {
  const { url, call, definitions, redefine } = await startWithWidgets(t);
  await call('POST', widgetsPath, widget('a', { size: 3 }));
  const watch = async (): Promise<string> =>
    (await fetch(`${url}${widgetsPath}?watch=true`, { signal: AbortSignal.timeout(10_000) })).text();

  const first = watch();
  await redefine('widgets', (spec) => {
    spec.properties = { size: { type: 'integer' } };
  });
  assert.match(await first, /^\{"type":"ADDED"/);

  const second = watch();
  await call('DELETE', `${definitions}/widgets.example.com`);
  await second;
});

test('a definition on its way out takes nothing new, and waits for what holds its objects', async (t) => {
  const { call, definitions, kinds } = await startWithWidgets(t);
  await call('POST', widgetsPath, { ...widget('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
  await call('DELETE', `${definitions}/widgets.example.com`);
  const conditionsOf = async (): Promise<{ type: string; reason: string }[]> =>
    (await call('GET', `${definitions}/widgets.example.com`)).body.status.conditions as { type: string; reason: string }[];
  await eventually(async () => (await conditionsOf()).find(({ reason }) => reason === 'InstanceDeletionInProgress'));

  const late = await call('POST', widgetsPath, widget('late'));
  assert.deepEqual(
    [late.code, late.body.message],
    [403, 'widgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating'],
  );

  await call('PATCH', `${widgetsPath}/held`, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
  await eventually(async () => (kinds.get('Widget.example.com') === undefined ? true : undefined));
});
