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
