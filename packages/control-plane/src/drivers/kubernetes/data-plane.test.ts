import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { builtinKinds } from '@fairway/contracts/builtin';
import { createClusterClient } from '@fairway/kubernetes/client';
import { createKubernetesHandler } from '@fairway/kubernetes/server';
import { silentLog } from '@fairway/resources/log';
import { isProblem, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { dataPlaneContract } from '#testing';
import { createDataPlane } from './data-plane.ts';
import { createKindFinder } from './find-kind.ts';
import { createPlaneClients } from './plane-clients.ts';
import type { PullPlace } from './pull-secret.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(handler: Handler): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The real Kubernetes server over the real store, on a loopback socket. */
async function startCluster() {
  const kinds = createKindRegistry();
  for (const kind of builtinKinds) kinds.register(kind, { audited: false });
  const clock = systemClock;
  const resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  const handle = createKubernetesHandler({ resources, authorize: () => {}, log: silentLog });
  const asked: string[] = [];
  const caller = reconcilerCaller('data-plane-test');
  const server = await listen((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    void handle(request, response, { caller, basePath: '', requestId: 'request-1', headers: [] } as never);
  });
  return {
    url: server.url,
    asked,
    close: async () => {
      await server.close();
      await resources.close();
    },
  };
}

function planeAt(url: string) {
  const issued: PullPlace[] = [];
  let now = Date.parse('2026-01-01T00:00:00Z');
  const client = createClusterClient({ server: url, token: 'test' });
  const find = createKindFinder(client);
  const pull = {
    registry: 'registry.test',
    now: () => now,
    issue: async (place: PullPlace) => {
      issued.push(place);
      return `token-${issued.length}`;
    },
  };
  const plane = createDataPlane({ client, find, organization: 'default', name: 'default', pull });
  return { plane, client, find, issued, pass: (ms: number) => (now += ms) };
}

dataPlaneContract('a cluster by the Kubernetes protocol', async () => {
  const cluster = await startCluster();
  const { plane, client } = planeAt(cluster.url);
  return {
    plane,
    close: async () => {
      client.close();
      await cluster.close();
    },
  };
});

test('a pull secret names whose images it opens, stays while it is young, and is renewed before it ends', async () => {
  const cluster = await startCluster();
  const { plane, client, issued, pass } = planeAt(cluster.url);
  const signal = AbortSignal.timeout(10_000);
  const day = 86_400_000;
  const passwordOf = async (): Promise<unknown> => {
    const secret = await plane.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'dp-a', name: 'fairway-registry' }, signal);
    const text = (secret as { data?: Record<string, string> } | undefined)?.data?.['.dockerconfigjson'] ?? '';
    return JSON.parse(Buffer.from(text, 'base64').toString('utf8')).auths['registry.test'].password;
  };
  await plane.ensureNamespace('dp-a', {}, signal);
  await plane.ensurePullSecret('dp-a', signal);
  pass(19 * day);
  await plane.ensurePullSecret('dp-a', signal);
  assert.deepEqual(issued, [{ organization: 'default', plane: 'default', namespace: 'dp-a' }]);
  assert.equal(await passwordOf(), 'token-1');
  pass(2 * day);
  await plane.ensurePullSecret('dp-a', signal);
  assert.equal(await passwordOf(), 'token-2');
  client.close();
  await cluster.close();
});

test('a cluster is asked once how it serves a kind, however many planes use it', async () => {
  const asked: string[] = [];
  const server = await listen((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ resources: [{ name: 'widgets', kind: 'Widget', namespaced: true }] }));
  });
  const clients = createPlaneClients({ named: async () => ({ server: server.url, token: 'test' }) });
  const signal = AbortSignal.timeout(5_000);
  for (let round = 0; round < 3; round += 1) {
    const find = clients.kinds(await clients.client({ is: 'named', name: 'local' }));
    assert.equal((await find('example.org/v1', 'Widget', signal))?.plural, 'widgets');
  }
  assert.deepEqual(asked, ['/apis/example.org/v1']);
  clients.close();
  await server.close();
});

const troubles: { because: string; status: number; body: string }[] = [
  { because: 'an overloaded cluster', status: 503, body: 'later' },
  { because: 'a cluster that refuses our credential', status: 403, body: '{}' },
  { because: 'something that is no cluster', status: 200, body: '<html>' },
];
for (const { because, status, body } of troubles)
  test(`${because} does not look like one without the kind`, async () => {
    const server = await listen((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
    });
    const { find, client } = planeAt(server.url);
    await assert.rejects(
      find('example.org/v1', 'Widget', AbortSignal.timeout(5_000)),
      (error) => isProblem(error) && error.reason !== 'not-found',
    );
    client.close();
    await server.close();
  });
