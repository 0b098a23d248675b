import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { buildRoutes } from '../routes/build-routes.ts';
import { ask, keepAliveAgent, listen, readAnswer, sendRaw, startDataPath, startUpstream, until } from '../testing/loopback.ts';
import { application, policy, route, routeObjects, service, slices } from '../testing/route-objects.ts';

const echoHeaders = (request: IncomingMessage, response: ServerResponse): void => {
  request.resume().on('end', () => response.end(JSON.stringify({ url: request.url, method: request.method, headers: request.headers })));
};

test('a request reaches the application with its own path, method and forwarded headers', async (t) => {
  const upstream = await startUpstream(t, echoHeaders);
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const answer = await ask(port, 'hello.localhost:7080', {
    path: '/a/b?c=d',
    headers: { connection: 'x-hop', 'x-hop': 'secret', 'x-forwarded-for': '6.6.6.6', 'x-keep': 'yes' },
  });

  const seen = JSON.parse(answer.text) as { url: string; headers: Record<string, string> };
  assert.equal(answer.status, 200);
  assert.equal(seen.url, '/a/b?c=d');
  assert.equal(seen.headers.host, 'hello.localhost:7080');
  assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(seen.headers['x-forwarded-host'], 'hello.localhost:7080');
  assert.equal(seen.headers['x-forwarded-proto'], 'http');
  assert.equal(seen.headers['x-keep'], 'yes');
  assert.equal(seen.headers['x-hop'], undefined);
  assert.match(seen.headers.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.match(seen.headers['x-request-id'] ?? '', /^req-[0-9a-f]{24}$/);
});

test('one host is asked for and passed on: that of an absolute target, and never one of two Host headers', async (t) => {
  const upstream = await startUpstream(t, echoHeaders);
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const absolute = await sendRaw(port, 'GET http://hello.localhost:81/ HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n');
  assert.match(absolute, /"host":"hello\.localhost:81"/);
  assert.doesNotMatch(absolute, /elsewhere/);

  const twice = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: hello.localhost\r\nHost: other.localhost\r\nConnection: close\r\n\r\n');
  assert.match(twice, /^HTTP\/1\.1 400 /);
});

test('a trace and a request id that came are passed on', async (t) => {
  const upstream = await startUpstream(t, echoHeaders);
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;

  const answer = await ask(port, 'hello.localhost', { headers: { traceparent, 'x-request-id': 'mine-1' } });

  const { headers } = JSON.parse(answer.text) as { headers: Record<string, string> };
  assert.equal(headers.traceparent, traceparent);
  assert.equal(headers['x-request-id'], 'mine-1');
});

test('200 MB stream through without being held in the gateway', async (t) => {
  const total = 200 * 1024 * 1024;
  const chunk = Buffer.alloc(256 * 1024, 7);
  let written = 0;
  const upstream = await startUpstream(t, (_request, response) => {
    const more = (): void => {
      while (written < total) {
        written += chunk.byteLength;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const { received, farthestAhead } = await new Promise<{ received: number; farthestAhead: number }>((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false, headers: { host: 'hello.localhost' } }, (response) => {
      const figures = { received: 0, farthestAhead: 0 };
      response.on('data', (data: Buffer) => {
        figures.received += data.byteLength;
        figures.farthestAhead = Math.max(figures.farthestAhead, written - figures.received);
      });
      response.on('end', () => resolve(figures));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });

  assert.equal(received, total);
  // Kernel buffers of two loopback connections; a gateway that buffers would be ahead by most of it.
  assert.ok(farthestAhead < 32 * 1024 * 1024, `the application was ${farthestAhead} bytes ahead of the client`);
});

test('a large request body is slowed down by an application that does not read', async (t) => {
  let resume: (() => void) | undefined;
  let digest = '';
  const upstream = await startUpstream(t, (incoming, response) => {
    const hash = createHash('sha256');
    resume = () => {
      incoming.on('data', (chunk: Buffer) => hash.update(chunk));
      incoming.on('end', () => {
        digest = hash.digest('hex');
        response.end('ok');
      });
    };
  });
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));
  const chunk = Buffer.alloc(1024 * 1024, 3);
  const chunks = 64;
  let sent = 0;
  const hash = createHash('sha256');
  const outgoing = request({ port, host: '127.0.0.1', agent: false, method: 'PUT', headers: { host: 'hello.localhost' } });
  const answered = new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve));
  let isBlocked = false;
  const more = (): void => {
    while (sent < chunks) {
      sent += 1;
      hash.update(chunk);
      if (!outgoing.write(chunk)) {
        isBlocked = true;
        outgoing.once('drain', more);
        return;
      }
    }
    outgoing.end();
  };
  more();
  let before = -1;
  await until(() => {
    const isStill = resume !== undefined && isBlocked && before === sent;
    before = sent;
    return isStill;
  }, 'the client is stopped by backpressure');
  assert.ok(sent < chunks, 'the whole body was taken although nobody reads it');
  resume?.();

  assert.equal((await readAnswer(await answered)).text, 'ok');
  assert.equal(digest, hash.digest('hex'));
});

test('events of a stream arrive one by one, the head before the first of them', async (t) => {
  let stream: ServerResponse | undefined;
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    stream = response;
  });
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false, headers: { host: 'hello.localhost' } }, resolve)
      .on('error', reject)
      .end();
  });
  let received = '';
  response.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  stream?.write('data: 1\n\n');
  await until(() => received === 'data: 1\n\n', 'the first event');
  stream?.write('data: 2\n\n');
  await until(() => received.endsWith('data: 2\n\n'), 'the second event');
  response.destroy();
  await until(() => stream?.destroyed === true, 'the application hears that the client left');
});

test('a WebSocket is tunnelled in both directions and counted as in flight until it closes', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  const seen: Record<string, unknown> = {};
  upstream.server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    Object.assign(seen, { upgrade: incoming.headers.upgrade, connection: incoming.headers.connection, head: head.toString() });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n');
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => socket.write(`echo ${chunk.toString()}`));
    socket.on('error', () => socket.destroy());
  });
  const { path, port, idlePods } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const client = connect(port, '127.0.0.1');
  t.after(() => client.destroy());
  let received = '';
  client.on('data', (chunk) => {
    received += chunk.toString();
  });
  client.write('GET /ws HTTP/1.1\r\nHost: hello.localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n\r\n');
  await until(() => received.includes('\r\n\r\n'), 'the switch of protocols');
  client.write('one');
  await until(() => received.endsWith('echo one'), 'the echo');

  assert.match(received, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(received, /sec-websocket-accept: x/i);
  assert.deepEqual({ upgrade: seen.upgrade, connection: seen.connection }, { upgrade: 'websocket', connection: 'Upgrade' });
  assert.equal(path.upstreams.inFlightOf('p1'), 1);
  client.end();
  await until(() => idlePods.includes('p1'), 'the tunnel is over');
  assert.equal(path.upstreams.inFlightOf('p1'), 0);
});

test('an upgrade that the application refuses gets the refusal', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end());
  upstream.server.on('upgrade', (_request, socket: Socket) =>
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
  );
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const text = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: hello.localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');

  assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\n\r\nno$/);
});

test('a client that leaves ends its request in the application', async (t) => {
  let isGone = false;
  let isThere = false;
  const upstream = await startUpstream(t, (incoming) => {
    isThere = true;
    incoming.socket.on('close', () => {
      isGone = true;
    });
  });
  const { path, port, idlePods } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const outgoing = request({ port, host: '127.0.0.1', agent: false, headers: { host: 'hello.localhost' } });
  outgoing.on('error', () => {});
  outgoing.end();
  await until(() => isThere, 'the request is in the application');
  outgoing.destroy();

  await until(() => isGone, 'the application hears of it');
  assert.deepEqual(idlePods, ['p1']);
});

test('an application that dies in the middle of an answer resets the client', async (t) => {
  const upstream = await startUpstream(t, (incoming, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => setTimeout(() => incoming.socket.destroy(), 5));
  });
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  await assert.rejects(ask(port, 'hello.localhost'), { code: 'ECONNRESET' });
});

test('trailers, HEAD, an empty answer and 100-continue pass as they are', async (t) => {
  let wasAsked = false;
  const upstream = await startUpstream(t, (incoming, response) => {
    if (incoming.url === '/none') {
      response.writeHead(204).end();
      return;
    }
    if (incoming.method === 'HEAD') {
      response.writeHead(200, { 'content-length': '123' }).end();
      return;
    }
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write(body);
      response.addTrailers({ 'x-sum': String(body.length), 'x-their': incoming.trailers['x-mine'] ?? '' });
      response.end();
    });
  });
  upstream.server.on('checkContinue', (incoming: IncomingMessage, response: ServerResponse) => {
    wasAsked = true;
    response.writeContinue();
    upstream.server.emit('request', incoming, response);
  });
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const posted = await sendRaw(
    port,
    'POST / HTTP/1.1\r\nHost: hello.localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: x-mine\r\n\r\n3\r\nabc\r\n0\r\nx-mine: m\r\n\r\n',
  );
  assert.match(posted, /3\r\nabc\r\n0\r\nx-sum: 3\r\nx-their: m\r\n/i);
  const head = await ask(port, 'hello.localhost', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '123', '']);
  const none = await ask(port, 'hello.localhost', { path: '/none' });
  assert.deepEqual([none.status, none.text], [204, '']);
  const continued = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({
      port,
      host: '127.0.0.1',
      agent: false,
      method: 'POST',
      headers: { host: 'hello.localhost', expect: '100-continue', 'content-length': 2 },
    });
    outgoing.on('continue', () => outgoing.end('ok'));
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
  assert.equal((await readAnswer(continued)).text, 'ok');
  assert.ok(wasAsked, 'the application was not asked whether it wants the body');
});

test('headers and targets above the limits are refused with a problem', async (t) => {
  const { port } = await startDataPath(t, { targetBytes: 100 });

  const large = await sendRaw(port, `GET / HTTP/1.1\r\nHost: a.localhost\r\nX-Big: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 431 [\s\S]*"reason":"HeadersTooLarge"/);
  const long = await ask(port, 'a.localhost', { path: `/${'x'.repeat(200)}` });
  assert.deepEqual([long.status, long.headers['x-fairway-gateway']], [414, '1']);
  const wrong = await sendRaw(port, 'GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n');
  assert.match(wrong, /^HTTP\/1\.1 400 /);
});

for (const { because, text, limits, says } of [
  { because: 'sends nothing', text: '', limits: { headersMs: 50 }, says: /^HTTP\/1\.1 408 [\s\S]*"reason":"RequestTimeout"/ },
  {
    because: 'never ends its headers',
    text: 'GET / HTTP/1.1\r\nHost: a.localhost\r\n',
    limits: { headersMs: 50 },
    says: /^HTTP\/1\.1 408 /,
  },
  {
    because: 'pauses for too long',
    text: 'GET / HTTP/1.1\r\nHost: a.localhost\r\n\r\n',
    limits: { clientIdleMs: 50 },
    says: /^HTTP\/1\.1 404 /,
  },
])
  test(`a client that ${because} is cut off within the limit`, { timeout: 5_000 }, async (t) => {
    const { path, port } = await startDataPath(t, limits);
    path.use(buildRoutes(application('hello', [])));

    assert.match(await sendRaw(port, text), says);
  });

test('an unknown host and a host that a policy protects are answered by the gateway', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('hello'));
  const { path, port } = await startDataPath(t);
  const objects = application('hello', [{ uid: 'p1', port: upstream.port }]);
  path.use(
    buildRoutes({
      ...objects,
      policies: [
        policy('SecurityPolicy', 'tokens', { targetRef: { group: 'g', kind: 'HTTPRoute', name: 'hello' }, jwt: { providers: [{}] } }),
      ],
    }),
  );

  const refused = await ask(port, 'hello.localhost');
  const unknown = await ask(port, 'other.localhost');

  assert.deepEqual(
    [refused.status, refused.headers['content-type'], refused.headers['x-fairway-gateway']],
    [503, 'application/problem+json', '1'],
  );
  assert.match(refused.text, /SecurityPolicy shop\/tokens/);
  assert.equal(unknown.status, 404);
  assert.equal((JSON.parse(unknown.text) as { reason: string }).reason, 'UnknownHost');
});

test('rules rewrite, redirect and change headers', async (t) => {
  const upstream = await startUpstream(t, echoHeaders);
  const { path, port } = await startDataPath(t);
  const api = route(
    'api',
    ['api.localhost'],
    [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/shop/cart' } }],
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { hostname: 'inner.example', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v1' } },
          },
          { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-Set', value: '1' }], remove: ['x-gone'] } },
          { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'X-Added', value: 'a' }] } },
        ],
        backendRefs: [{ name: 'api', port: 80 }],
      },
      {
        matches: [{ path: { type: 'PathPrefix', value: '/old' } }],
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, statusCode: 301 },
          },
        ],
      },
    ],
  );
  path.use(
    buildRoutes(
      routeObjects({ httpRoutes: [api], services: [service('api')], slices: slices('api', [{ uid: 'p', port: upstream.port }]) }),
    ),
  );

  const rewritten = await ask(port, 'api.localhost', { path: '/shop/cart/items?x=1', headers: { 'x-gone': '1' } });
  const redirected = await ask(port, 'api.localhost:7080', { path: '/old/a?b' });

  const seen = JSON.parse(rewritten.text) as { url: string; headers: Record<string, string> };
  assert.equal(seen.url, '/v1/items?x=1');
  assert.deepEqual([seen.headers.host, seen.headers['x-set'], seen.headers['x-gone']], ['inner.example', '1', undefined]);
  assert.equal(rewritten.headers['x-added'], 'a');
  assert.deepEqual([redirected.status, redirected.headers.location], [301, 'http://api.localhost:7080/new/a?b']);
});

test('connections of clients outlive a change of routes', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('hello'));
  const { path, port } = await startDataPath(t);
  const agent = keepAliveAgent(t, 1);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));
  await ask(port, 'hello.localhost', { agent });

  path.use(buildRoutes(application('hello', [{ uid: 'p2', port: upstream.port }])));
  const again = await ask(port, 'hello.localhost', { agent });

  assert.equal(again.text, 'hello');
  assert.equal(path.connections, 1);
});

test('a server that answers something else than HTTP gets a 502', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('hello, I am not HTTP\r\n'));
  });
  t.after(() => server.close());
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: await listen(server) }])));

  const answer = await ask(port, 'hello.localhost');

  assert.equal(answer.status, 502);
  assert.match(answer.text, /InvalidAnswer/);
});
