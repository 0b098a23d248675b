import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

// Everything that answers without a token, with the reason. The list may only shrink.
const publicRoutes: Readonly<Record<string, string>> = {
  'GET /health': 'a supervisor asks before it has a token',
  'GET /ready': 'a load balancer has no token',
  'GET /': 'says where the surfaces are',
};

/** A path of a route's pattern, in this organization. */
const pathOf = (pattern: string, organization: string): string =>
  pattern
    .replace(':organization', organization)
    .replace(':org', organization)
    .replace(':repository/:service', 'hello.git/git-upload-pack')
    .replace(':repository/info/refs', 'hello.git/info/refs?service=git-upload-pack')
    .replace('/k8s/control/*', `/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/${organization}/components`)
    .replace('/k8s/clusters/:name/*', '/k8s/clusters/local/api/v1/pods')
    .replace('/v2/*', `/v2/${organization}/default/hello/tags/list`)
    .replace(/:[a-z]+/gi, 'hello');

describe('who may do what', () => {
  let plane: RunningControlPlane;
  const tokens: Record<string, string> = {};
  before(async () => {
    plane = await runControlPlane();
    tokens.idle = await plane.token('idle', { permissions: [], organization: 'default' });
    tokens.foreign = await plane.token('foreign', { permissions: ['*'], organization: 'other' });
    tokens.expired = await plane.token('expired', { permissions: ['*'], lifetimeMs: -1 });
  });
  after(async () => {
    await plane.stop();
  });

  const requests = () =>
    plane.server
      .routes()
      .flatMap(({ surface, route }) => route.methods.map((method) => ({ surface, route, method, id: `${method} ${route.path}` })));

  test('every route says which permission it needs, and only the listed ones need none', () => {
    const open = requests().filter(({ route }) => route.permission === 'public');
    assert.deepEqual(
      open
        .map(({ id }) => id)
        .filter((id) => !id.startsWith('HEAD '))
        .sort(),
      Object.keys(publicRoutes).sort(),
    );
    for (const { id, route } of requests())
      assert.match(route.permission, /^(public|by-object|[a-z]+\.[a-z-]+\.[a-z-]+)$/, `${id}: ${route.permission}`);
    const operations = requests().filter(({ method }) => method !== 'HEAD');
    for (const { id, route } of operations) assert.match(route.operation, /^[a-z-]+\.[a-z-]+$/, id);
  });

  test('every other route refuses a request without a token, with an unknown and with an expired one, before it looks at anything', async () => {
    for (const { method, route, id } of requests().filter(({ route: { permission } }) => permission !== 'public'))
      for (const token of [null, 'fwy_unknown', tokens.expired ?? '']) {
        const answer = await plane.call(method, pathOf(route.path, 'default'), {
          token,
          ...(/GET|HEAD/.test(method) ? {} : { body: '{' }),
        });
        assert.equal(answer.status, 401, `${id} with ${token} answered ${answer.status} ${answer.text}`);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^(Basic|Bearer) realm=/, id);
      }
  });

  test('every other route refuses a caller without permissions', async () => {
    for (const { method, route, id } of requests().filter(({ route: { permission } }) => permission !== 'public')) {
      const answer = await plane.call(method, pathOf(route.path, 'default'), {
        token: tokens.idle ?? '',
        headers: { 'content-type': 'application/json' },
        ...(/GET|HEAD/.test(method) ? {} : { body: { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Component', metadata: { name: 'x' } } }),
      });
      // /v2/ itself and discovery only tell that the token is good and which kinds there are.
      const tellsNothing = route.path === '/v2/' || route.path === '/k8s/control';
      assert.ok(tellsNothing || [403, 404, 405].includes(answer.status), `${id} answered ${answer.status} ${answer.text}`);
    }
  });

  test('every route of an organization is closed to another organization, whatever its permissions', async () => {
    const ofOrganization = requests().filter(({ route: { path } }) => /:org|\/v2\/\*|\/k8s\/control\/\*/.test(path));
    assert.ok(ofOrganization.length > 15);
    const before_ = await plane.platform.resources.currentVersion();
    for (const { method, route, id } of ofOrganization) {
      const answer = await plane.call(method, pathOf(route.path, 'default'), {
        token: tokens.foreign ?? '',
        headers: { 'content-type': 'application/json' },
        ...(/GET|HEAD/.test(method)
          ? {}
          : { body: { name: 'taken', releaseState: 'Active', environment: 'development', sourceEnv: 'a', targetEnv: 'b' } }),
      });
      assert.ok([403, 404, 405].includes(answer.status), `${id} answered ${answer.status} ${answer.text}`);
      assert.equal(answer.text.includes('default-project'), false, id);
    }
    assert.equal(await plane.platform.resources.currentVersion(), before_, 'nothing was written');
  });

  test('a caller of an organization reaches no cluster, whatever its permissions, because a cluster holds all organizations', async () => {
    const inside = await plane.token('insider', { permissions: ['*'], organization: 'default' });
    for (const path of ['/api/v1/secrets', '/api/v1/namespaces/default/pods/x/log', ''])
      for (const token of [inside, tokens.foreign ?? '', tokens.idle ?? ''])
        assert.equal((await plane.call('GET', `/k8s/clusters/local${path === '' ? '/' : path}`, { token })).status, 404);
    const outside = await plane.token('operator', { permissions: ['catalog.*'] });
    const refused = await plane.call('GET', '/k8s/clusters/local/api/v1/pods', { token: outside });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /fleet\.cluster\.proxy/);
    assert.equal((await plane.call('GET', '/k8s/clusters/none/api/v1/pods')).status, 404);
    assert.equal((await plane.call('GET', '/k8s/clusters/local/api/v1/pods')).status, 503, 'this test has no cluster');
  });

  test('metrics of the installation are closed to an organization, whatever its permissions', async () => {
    assert.equal((await plane.call('GET', '/metrics', { token: tokens.foreign ?? '' })).status, 403);
    assert.equal((await plane.call('GET', '/metrics')).status, 200);
  });

  test('images are closed to another organization, to a run of another image, and to readers who push', async () => {
    const reader = await plane.token('reader', { permissions: ['artifacts.image.read'], organization: 'default' });
    const run = await plane.token('run', {
      permissions: ['artifacts.image.*'],
      organization: 'default',
      limits: { image: 'default/default/other' },
    });
    const manifest = '/v2/default/default/hello/manifests/latest';
    const upload = '/v2/default/default/hello/blobs/uploads/';
    const cases: [method: string, path: string, token: string, status: number[]][] = [
      ['GET', manifest, tokens.foreign ?? '', [404]],
      ['GET', manifest, run, [404]],
      ['GET', manifest, tokens.idle ?? '', [403]],
      ['GET', manifest, reader, [404]],
      ['POST', upload, reader, [403]],
      ['POST', upload, tokens.foreign ?? '', [404]],
      ['DELETE', manifest, reader, [403, 405]],
      ['POST', '/v2/fairway/system/builder/blobs/uploads/', run, [404]],
    ];
    for (const [method, path, token, status] of cases) {
      const answer = await plane.call(method, path, { token });
      assert.ok(status.includes(answer.status), `${method} ${path} answered ${answer.status} ${answer.text}`);
    }
  });

  test('apply and delete keep to the caller’s organization', async () => {
    const object = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Project', metadata: { name: 'x', namespace: 'default' }, spec: {} };
    for (const [method, path] of [
      ['POST', '/api/v1/apply'],
      ['DELETE', '/api/v1/delete'],
    ] as const) {
      assert.equal((await plane.call(method, path, { token: tokens.foreign ?? '', body: object })).status, 404);
      const organization = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Organization', metadata: { name: 'default' } };
      assert.equal((await plane.call(method, path, { token: tokens.foreign ?? '', body: organization })).status, 404);
    }
  });

  test('a right to apply is no right to everything: the kind’s own permission is asked too', async () => {
    const token = await plane.token('applier', {
      permissions: ['catalog.resource.apply', 'catalog.resource.delete', 'catalog.project.*'],
      organization: 'default',
    });
    const of = (kind: string, spec: object) => ({ apiVersion: 'openchoreo.dev/v1alpha1', kind, metadata: { name: 'made' }, spec });
    const project = await plane.call('POST', '/api/v1/apply', { token, body: of('Project', { deploymentPipelineRef: 'default' }) });
    assert.equal(project.status, 200, project.text);
    const dataPlane = await plane.call('POST', '/api/v1/apply', { token, body: of('DataPlane', { clusterRef: 'local' }) });
    assert.equal(dataPlane.status, 403, dataPlane.text);
    assert.match(dataPlane.text, /fleet\.dataplane\.(create|update)/);
    assert.equal((await plane.call('DELETE', '/api/v1/delete', { token, body: of('Environment', {}) })).status, 403);
    assert.equal((await plane.call('DELETE', '/api/v1/delete', { token, body: of('Project', {}) })).status, 200);
  });

  const verbs: [method: string, path: string, permission: RegExp, body?: object][] = [
    ['GET', '/apis/openchoreo.dev/v1alpha1/namespaces/default/components', /catalog\.component\.read/],
    ['GET', '/apis/openchoreo.dev/v1alpha1/namespaces/default/components/hello', /catalog\.component\.read/],
    ['GET', '/apis/openchoreo.dev/v1alpha1/namespaces/default/builds/one/log', /builds\.build-log\.read/],
    ['POST', '/apis/openchoreo.dev/v1alpha1/namespaces/default/components', /catalog\.component\.create/, {}],
    ['PUT', '/apis/openchoreo.dev/v1alpha1/namespaces/default/components/hello', /catalog\.component\.update/, {}],
    ['PUT', '/apis/openchoreo.dev/v1alpha1/namespaces/default/components/hello/status', /catalog\.component\.update/, {}],
    ['DELETE', '/apis/openchoreo.dev/v1alpha1/namespaces/default/components/hello', /catalog\.component\.delete/],
    ['GET', '/apis/fairway.dev/v1/accesstokens', /tenancy\.accesstoken\.read/],
    ['POST', '/apis/fairway.dev/v1/accesstokens', /tenancy\.accesstoken\.create/, {}],
    ['GET', '/api/v1/namespaces', /tenancy\.organization\.read/],
  ];
  for (const [method, path, permission, body] of verbs)
    test(`${method} ${path} by the Kubernetes protocol needs ${permission.source.replaceAll('\\', '')}`, async () => {
      const at = `/k8s/control${path}`;
      const headers = { 'content-type': 'application/json' };
      const idle = await plane.call(method, at, { token: tokens.idle ?? '', headers, ...(body === undefined ? {} : { body }) });
      assert.equal(idle.status, 403, idle.text);
      assert.match(idle.text, permission);
    });

  test('a revoked token is closed at once', async () => {
    const token = await plane.token('leaver', { permissions: ['*'] });
    assert.equal((await plane.call('GET', '/api/v1/orgs', { token })).status, 200);
    await plane.platform.tokens.revoke({ caller: { principal: 'user:admin', permissions: ['*'] }, action: 'test' }, 'leaver');
    assert.equal((await plane.call('GET', '/api/v1/orgs', { token })).status, 401);
  });
});
