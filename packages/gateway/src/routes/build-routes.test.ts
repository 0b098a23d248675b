import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRouteMatch, HttpRouteRule } from '@fairway/contracts/builtin';
import { type PodEndpoint, policy, route, routeObjects, service, slices } from '../testing/route-objects.ts';
import { buildRoutes } from './build-routes.ts';
import { matchRequest } from './match-request.ts';
import type { RouteTable } from './route-table.ts';

const to = (name: string, match: HttpRouteMatch): HttpRouteRule => ({ matches: [match], backendRefs: [{ name, port: 80 }] });
const prefix = (value: string): HttpRouteMatch => ({ path: { type: 'PathPrefix', value } });

interface Asked {
  host?: string;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
}

/** The port of the first endpoint that a request is sent to, or why there is none. */
function portFor(
  table: RouteTable,
  { host = 'a.localhost', path = '/', method = 'GET', headers = {}, query = {} }: Asked,
): number | string {
  const found = matchRequest(table, { host, path, method, header: (name) => headers[name], query: (name) => query[name] });
  return typeof found === 'string' ? found : (found.action.backends[0]?.endpoints[0]?.port ?? 'no endpoint');
}

const services = ['one', 'two', 'three'].map((name) => service(name));
const endpoints = [
  ...slices('one', [{ uid: 'p1', port: 1 }]),
  ...slices('two', [{ uid: 'p2', port: 2 }]),
  ...slices('three', [{ uid: 'p3', port: 3 }]),
];
const tableOf = (...httpRoutes: ReturnType<typeof route>[]): RouteTable =>
  buildRoutes(routeObjects({ httpRoutes, services, slices: endpoints }));

const cases: { because: string; rules: HttpRouteRule[]; hosts?: string[]; asked: Asked; port: number | string }[] = [
  { because: 'the longest prefix wins', rules: [to('one', prefix('/')), to('two', prefix('/api'))], asked: { path: '/api/x' }, port: 2 },
  { because: 'a prefix ends at a slash', rules: [to('one', prefix('/')), to('two', prefix('/api'))], asked: { path: '/apis' }, port: 1 },
  { because: 'a prefix matches itself', rules: [to('two', prefix('/api/'))], asked: { path: '/api' }, port: 2 },
  { because: 'a prefix matches itself with a slash', rules: [to('two', prefix('/api'))], asked: { path: '/api/' }, port: 2 },
  { because: 'no rule is no match', rules: [to('two', prefix('/api'))], asked: { path: '/' }, port: 'unknown-path' },
  {
    because: 'an exact path is before a prefix',
    rules: [to('one', prefix('/api')), to('two', { path: { type: 'Exact', value: '/api' } })],
    asked: { path: '/api' },
    port: 2,
  },
  {
    because: 'an exact path is exact',
    rules: [to('two', { path: { type: 'Exact', value: '/api' } })],
    asked: { path: '/api/' },
    port: 'unknown-path',
  },
  {
    because: 'a method is before headers',
    rules: [to('one', { ...prefix('/'), headers: [{ name: 'x', value: '1' }] }), to('two', { ...prefix('/'), method: 'POST' })],
    asked: { method: 'POST', headers: { x: '1' } },
    port: 2,
  },
  {
    because: 'more headers are before fewer',
    rules: [
      to('one', { headers: [{ name: 'X', value: '1' }] }),
      to('two', {
        headers: [
          { name: 'X', value: '1' },
          { name: 'y', value: '2' },
        ],
      }),
    ],
    asked: { headers: { x: '1', y: '2' } },
    port: 2,
  },
  {
    because: 'a header that differs falls to the shorter prefix',
    rules: [to('one', prefix('/')), to('two', { ...prefix('/api'), headers: [{ name: 'x', value: '1' }] })],
    asked: { path: '/api' },
    port: 1,
  },
  {
    because: 'query parameters are matched',
    rules: [to('one', prefix('/')), to('two', { ...prefix('/'), queryParams: [{ name: 'v', value: '2' }] })],
    asked: { query: { v: '2' } },
    port: 2,
  },
  {
    because: 'a wildcard matches any label before it',
    rules: [to('one', prefix('/'))],
    hosts: ['*.localhost'],
    asked: { host: 'x.y.localhost' },
    port: 1,
  },
  {
    because: 'a wildcard does not match its own domain',
    rules: [to('one', prefix('/'))],
    hosts: ['*.localhost'],
    asked: { host: 'localhost' },
    port: 'unknown-host',
  },
  { because: 'another host is unknown', rules: [to('one', prefix('/'))], asked: { host: 'b.localhost' }, port: 'unknown-host' },
  { because: 'without hostnames every host matches', rules: [to('one', prefix('/'))], hosts: [], asked: { host: 'b.localhost' }, port: 1 },
];
for (const { because, rules, hosts = ['a.localhost'], asked, port } of cases)
  test(`routing: ${because}`, () => {
    assert.equal(portFor(tableOf(route('r', hosts, rules)), asked), port);
  });

test('an exact host is before a wildcard, and the longer wildcard before the shorter', () => {
  const table = tableOf(
    route('any', ['*.localhost'], [to('one', prefix('/'))]),
    route('some', ['*.dev.localhost'], [to('two', prefix('/'))]),
    route('this', ['a.dev.localhost'], [to('three', prefix('/'))]),
  );

  assert.deepEqual(
    ['a.dev.localhost', 'b.dev.localhost', 'c.localhost'].map((host) => portFor(table, { host })),
    [3, 2, 1],
  );
});

const conditionOf = (table: RouteTable, name: string, type: string) =>
  table.verdicts.find((verdict) => verdict.route.metadata.name === name)?.conditions.find((each) => each.type === type);

test('of two routes for one host and path the older keeps it, and the younger is told', () => {
  const table = tableOf(
    route('young', ['a.localhost'], [to('two', prefix('/'))], { creationTimestamp: '2026-02-01T00:00:00Z' }),
    route('old', ['a.localhost'], [to('one', prefix('/'))]),
  );

  assert.equal(portFor(table, {}), 1);
  assert.equal(conditionOf(table, 'old', 'Accepted')?.status, 'True');
  const refused = conditionOf(table, 'young', 'Accepted');
  assert.deepEqual([refused?.status, refused?.reason], ['False', 'HostnameConflict']);
  assert.match(refused?.message ?? '', /a\.localhost\/ \(shop\/old\)/);
  assert.equal(conditionOf(table, 'young', 'Programmed')?.status, 'False');
});

test('a route that loses one of its hosts serves the others and says so', () => {
  const table = tableOf(
    route('old', ['a.localhost'], [to('one', prefix('/'))]),
    route('young', ['b.localhost', 'a.localhost'], [to('two', prefix('/'))], { creationTimestamp: '2026-02-01T00:00:00Z' }),
  );

  assert.deepEqual([portFor(table, {}), portFor(table, { host: 'b.localhost' })], [1, 2]);
  assert.equal(conditionOf(table, 'young', 'Accepted')?.status, 'True');
  assert.equal(conditionOf(table, 'young', 'PartiallyInvalid')?.reason, 'HostnameConflict');
});

test('a route of another namespace takes no part of a path, whatever it matches', () => {
  const foreign = route('foreign', ['a.localhost'], [to('two', { ...prefix('/'), headers: [{ name: 'x', value: '1' }] })], {
    namespace: 'other',
    creationTimestamp: '2026-02-01T00:00:00Z',
  });
  const table = tableOf(route('old', ['a.localhost'], [to('one', prefix('/'))]), foreign);

  assert.equal(portFor(table, { headers: { x: '1' } }), 1);
  const refused = conditionOf(table, 'foreign', 'Accepted');
  assert.equal(refused?.status, 'False');
  assert.doesNotMatch(refused?.message ?? '', /shop/);
});

const choices: { because: string; pods: PodEndpoint[]; ports: number[] }[] = [
  {
    because: 'ready ones come first',
    pods: [
      { uid: 'old', port: 1, ready: false, serving: true, terminating: true },
      { uid: 'new', port: 2 },
    ],
    ports: [2],
  },
  {
    because: 'the old one serves on while its replacement is not ready',
    pods: [
      { uid: 'old', port: 1, ready: false, serving: true, terminating: true },
      { uid: 'new', port: 2, ready: false },
    ],
    ports: [1],
  },
  {
    because: 'where nothing comes after it, the old one gets nothing new',
    pods: [{ uid: 'old', port: 1, ready: false, serving: true, terminating: true }],
    ports: [],
  },
  {
    because: 'a drained one gets nothing',
    pods: [
      { uid: 'old', port: 1, ready: false, serving: true, terminating: true, annotations: { 'drained.fairway.dev/old': 'true' } },
      { uid: 'new', port: 2, ready: false },
    ],
    ports: [],
  },
  {
    because: 'one that does not serve any more gets nothing',
    pods: [
      { uid: 'old', port: 1, ready: false, serving: false, terminating: true },
      { uid: 'new', port: 2, ready: false },
    ],
    ports: [],
  },
];
for (const { because, pods, ports } of choices)
  test(`endpoints: ${because}`, () => {
    const table = buildRoutes(routeObjects({ httpRoutes: [route('one', ['a.localhost'])], services, slices: slices('one', pods) }));
    const found = matchRequest(table, { host: 'a.localhost', path: '/', method: 'GET', header: () => undefined, query: () => undefined });
    assert.deepEqual(typeof found === 'string' ? found : found.action.backends[0]?.endpoints.map((each) => each.port), ports);
  });

const refusals: { because: string; rule: HttpRouteRule; type: string; reason: string; status: number | undefined }[] = [
  {
    because: 'a Service that is absent',
    rule: { backendRefs: [{ name: 'none', port: 80 }] },
    type: 'ResolvedRefs',
    reason: 'BackendNotFound',
    status: undefined,
  },
  {
    because: 'a port that the Service has not',
    rule: { backendRefs: [{ name: 'one', port: 81 }] },
    type: 'ResolvedRefs',
    reason: 'BackendNotFound',
    status: undefined,
  },
  {
    because: 'another namespace',
    rule: { backendRefs: [{ name: 'one', namespace: 'x', port: 80 }] },
    type: 'ResolvedRefs',
    reason: 'RefNotPermitted',
    status: undefined,
  },
  {
    because: 'another kind',
    rule: { backendRefs: [{ name: 'one', kind: 'Bucket', port: 80 }] },
    type: 'ResolvedRefs',
    reason: 'InvalidKind',
    status: undefined,
  },
  {
    because: 'a filter that is not offered',
    rule: { filters: [{ type: 'RequestMirror' }], backendRefs: [{ name: 'one', port: 80 }] },
    type: 'Accepted',
    reason: 'UnsupportedValue',
    status: 500,
  },
  {
    because: 'a header filter that would change the framing',
    rule: {
      filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'Content-Length', value: '0' }] } }],
      backendRefs: [{ name: 'one', port: 80 }],
    },
    type: 'Accepted',
    reason: 'UnsupportedValue',
    status: 500,
  },
  {
    because: 'a regular expression',
    rule: { matches: [{ path: { type: 'RegularExpression', value: '/(a+)+' } }], backendRefs: [{ name: 'one', port: 80 }] },
    type: 'Accepted',
    reason: 'UnsupportedValue',
    status: undefined,
  },
];
for (const { because, rule, type, reason, status } of refusals)
  test(`a route is told of ${because}`, () => {
    const table = tableOf(route('r', ['a.localhost'], [rule]));
    const condition = conditionOf(table, 'r', type);
    assert.deepEqual([condition?.status, condition?.reason], ['False', reason]);
    const found = matchRequest(table, { host: 'a.localhost', path: '/', method: 'GET', header: () => undefined, query: () => undefined });
    if (typeof found !== 'string') assert.equal(found.action.refusal?.status, status);
  });

const policies = [
  {
    because: 'an empty policy refuses nothing',
    spec: { targetRef: { group: 'g', kind: 'HTTPRoute', name: 'r' }, jwt: {} },
    refused: false,
  },
  {
    because: 'a policy for another route refuses nothing',
    spec: { targetRef: { group: 'g', kind: 'HTTPRoute', name: 'x' }, cors: { allowOrigins: ['*'] } },
    refused: false,
  },
  {
    because: 'a policy that asks for something refuses',
    spec: { targetRefs: [{ group: 'g', kind: 'HTTPRoute', name: 'r' }], rateLimit: { local: { rules: [1] } } },
    refused: true,
  },
  {
    because: 'a policy by labels refuses',
    spec: { targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { app: 'r' } }], jwt: { providers: [1] } },
    refused: true,
  },
];
for (const { because, spec, refused } of policies)
  test(`policies: ${because}`, () => {
    const table = buildRoutes(
      routeObjects({
        httpRoutes: [route('r', ['a.localhost'], [to('one', prefix('/'))], { labels: { app: 'r' } })],
        services,
        slices: endpoints,
        policies: [policy('BackendTrafficPolicy', 'p', spec)],
      }),
    );
    const found = matchRequest(table, { host: 'a.localhost', path: '/', method: 'GET', header: () => undefined, query: () => undefined });
    assert.equal(typeof found !== 'string' && found.action.refusal?.status === 503, refused);
    assert.equal(conditionOf(table, 'r', 'Programmed')?.reason, refused ? 'PolicyNotEnforced' : 'Programmed');
  });
