import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { createClusterClient } from '@fairway/kubernetes/client';
import type { Exchange } from '#http';
import { type ProxyTarget, proxyCluster } from './proxy-cluster.ts';

type Seen = Parameters<ProxyTarget['raw']>[0];

/** A server that passes everything below /k8s/clusters/local to a cluster that always gives the same answer. */
async function startProxy(t: TestContext, answer: { status: number; body: string }): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const target: ProxyTarget = {
    raw: async (request) => {
      seen.push(request);
      return { status: answer.status, headers: { 'content-type': 'application/json' }, body: Readable.from([answer.body]) };
    },
  };
  const base = '/k8s/clusters/local';
  const server = createServer((request, response) => {
    const exchange = { request, response, signal: AbortSignal.timeout(5_000) } as unknown as Exchange;
    proxyCluster(exchange, { target, base }, (request.url ?? '').slice(base.length)).catch((error: Error) => response.destroy(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`, seen };
}

test('addresses in the index of OpenAPI documents lead through the proxy', async (t) => {
  const addresses = {
    'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=A' },
    'apis/apps/v1': { serverRelativeURL: '/of/another/proxy/openapi/v3/apis/apps/v1?hash=B' },
    odd: { serverRelativeURL: '/elsewhere' },
  };
  const { url, seen } = await startProxy(t, { status: 200, body: JSON.stringify({ paths: addresses }) });

  const answer = await fetch(`${url}/openapi/v3?timeout=32s`, { headers: { 'accept-encoding': 'gzip' } });

  assert.deepEqual(await answer.json(), {
    paths: {
      'api/v1': { serverRelativeURL: '/k8s/clusters/local/openapi/v3/api/v1?hash=A' },
      'apis/apps/v1': { serverRelativeURL: '/k8s/clusters/local/openapi/v3/apis/apps/v1?hash=B' },
      odd: { serverRelativeURL: '/elsewhere' },
    },
  });
  assert.equal(seen[0]?.headers['accept-encoding'], 'identity', 'what is read here may not be packed');
});

test('every other answer passes as it is', async (t) => {
  const body = '{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1"}}}';
  const { url } = await startProxy(t, { status: 404, body });

  const answers = await Promise.all(['/openapi/v3', '/openapi/v3/api/v1', '/api/v1/pods'].map((path) => fetch(`${url}${path}`)));

  for (const answer of answers) assert.deepEqual([answer.status, await answer.text()], [404, body]);
});

test('neither credentials nor impersonation reach the cluster', async (t) => {
  const { url, seen } = await startProxy(t, { status: 200, body: '{}' });
  const headers = {
    authorization: 'Bearer mine',
    'impersonate-user': 'root',
    'impersonate-extra-scopes': 'all',
    cookie: 'a=b',
    accept: 'x/y',
  };

  await (await fetch(`${url}/api/v1/pods`, { headers })).text();

  const passed = Object.keys(seen[0]?.headers ?? {});
  assert.deepEqual(
    passed.filter((name) => /^(authorization|cookie|impersonate)/.test(name)),
    [],
  );
  assert.equal(seen[0]?.headers.accept, 'x/y');
});

test('a connection that changes its protocol is joined with the cluster, without the caller’s credential', async (t) => {
  const cluster = createServer().on('upgrade', (request, socket) => {
    socket.on('error', () => socket.destroy());
    seen.push(request.headers);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: v5\r\nX-Own: a\r\n\r\n',
    );
    socket.pipe(socket);
  });
  const seen: IncomingHttpHeaders[] = [];
  cluster.listen(0, '127.0.0.1');
  await once(cluster, 'listening');
  const client = createClusterClient({ server: `http://127.0.0.1:${(cluster.address() as AddressInfo).port}`, token: 'of-the-plane' });
  const ended = new AbortController();
  const server = createServer()
    .on('upgrade', (request, socket, head) => {
      const response = new ServerResponse(request);
      response.assignSocket(socket as Socket);
      const exchange = { request, response, upgrade: { socket, head }, signal: ended.signal } as unknown as Exchange;
      void proxyCluster(exchange, { target: client, base: '' }, request.url ?? '');
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    client.close();
    server.close();
    cluster.close();
  });

  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const asked =
    'GET /exec HTTP/1.1\r\nhost: x\r\nauthorization: Bearer mine\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: k\r\n\r\n';
  socket.write(`${asked}early `);
  let text = '';
  const closed = once(socket, 'close');
  for await (const chunk of socket) {
    text += chunk.toString();
    if (text.endsWith('early ')) socket.write('late');
    if (text.endsWith('late')) ended.abort();
  }
  await closed;

  assert.match(text, /^HTTP\/1.1 101 Switching Protocols\r\n[\s\S]*sec-websocket-protocol: v5\r\n\r\nearly late$/);
  assert.doesNotMatch(text, /x-own/i);
  assert.deepEqual([seen[0]?.authorization, seen[0]?.['sec-websocket-key'], seen[0]?.upgrade], ['Bearer of-the-plane', 'k', 'websocket']);
});
