import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Component, Project } from '@fairway/contracts';
import { Problem } from '@fairway/resources/model';
import { basePath, startTestServer, type TestServerOptions } from './testing/test-server.ts';

interface Answer {
  code: number;
  body: Record<string, unknown> & {
    items: { metadata: { name: string } }[];
    reason?: string;
    message?: string;
    details?: { causes?: { field: string }[]; kind?: string; uid?: string };
    metadata: Record<string, unknown>;
  };
  headers: Headers;
}

async function start(t: TestContext, options: TestServerOptions = {}) {
  const server = await startTestServer(t, options);
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(server.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { code: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : { text } };
  };
  return { ...server, call };
}

const components = '/apis/openchoreo.dev/v1alpha1/namespaces/default/components';
const component = (name: string, type = 'Service', metadata: object = {}) => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Component',
  metadata: { name, ...metadata },
  spec: { owner: { projectName: 'shop' }, type },
});

test('an object is created, read, replaced, patched and deleted', async (t) => {
  const { call, faults } = await start(t);

  const created = await call('POST', components, component('web'));
  const read = await call('GET', `${components}/web`);
  const replaced = await call('PUT', `${components}/web`, { ...component('web', 'WebApplication'), metadata: read.body.metadata });
  const merged = await call(
    'PATCH',
    `${components}/web`,
    { spec: { type: 'ScheduledTask' } },
    { 'content-type': 'application/merge-patch+json' },
  );
  const operations = [{ op: 'replace', path: '/spec/type', value: 'Service' }];
  const operated = await call('PATCH', `${components}/web`, operations, { 'content-type': 'application/json-patch+json' });
  const deleted = await call('DELETE', `${components}/web`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' });
  const again = await call('DELETE', `${components}/web`);

  assert.deepEqual(
    [created, read, replaced, merged, operated, deleted, again].map(({ code }) => code),
    [201, 200, 200, 200, 200, 200, 404],
  );
  assert.deepEqual(
    [replaced, merged, operated].map(({ body }) => (body.spec as { type: string }).type),
    ['WebApplication', 'ScheduledTask', 'Service'],
  );
  assert.deepEqual(
    { status: deleted.body.status, ...deleted.body.details },
    { status: 'Success', name: 'web', group: 'openchoreo.dev', kind: 'components', uid: created.body.metadata.uid },
  );
  assert.deepEqual(faults, []);
});

test('what goes wrong is said in the words and codes of Kubernetes', async (t) => {
  const { call, faults } = await start(t);
  await call('POST', components, component('web'));
  const merge = { 'content-type': 'application/merge-patch+json' };
  const cases: {
    method: string;
    path: string;
    body?: unknown;
    headers?: Record<string, string>;
    code: number;
    reason: string;
    message?: RegExp;
  }[] = [
    { method: 'GET', path: `${components}/no`, code: 404, reason: 'NotFound', message: /^components.openchoreo.dev "no" not found$/ },
    {
      method: 'POST',
      path: components,
      body: component('web'),
      code: 409,
      reason: 'AlreadyExists',
      message: /^components.openchoreo.dev "web" already exists/,
    },
    {
      method: 'PUT',
      path: `${components}/web`,
      body: component('web', 'Service', { resourceVersion: '999999' }),
      code: 409,
      reason: 'Conflict',
      message: /^Operation cannot be fulfilled on components.openchoreo.dev "web": the object has been modified/,
    },
    {
      method: 'PATCH',
      path: `${components}/web`,
      body: { metadata: { resourceVersion: '999999' } },
      headers: merge,
      code: 409,
      reason: 'Conflict',
    },
    {
      method: 'POST',
      path: components,
      body: { ...component('x'), spec: { owner: 5, type: 7 } },
      code: 422,
      reason: 'Invalid',
      message: /^Component.openchoreo.dev "x" is invalid: \[spec.owner: .*, spec.type: /,
    },
    { method: 'POST', path: components, body: component(''), code: 422, reason: 'Invalid', message: /name or generateName is required/ },
    { method: 'POST', path: components, body: '{"apiVersion":', code: 400, reason: 'BadRequest', message: /not JSON/ },
    { method: 'POST', path: components, body: '[]', code: 400, reason: 'BadRequest' },
    {
      method: 'POST',
      path: components,
      body: `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      code: 400,
      reason: 'BadRequest',
      message: /nested deeper/,
    },
    {
      method: 'POST',
      path: components,
      body: { ...component('x'), kind: 'Project' },
      code: 400,
      reason: 'BadRequest',
      message: /does not match the expected kind/,
    },
    {
      method: 'POST',
      path: components,
      body: { ...component('x'), apiVersion: 'v1' },
      code: 400,
      reason: 'BadRequest',
      message: /does not match the expected API version/,
    },
    {
      method: 'POST',
      path: components,
      body: component('x', 'Service', { namespace: 'other' }),
      code: 400,
      reason: 'BadRequest',
      message: /namespace of the provided object/,
    },
    {
      method: 'PUT',
      path: `${components}/web`,
      body: component('x'),
      code: 400,
      reason: 'BadRequest',
      message: /does not match the name on the URL/,
    },
    {
      method: 'POST',
      path: '/apis/openchoreo.dev/v1alpha1/components',
      body: component('x'),
      code: 400,
      reason: 'BadRequest',
      message: /namespace/,
    },
    { method: 'GET', path: `${components}?labelSelector=a%3D%3D%3Db`, code: 400, reason: 'BadRequest' },
    { method: 'GET', path: `${components}?limit=x`, code: 400, reason: 'BadRequest' },
    { method: 'GET', path: `${components}?resourceVersion=999999`, code: 504, reason: 'Timeout', message: /Too large resource version/ },
    { method: 'GET', path: components, headers: { accept: 'application/vnd.kubernetes.protobuf' }, code: 406, reason: 'NotAcceptable' },
    { method: 'PATCH', path: `${components}/web`, body: {}, code: 415, reason: 'UnsupportedMediaType' },
    { method: 'POST', path: `${components}/web`, body: {}, code: 405, reason: 'MethodNotAllowed' },
    { method: 'PUT', path: components, body: {}, code: 405, reason: 'MethodNotAllowed' },
    { method: 'POST', path: components, body: `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`, code: 413, reason: 'RequestEntityTooLarge' },
    { method: 'DELETE', path: `${components}/web`, body: { propagationPolicy: 'Maybe' }, code: 400, reason: 'BadRequest' },
    { method: 'DELETE', path: `${components}/web`, body: { preconditions: { uid: 'another' } }, code: 409, reason: 'Conflict' },
    {
      method: 'PATCH',
      path: `${components}/web`,
      body: component('web'),
      headers: { 'content-type': 'application/apply-patch+yaml' },
      code: 422,
      reason: 'Invalid',
      message: /fieldManager: Required value/,
    },
    { method: 'GET', path: '/%zz', code: 400, reason: 'BadRequest' },
  ];
  for (const { method, path, body, headers, code, reason, message } of cases) {
    const answer = await call(method, path, body, headers);
    const because = `${method} ${path} ${JSON.stringify(answer.body).slice(0, 300)}`;
    assert.equal(answer.code, code, because);
    assert.equal(answer.body.reason, reason, because);
    assert.equal(answer.body.kind, 'Status', because);
    if (message !== undefined) assert.match(answer.body.message ?? '', message, because);
  }
  assert.deepEqual(faults, []);
});

test('where nothing is served there is no page', async (t) => {
  const { call } = await start(t);
  for (const path of ['/apis/nowhere.dev/v1', '/apis/openchoreo.dev/v1alpha1/namespaces/default/nothings'])
    assert.equal((await call('GET', path)).code, 404, path);
});

test('unknown fields are refused, warned about or passed over, and never stored', async (t) => {
  const { call } = await start(t);
  const sent = (name: string) => ({ ...component(name), spec: { ...component(name).spec, bogus: 1 } });

  const strict = await call('POST', `${components}?fieldValidation=Strict`, sent('a'));
  const warned = await call('POST', `${components}?fieldValidation=Warn`, sent('b'));
  const ignored = await call('POST', `${components}?fieldValidation=Ignore`, sent('c'));
  const patch = { 'content-type': 'application/merge-patch+json' };
  const patched = await call('PATCH', `${components}/b?fieldValidation=Strict`, { spec: { nope: 1 } }, patch);

  assert.deepEqual(
    [strict, warned, ignored, patched].map(({ code }) => code),
    [400, 201, 201, 400],
  );
  assert.match(strict.body.message ?? '', /strict decoding error: unknown field "spec.bogus"/);
  assert.match(warned.headers.get('warning') ?? '', /^299 - "unknown field \\"spec.bogus\\""$/);
  assert.equal(ignored.headers.get('warning'), null);
  assert.equal('bogus' in (warned.body.spec as object), false);
});

test('a dry run answers what would be and changes nothing', async (t) => {
  const { call } = await start(t);

  const created = await call('POST', `${components}?dryRun=All`, component('web'));
  const absent = await call('GET', `${components}/web`);

  assert.deepEqual([created.code, absent.code], [201, 404]);
});

test('generateName is completed by the server', async (t) => {
  const { call } = await start(t);

  const created = await call('POST', components, component('', 'Service', { generateName: 'web-' }));
  const long = await call('POST', components, component('', 'Service', { generateName: `${'w'.repeat(80)}-` }));

  assert.match(String(created.body.metadata.name), /^web-[a-z0-9]{5}$/);
  assert.match(String(long.body.metadata.name), /^w{58}[a-z0-9]{5}$/, 'it is cut where the name of a label would be too long');
});

test('a list is filtered and comes in pages, across namespaces too', async (t) => {
  const { call } = await start(t);
  for (const name of ['a', 'b', 'c'])
    await call('POST', components, component(name, name === 'b' ? 'WebApplication' : 'Service', { labels: { name } }));
  await call('POST', components.replace('default', 'other'), component('d'));
  const names = ({ body }: Answer) => body.items.map(({ metadata }) => metadata.name);

  const first = await call('GET', `${components}?limit=2`);
  const second = await call('GET', `${components}?limit=2&continue=${encodeURIComponent(String(first.body.metadata.continue))}`);

  assert.deepEqual([names(first), names(second)], [['a', 'b'], ['c']]);
  assert.equal(first.body.kind, 'ComponentList');
  assert.equal(first.body.metadata.remainingItemCount, 1);
  assert.deepEqual(names(await call('GET', '/apis/openchoreo.dev/v1alpha1/components')), ['a', 'b', 'c', 'd']);
  assert.deepEqual(names(await call('GET', `${components}?labelSelector=name%20in%20(a,c)`)), ['a', 'c']);
  assert.deepEqual(names(await call('GET', `${components}?fieldSelector=spec.type%3DWebApplication`)), ['b']);
});

test('deletecollection deletes what the selector names and nothing else', async (t) => {
  const { call } = await start(t);
  for (const name of ['a', 'b', 'c'])
    await call('POST', components, component(name, 'Service', { labels: { keep: String(name === 'b') } }));

  const deleted = await call('DELETE', `${components}?labelSelector=keep%3Dfalse`);
  const left = await call('GET', components);

  assert.equal(deleted.body.items.length, 2);
  assert.deepEqual(
    left.body.items.map(({ metadata }) => metadata.name),
    ['b'],
  );
});

test('status is written by its own path, and the object leaves it alone', async (t) => {
  const { call } = await start(t);
  await call('POST', components, component('web'));

  const patched = await call(
    'PATCH',
    `${components}/web/status`,
    { status: { latestBuild: 'b1' }, spec: { type: 'X' } },
    { 'content-type': 'application/merge-patch+json' },
  );
  const replaced = await call('PUT', `${components}/web`, { ...component('web'), status: { latestBuild: 'b2' } });

  assert.deepEqual([patched.body.status, (patched.body.spec as { type: string }).type], [{ latestBuild: 'b1' }, 'Service']);
  assert.deepEqual(replaced.body.status, { latestBuild: 'b1' });
  assert.equal((await call('GET', `${components}/web/scale`)).code, 404);
});

test('server-side apply takes YAML, creates, and names the fields of others as conflicts', async (t) => {
  const { call } = await start(t);
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const yaml = (type: string) =>
    `apiVersion: openchoreo.dev/v1alpha1\nkind: Component\nmetadata: {name: web}\nspec: {owner: {projectName: shop}, type: ${type}}\n`;

  const created = await call('PATCH', `${components}/web?fieldManager=one`, yaml('Service'), apply);
  const refused = await call('PATCH', `${components}/web?fieldManager=two`, yaml('WebApplication'), apply);
  const forced = await call('PATCH', `${components}/web?fieldManager=two&force=true`, yaml('WebApplication'), apply);

  assert.deepEqual([created.code, refused.code, forced.code], [201, 409, 200]);
  assert.match(refused.body.message ?? '', /^Apply failed with 1 conflict: conflict with "one"/);
  assert.deepEqual(
    refused.body.details?.causes?.map(({ field }) => field),
    ['.spec.type'],
  );
});

test('tables and bare metadata are given to those who ask for them', async (t) => {
  const { call } = await start(t);
  await call('POST', components, component('web'));

  const table = await call('GET', components, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' });
  const bare = await call('GET', `${components}/web`, undefined, {
    accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  });

  const [row] = table.body.rows as { cells: unknown[]; object: { kind: string } }[];
  assert.deepEqual(
    (table.body.columnDefinitions as { name: string }[]).map(({ name }) => name),
    ['Name', 'Project', 'Type', 'Build', 'Age'],
  );
  assert.deepEqual(row?.cells.slice(0, 4), ['web', 'shop', 'Service', '']);
  assert.equal(row?.object.kind, 'PartialObjectMetadata');
  assert.deepEqual(Object.keys(bare.body).sort(), ['apiVersion', 'kind', 'metadata']);
});

test('the authorizer is asked about every request and its refusal is Forbidden', async (t) => {
  const asked: string[] = [];
  const { call } = await start(t, {
    authorize: ({ caller, verb, plural, subresource, namespace, name }) => {
      asked.push([caller.principal, verb, plural, subresource, namespace, name].join(' '));
      if (verb !== 'get')
        throw new Problem({
          reason: 'forbidden',
          message: 'ada may only look',
          kind: 'Component',
          group: 'openchoreo.dev',
          name: name ?? '',
        });
    },
  });

  await call('GET', `${components}/web/status`);
  const refused = await call('DELETE', `${components}/web`);
  await call('GET', components);

  assert.deepEqual(asked, [
    'user:ada get components status default web',
    'user:ada delete components  default web',
    'user:ada list components  default ',
  ]);
  assert.equal(refused.code, 403);
  assert.match(refused.body.message ?? '', /^components.openchoreo.dev "web" is forbidden: ada may only look$/);
});

test('a fault of ours is told with the request id alone', async (t) => {
  const { call, faults } = await start(t, {
    authorize: () => {
      throw new TypeError('secret detail');
    },
  });

  const answer = await call('GET', components);

  assert.equal(answer.code, 500);
  assert.match(answer.body.message ?? '', /request-1/);
  assert.doesNotMatch(answer.body.message ?? '', /secret/);
  assert.match(faults[0] ?? '', /secret detail/);
});

test('a computed kind is read and watched like a stored one, and cannot be written', async (t) => {
  const view = {
    ...Project,
    group: '',
    version: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    singular: 'namespace',
    namespaced: false,
    hasStatus: true,
  };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  const { call } = await start(t, {
    virtualKinds: [
      {
        kind: view,
        get: async ({ name }) => (name === 'default' ? object : undefined),
        list: async () => ({ items: [object], resourceVersion: '1' }),
        watch: async function* () {
          yield { type: 'ADDED', text: JSON.stringify(object), resourceVersion: '1', key: { name: 'default' } };
        },
      },
    ],
  });

  assert.equal((await call('GET', '/api/v1/namespaces/default')).body.kind, 'Namespace');
  assert.equal((await call('GET', '/api/v1/namespaces/no')).code, 404);
  assert.equal((await call('GET', '/api/v1/namespaces')).body.items.length, 1);
  assert.equal((await call('POST', '/api/v1/namespaces', object)).code, 405);
  assert.equal((await call('DELETE', '/api/v1/namespaces/default')).code, 405);
  const { resources } = (await call('GET', '/api/v1')).body as unknown as { resources: { name: string; verbs: string[] }[] };
  assert.deepEqual(resources, [
    {
      name: 'namespaces',
      singularName: 'namespace',
      namespaced: false,
      kind: 'Namespace',
      verbs: ['get', 'list', 'watch'],
      shortNames: ['proj', 'projs'],
    },
  ]);
});

test('discovery, health, version and OpenAPI answer below the base path', async (t) => {
  const { call } = await start(t, { kinds: [Component, Project] });
  const aggregated = await call('GET', '/apis', undefined, {
    accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  });
  const index = await call('GET', '/openapi/v3');
  const paths = index.body.paths as Record<string, { serverRelativeURL: string }>;
  const { serverRelativeURL = '' } = paths['apis/openchoreo.dev/v1alpha1'] ?? {};
  const document = await call('GET', serverRelativeURL.replace(basePath, ''));

  assert.ok(serverRelativeURL.startsWith(`${basePath}/openapi/v3/`));

  assert.equal((aggregated.headers.get('content-type') ?? '').endsWith('as=APIGroupDiscoveryList'), true);
  assert.equal((await call('GET', '/apis')).body.kind, 'APIGroupList');
  assert.equal((await call('GET', '/apis/openchoreo.dev')).body.kind, 'APIGroup');
  assert.equal((await call('GET', '/apis/openchoreo.dev/v1alpha1')).body.kind, 'APIResourceList');
  for (const path of ['/healthz', '/livez', '/readyz']) assert.equal((await call('GET', path)).code, 200, path);
  assert.match(String((await call('GET', '/version')).body.gitVersion), /^v1\./);
  assert.equal((await call('GET', '/openapi/v2')).code, 200);
  assert.match(document.headers.get('cache-control') ?? '', /immutable/);
  const patch = (document.body.paths as Record<string, { patch: { parameters: { name: string }[] } }>)[
    `${components.replace('default', '{namespace}')}/{name}`
  ]?.patch;
  assert.ok(patch?.parameters.some(({ name }) => name === 'fieldValidation'));
});
