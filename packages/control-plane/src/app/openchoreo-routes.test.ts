import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Component, Environment, ServiceBinding } from '@fairway/contracts';
import { apiVersionOf, type Kind, reconcilerCaller } from '@fairway/resources/model';
import { type Answer, administratorToken, type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

const orgs = '/api/v1/orgs';
const projects = `${orgs}/default/projects`;
const components = `${projects}/shop/components`;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const failure = (error: string, code: string) => ({ success: false, error, code });

describe('OpenChoreo’s HTTP API', () => {
  let plane: RunningControlPlane;
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    plane.call(method, path, body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } });
  const write = async (kind: Kind, name: string, spec: object, status?: object): Promise<void> => {
    const cause = { caller: reconcilerCaller('test'), action: 'test' };
    const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { namespace: 'default', name }, spec };
    const [made] = await plane.platform.resources.commit(cause, [{ op: 'create', object }]);
    if (status !== undefined)
      await plane.platform.resources.commit(cause, [{ op: 'status', object: { ...made?.object, status } as never }]);
  };
  before(async () => {
    plane = await runControlPlane();
    assert.equal((await call('POST', projects, { name: 'shop', displayName: 'Shop', description: 'Sells' })).status, 201);
    assert.equal((await call('POST', projects, { name: 'bank' })).status, 201);
    const buildConfig = {
      repoUrl: 'https://git.example/hello.git',
      repoBranch: 'main',
      componentPath: 'web',
      buildTemplateRef: 'fairway',
      buildTemplateParams: [{ name: 'port', value: '80' }],
    };
    assert.equal((await call('POST', components, { name: 'hello', type: 'Service', buildConfig })).status, 201);
    assert.equal((await call('POST', components, { name: 'other', type: 'Service' })).status, 201);
  });
  after(async () => {
    await plane.stop();
  });

  test('serves what its OpenAPI document tells of, and nothing else', () => {
    const file = new URL('../../../contracts/generated/openapi-choreo.json', import.meta.url);
    const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, { operationId?: string }>> };
    const told = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { operationId }]) =>
        operationId === undefined ? [] : [`${operationId}: ${method.toUpperCase()} ${path}`],
      ),
    );
    const served = plane.server
      .routes()
      .filter(({ surface }) => surface === 'openchoreo')
      .flatMap(({ route: { methods, path, operation } }) =>
        methods.filter((method) => method !== 'HEAD').map((method) => `${operation}: ${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
      );
    assert.deepEqual(served.sort(), told.sort());
  });

  test('answers a list with its envelope, a newline and second precision', async () => {
    const answer = await call('GET', projects);
    const { success, data } = answer.json as { success: boolean; data: { items: { name: string; createdAt: string }[] } };
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.ok(answer.text.endsWith('}\n'));
    assert.equal(success, true);
    assert.deepEqual(
      { ...data, items: data.items.map(({ name }) => name) },
      { items: ['bank', 'default', 'shop'], totalCount: 3, page: 1, pageSize: 3 },
    );
    const { createdAt, ...shop } = data.items[2] ?? { createdAt: '' };
    assert.match(createdAt, time);
    assert.deepEqual(shop, {
      name: 'shop',
      orgName: 'default',
      displayName: 'Shop',
      description: 'Sells',
      deploymentPipeline: 'default-pipeline',
      status: 'Unknown',
    });
  });

  test('answers HEAD as GET, lists of an unknown organization with nothing, and an organization by name', async () => {
    const head = await call('HEAD', projects);
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.deepEqual((await call('GET', `${orgs}/nowhere/projects`)).json, {
      success: true,
      data: { items: [], totalCount: 0, page: 1, pageSize: 0 },
    });
    const { data } = (await call('GET', `${orgs}/default`)).json as { data: Record<string, unknown> };
    assert.deepEqual([data.name, data.status], ['default', 'Unknown']);
    assert.deepEqual((await call('GET', `${orgs}/nowhere`)).json, failure('Organization not found', 'ORGANIZATION_NOT_FOUND'));
  });

  const missing: [method: string, path: string, error: string, code: string, body?: object][] = [
    ['GET', `${projects}/none`, 'Project not found', 'PROJECT_NOT_FOUND'],
    ['GET', `${projects}/none/components`, 'Project not found', 'PROJECT_NOT_FOUND'],
    ['POST', `${projects}/none/components`, 'Project not found', 'PROJECT_NOT_FOUND', { name: 'x', type: 'Service' }],
    ['GET', `${components}/none`, 'Component not found', 'COMPONENT_NOT_FOUND'],
    ['GET', `${projects}/bank/components/hello`, 'Component not found', 'COMPONENT_NOT_FOUND'],
    ['GET', `${components}/none/bindings`, 'Component not found', 'COMPONENT_NOT_FOUND'],
    ['GET', `${components}/none/builds`, 'Component not found', 'COMPONENT_NOT_FOUND'],
    ['POST', `${components}/none/builds`, 'Component not found', 'COMPONENT_NOT_FOUND'],
    ['POST', `${projects}/bank/components/hello/builds`, 'Component not found', 'COMPONENT_NOT_FOUND'],
    ['PATCH', `${components}/hello/bindings/none`, 'Binding not found', 'BINDING_NOT_FOUND', { releaseState: 'Active' }],
    [
      'POST',
      `${components}/hello/promote`,
      'Source binding not found',
      'BINDING_NOT_FOUND',
      { sourceEnv: 'development', targetEnv: 'staging' },
    ],
    ['POST', `${orgs}/nowhere/projects`, 'Organization not found', 'ORGANIZATION_NOT_FOUND', { name: 'x' }],
  ];
  for (const [method, path, error, code, body] of missing)
    test(`${method} ${path.slice(orgs.length)} is 404 ${code}`, async () => {
      const answer = await call(method, path, body);
      assert.deepEqual([answer.status, answer.json], [404, failure(error, code)]);
    });

  test('creates a component: the answer has neither build nor an invented display name, and GET always has a build section', async () => {
    const made = await call('POST', components, { NAME: ' fresh ', Type: 'Service', unknown: 1, description: null });
    const { createdAt, ...created } = (made.json as { data: Record<string, string> }).data;
    assert.match(createdAt ?? '', time);
    assert.deepEqual(
      [made.status, created],
      [201, { name: 'fresh', type: 'Service', projectName: 'shop', orgName: 'default', status: 'Creating' }],
    );
    const read = (await call('GET', `${components}/fresh`)).json as { data: Record<string, unknown> };
    assert.equal(read.data.displayName, 'fresh');
    assert.deepEqual(read.data.buildConfig, { repoUrl: '', repoBranch: '', componentPath: '', buildTemplateRef: '' });
    const hello = (await call('GET', `${components}/hello`)).json as { data: { buildConfig: object } };
    assert.deepEqual(hello.data.buildConfig, {
      repoUrl: 'https://git.example/hello.git',
      repoBranch: 'main',
      componentPath: 'web',
      buildTemplateRef: 'fairway',
      buildTemplateParams: [{ name: 'port', value: '80' }],
    });
  });

  test('a name that is taken is 409, and one that another project has names the owner', async () => {
    assert.deepEqual((await call('POST', projects, { name: 'shop' })).json, failure('Project already exists', 'PROJECT_EXISTS'));
    const same = await call('POST', components, { name: 'hello', type: 'Service' });
    assert.deepEqual([same.status, same.json], [409, failure('Component already exists', 'COMPONENT_EXISTS')]);
    const elsewhere = await call('POST', `${projects}/bank/components`, { name: 'hello', type: 'Service' });
    assert.equal(elsewhere.status, 409);
    assert.match(elsewhere.text, /already exists in project \\"shop\\".*bank-hello.*COMPONENT_EXISTS/);
  });

  const bodies: [path: string, method: string, body: string, status: number, code: string, because: string][] = [
    [projects, 'POST', '', 400, 'INVALID_JSON', 'an empty body is none'],
    [projects, 'POST', '{"name":', 400, 'INVALID_JSON', 'it is cut off'],
    [projects, 'POST', '[]', 400, 'INVALID_JSON', 'a list is no object'],
    [projects, 'POST', '"x"', 400, 'INVALID_JSON', 'a text is no object'],
    [projects, 'POST', '{"name":1}', 400, 'INVALID_JSON', 'a number is no name'],
    [projects, 'POST', 'null', 400, 'INVALID_INPUT', 'null is an object without a name'],
    [projects, 'POST', '{"name":"   "}', 400, 'INVALID_INPUT', 'spaces are no name'],
    [projects, 'POST', '{"name":"Not.Valid"}', 400, 'INVALID_INPUT', 'the name is no host label'],
    [projects, 'POST', `{"name":"${'x'.repeat(64)}"}`, 400, 'INVALID_INPUT', 'the name is too long'],
    [components, 'POST', `{"name":"${'x'.repeat(51)}","type":"Service"}`, 400, 'INVALID_INPUT', 'the name is too long'],
    [components, 'POST', '{"name":"x","type":"Service","buildConfig":"no"}', 400, 'INVALID_JSON', 'a text is no build section'],
    [`${components}/hello/bindings/x`, 'PATCH', '{}', 400, 'INVALID_REQUEST', 'the state is missing'],
    [`${components}/hello/bindings/x`, 'PATCH', '{"releaseState":"Off"}', 400, 'INVALID_REQUEST', 'the state is unknown'],
    [`${components}/none/bindings/x`, 'PATCH', '{', 400, 'INVALID_JSON', 'the body is looked at before the component'],
    [
      `${components}/none/promote`,
      'POST',
      '{"sourceEnv":"a","targetEnv":"b"}',
      400,
      'INVALID_PROMOTION_PATH',
      'the path is looked at before the component',
    ],
    ['/api/v1/apply', 'POST', '{', 400, 'INVALID_INPUT', 'it is cut off'],
    ['/api/v1/apply', 'POST', 'null', 400, 'INVALID_INPUT', 'it has no kind'],
  ];
  for (const [path, method, body, status, code, because] of bodies)
    test(`${method} ${path.slice('/api/v1'.length)} with ${body.slice(0, 30) || 'nothing'} is ${status} ${code}: ${because}`, async () => {
      const answer = await call(method, path, body);
      assert.equal(answer.status, status, answer.text);
      assert.equal((answer.json as { code: string }).code, code, answer.text);
    });

  test('a refused name is said once', async () => {
    const { text } = await call('POST', projects, { name: 'Bad Name' });
    assert.equal(text.split('metadata.name').length, 2, text);
  });

  test('what follows the first JSON value is ignored, and wrong types are told all at once', async () => {
    const trailing = await call('POST', projects, '{"name":"trailing","description":"} \\" {"} and more {');
    assert.equal(trailing.status, 201, trailing.text);
    const wrong = await call('POST', components, '{"name":1,"type":[],"buildConfig":7}');
    assert.deepEqual(
      wrong.json,
      failure(
        'Invalid request body: name must be of type string; type must be of type string; buildConfig must be of type object',
        'INVALID_JSON',
      ),
    );
    const nested = await call(
      'POST',
      components,
      '{"name":"x","type":"Service","buildConfig":{"repoUrl":1,"repoBranch":2,"buildTemplateParams":[null]}}',
    );
    assert.match(nested.text, /buildConfig\.repoUrl must.*buildConfig\.repoBranch must.*buildTemplateParams must/);
    assert.equal((await call('POST', projects, 'x'.repeat(3_000_000))).status, 413);
  });

  const objects: [body: object, error: RegExp | string][] = [
    [{}, "missing or invalid 'kind' field"],
    [{ kind: 'Project' }, "missing or invalid 'apiVersion' field"],
    [{ KIND: 'Project', apiVersion: 'v1' }, "missing or invalid 'kind' field"],
    [{ kind: 'Project', apiVersion: 'a/b/c' }, "invalid apiVersion format 'a/b/c': unexpected GroupVersion string: a/b/c"],
    [{ kind: 'Project', apiVersion: 'v1' }, "only resources with 'openchoreo.dev' group are supported, got ''"],
    [{ kind: 'AccessToken', apiVersion: 'fairway.dev/v1' }, "only resources with 'openchoreo.dev' group are supported, got 'fairway.dev'"],
    [{ kind: 'Project', apiVersion: 'openchoreo.dev/v1alpha1' }, "missing or invalid 'metadata' field"],
    [{ kind: 'Project', apiVersion: 'openchoreo.dev/v1alpha1', metadata: { name: 1 } }, "missing or invalid 'metadata.name' field"],
    [
      { kind: 'Nothing', apiVersion: 'openchoreo.dev/v1alpha1', metadata: { name: 'x' } },
      'no kind "Nothing" is known in openchoreo.dev/v1alpha1',
    ],
    [
      {
        kind: 'Environment',
        apiVersion: 'openchoreo.dev/v1alpha1',
        metadata: { name: 'x' },
        spec: { dataPlaneRef: 1, isProduction: 'no' },
      },
      /spec\.dataPlaneRef.*spec\.isProduction/s,
    ],
  ];
  for (const [body, error] of objects)
    test(`apply refuses ${JSON.stringify(body).slice(0, 80)}`, async () => {
      const answer = await call('POST', '/api/v1/apply', body);
      const found = answer.json as { error: string; code: string };
      assert.deepEqual([answer.status, found.code], [400, 'INVALID_INPUT'], answer.text);
      if (typeof error === 'string') assert.equal(found.error, error);
      else assert.match(found.error, error);
    });

  test('apply creates, then updates; delete deletes, then finds nothing', async () => {
    const qa = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Environment', metadata: { name: 'qa' }, spec: { dataPlaneRef: 'default' } };
    const answer = (operation: string) => ({
      success: true,
      data: { apiVersion: qa.apiVersion, kind: 'Environment', name: 'qa', namespace: 'default', operation },
    });
    assert.deepEqual((await call('POST', '/api/v1/apply', qa)).json, answer('created'));
    assert.deepEqual((await call('POST', '/api/v1/apply', { ...qa, spec: { ...qa.spec, isProduction: true } })).json, answer('updated'));
    const stored = await plane.platform.resources.get(Environment, { namespace: 'default', name: 'qa' });
    assert.equal(stored?.spec?.isProduction, true);
    assert.deepEqual((await call('POST', '/api/v1/apply', qa)).json, answer('updated'));
    const again = await plane.platform.resources.get(Environment, { namespace: 'default', name: 'qa' });
    assert.equal(again?.spec?.isProduction ?? false, false, 'what is taken out of the file is taken out of the object');
    const nowhere = { ...qa, metadata: { name: 'qa', namespace: 'nowhere' } };
    assert.equal((await call('POST', '/api/v1/apply', nowhere)).status, 404);
    assert.deepEqual((await call('DELETE', '/api/v1/delete', { ...qa, metadata: { name: 'never-was' } })).json, {
      ...answer('not_found'),
      data: { ...answer('not_found').data, name: 'never-was' },
    });
    assert.deepEqual((await call('DELETE', '/api/v1/delete', qa)).json, answer('deleted'));
  });

  test('bindings come in the pipeline’s order, by the asked environments, and only through their own component', async () => {
    const workloadSpec = { containers: { main: { image: 'example/hello:1' } }, endpoints: { http: { type: 'HTTP', port: 80 } } };
    const binding = (environment: string, componentName: string) => ({
      owner: { projectName: 'shop', componentName },
      environment,
      workloadSpec,
    });
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'ResourcesActive',
      message: 'All 3',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await write(ServiceBinding, 'hello-staging', binding('staging', 'hello'));
    await write(ServiceBinding, 'hello', binding('development', 'hello'), { conditions: [condition], endpoints: [] });
    await write(ServiceBinding, 'other', binding('development', 'other'));
    const all = (await call('GET', `${components}/hello/bindings`)).json as { data: { items: Record<string, unknown>[] } };
    assert.deepEqual(
      all.data.items.map(({ environment }) => environment),
      ['development', 'staging'],
    );
    assert.deepEqual(all.data.items[0], {
      name: 'hello',
      type: 'Service',
      componentName: 'hello',
      projectName: 'shop',
      orgName: 'default',
      environment: 'development',
      status: { reason: 'ResourcesActive', message: 'All 3', status: 'Active', lastTransitioned: '2026-01-01T00:00:00Z' },
      serviceBinding: { endpoints: [], image: 'example/hello:1' },
    });
    const zero = { reason: '', message: '', status: 'NotYetDeployed', lastTransitioned: '0001-01-01T00:00:00Z' };
    assert.deepEqual(all.data.items[1]?.status, zero);
    const some = (await call('GET', `${components}/hello/bindings?environment=staging&environment=none`)).json as typeof all;
    assert.deepEqual(
      some.data.items.map(({ name }) => name),
      ['hello-staging'],
    );

    const changed = (await call('PATCH', `${components}/hello/bindings/hello`, { releaseState: 'Suspend' })).json as {
      data: Record<string, unknown>;
    };
    assert.deepEqual(changed.data.serviceBinding, { endpoints: null, releaseState: 'Suspend' });
    assert.deepEqual(changed.data.status, { ...zero, status: '' });
    const foreign = await call('PATCH', `${components}/hello/bindings/other`, { releaseState: 'Suspend' });
    assert.deepEqual([foreign.status, foreign.json], [404, failure('Binding not found', 'BINDING_NOT_FOUND')]);
  });

  test('triggers a build and lists builds with their computed status', async () => {
    const made = await call('POST', `${components}/hello/builds?commit=0a1b2c3d`);
    const build = (made.json as { data: Record<string, string> }).data;
    assert.equal(made.status, 201);
    assert.match(build.name ?? '', /^hello-build-[0-9a-f]{8}$/);
    assert.match(build.uuid ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      [build.commit, build.status, build.componentName, build.projectName, build.orgName],
      ['0a1b2c3d', 'Created', 'hello', 'shop', 'default'],
    );
    assert.equal(((await call('POST', `${components}/hello/builds`)).json as { data: { commit: string } }).data.commit, 'latest');
    const { data } = (await call('GET', `${components}/hello/builds`)).json as {
      data: { items: { status: string }[]; totalCount: number };
    };
    assert.deepEqual([data.totalCount, data.items.map(({ status }) => status)], [2, ['Unknown', 'Unknown']]);
    const none = await call('POST', `${components}/other/builds`);
    assert.deepEqual([none.status, (none.json as { code: string }).code], [400, 'INVALID_INPUT']);
  });

  const routed: [method: string, path: string, status: number, text: string, allow: string | null][] = [
    ['GET', '/api/v1/orgs/default/projects/', 404, '404 page not found\n', null],
    ['GET', '/api/v1/orgs/default/nothing', 404, '404 page not found\n', null],
    ['GET', '/api/v1/nothing', 404, '404 page not found\n', null],
    ['PUT', projects, 405, 'Method Not Allowed\n', 'GET, HEAD, POST'],
    ['GET', '/api/v1/apply', 405, 'Method Not Allowed\n', 'POST'],
    ['DELETE', `${components}/hello`, 405, 'Method Not Allowed\n', 'GET, HEAD'],
  ];
  for (const [method, path, status, text, allow] of routed)
    test(`${method} ${path} is ${status} in plain text`, async () => {
      const answer = await call(method, path);
      assert.deepEqual([answer.status, answer.text, answer.headers.get('allow')], [status, text, allow]);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    });

  test('a path is decoded once, and an escape that is broken is no server error', async () => {
    const status = (path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${administratorToken}`, connection: 'close' };
        const request = requestHttp({ host: '127.0.0.1', port: new URL(plane.url).port, path, headers });
        request.once('error', reject);
        request.once('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        request.end();
      });
    assert.equal(await status(`${projects}/%73hop`), 200);
    assert.equal(await status(`${projects}/sh%6Fp%2F`), 404);
    assert.equal(await status(`${projects}/%2e%2e`), 404);
    assert.equal(await status(`${projects}/%2573hop`), 404);
    assert.ok([400, 404].includes(await status(`${projects}/%zz`)));
    assert.ok([400, 404].includes(await status(`${projects}/%ff`)));
  });

  test('components of 1,500 are all listed', async () => {
    const cause = { caller: reconcilerCaller('test'), action: 'test' };
    const many = Array.from({ length: 1_500 }, (_, index) => ({
      op: 'create' as const,
      object: {
        apiVersion: apiVersionOf(Component),
        kind: Component.kind,
        metadata: { namespace: 'default', name: `c-${index}` },
        spec: { owner: { projectName: 'bank' }, type: 'Service' },
      },
    }));
    for (let at = 0; at < many.length; at += 500) await plane.platform.resources.commit(cause, many.slice(at, at + 500));
    const { data } = (await call('GET', `${projects}/bank/components`)).json as { data: { totalCount: number } };
    assert.equal(data.totalCount, 1_500);
  });
});
