import assert from 'node:assert/strict';
import { request as httpRequest, type ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { buildRoutes } from '../routes/build-routes.ts';
import { ask, keepAliveAgent, listen, startDataPath, startUpstream, until } from '../testing/loopback.ts';
import { application } from '../testing/route-objects.ts';

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

test('an endpoint that refuses connections is passed over, for a POST with a body too', async (t) => {
  const upstream = await startUpstream(t, (incoming, response) => {
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
    });
    incoming.on('end', () => response.end(String(size)));
  });
  const { path, port } = await startDataPath(t);
  path.use(
    buildRoutes(
      application('hello', [
        { uid: 'dead', port: await closedPort() },
        { uid: 'p1', port: upstream.port },
      ]),
    ),
  );

  const answers = [];
  for (let index = 0; index < 6; index += 1)
    answers.push(await ask(port, 'hello.localhost', { method: 'POST', body: Buffer.alloc(300_000) }));

  assert.deepEqual(
    answers.map((each) => each.text),
    Array(6).fill('300000'),
  );
});

test('a request waits while nothing is ready and is sent as soon as something is', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('there'));
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port, ready: false }])));

  const answer = ask(port, 'hello.localhost');
  await until(() => path.held === 1, 'the request is held');
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  assert.equal((await answer).text, 'there');
  assert.equal(path.held, 0);
});

test('a request that comes before the first table waits for it', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('there'));
  const { path, port } = await startDataPath(t);

  const answer = ask(port, 'hello.localhost');
  await until(() => path.held === 1, 'the request is held');
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  assert.equal((await answer).status, 200);
});

test('waiting ends with a problem that says why, and the queue has a bound', async (t) => {
  const { path, port } = await startDataPath(t, { holdMs: 300, maxHeld: 2 });
  path.use(buildRoutes(application('hello', [])));

  const held = [ask(port, 'hello.localhost'), ask(port, 'hello.localhost')];
  await until(() => path.held === 2, 'two are held');
  const surplus = await ask(port, 'hello.localhost');
  const answers = await Promise.all(held);

  assert.equal((JSON.parse(surplus.text) as { reason: string }).reason, 'TooManyWaiting');
  for (const answer of answers) {
    assert.deepEqual([answer.status, answer.headers['x-fairway-gateway'], answer.headers['retry-after']], [503, '1', '5']);
    assert.equal((JSON.parse(answer.text) as { reason: string }).reason, 'NoReadyEndpoint');
  }
});

test('a client that leaves while it waits gives its place back', async (t) => {
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [])));

  const outgoing = httpRequest({ host: '127.0.0.1', port, agent: false, headers: { host: 'hello.localhost' } }).on('error', () => {});
  outgoing.end();
  await until(() => path.held === 1, 'the request is held');
  outgoing.destroy();

  await until(() => path.held === 0, 'the place is free');
});

test('an application that restarts on its port is waited for', async (t) => {
  const port = await closedPort();
  const gateway = await startDataPath(t);
  gateway.path.use(buildRoutes(application('hello', [{ uid: 'p1', port }])));

  const answer = ask(gateway.port, 'hello.localhost', { method: 'POST', body: 'data' });
  await until(() => gateway.path.held === 1, 'the request is held');
  await startUpstream(t, (incoming, response) => incoming.pipe(response), port);

  assert.equal((await answer).text, 'data');
});

/** Answers the first request of each connection and resets the connection at the second, as a server does whose idle time has just run out. */
async function startClosingUpstream(t: Parameters<typeof startUpstream>[0]): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', () => {
      requests += 1;
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
    });
  });
  const port = await listen(server);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port, connections: () => connections };
}

test('a kept connection that was closed by the application is replaced without anybody noticing', async (t) => {
  const upstream = await startClosingUpstream(t);
  const { path, port } = await startDataPath(t);
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const statuses = [];
  for (let index = 0; index < 5; index += 1) statuses.push((await ask(port, 'hello.localhost')).status);

  assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
  assert.equal(upstream.connections(), 5);
});

test('a POST never goes out on a connection that has been idle for long, and a request that may have been executed is not repeated', async (t) => {
  const upstream = await startClosingUpstream(t);
  const { path, port } = await startDataPath(t, { upstreamRecentMs: 0 });
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));
  const statuses = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await ask(port, 'hello.localhost', { method: 'POST', body: 'x' })).status);
  assert.deepEqual(statuses, [200, 200, 200]);

  let executed = 0;
  const crashing = await startUpstream(t, (incoming) => {
    incoming.resume().on('end', () => {
      executed += 1;
      incoming.socket.destroy();
    });
  });
  path.use(buildRoutes(application('crash', [{ uid: 'p2', port: crashing.port }])));
  const lost = await ask(port, 'crash.localhost', { method: 'POST', body: 'x' });

  assert.deepEqual([lost.status, executed], [502, 1]);
  assert.equal((JSON.parse(lost.text) as { reason: string }).reason, 'UpstreamClosed');
});

test('an answer that does not begin in time is a 504 and ends the request in the application', async (t) => {
  let isGone = false;
  const upstream = await startUpstream(t, (incoming) => {
    incoming.socket.on('close', () => {
      isGone = true;
    });
  });
  const { path, port } = await startDataPath(t, { firstByteMs: 100 });
  path.use(buildRoutes(application('hello', [{ uid: 'p1', port: upstream.port }])));

  const answer = await ask(port, 'hello.localhost');

  assert.equal(answer.status, 504);
  await until(() => isGone, 'the application hears of it');
});

test('requests are spread over the endpoints, the least busy first', async (t) => {
  const counts = [0, 0];
  const waiting: ServerResponse[] = [];
  const upstreams = await Promise.all(
    [0, 1].map((index) =>
      startUpstream(t, (_request, response) => {
        counts[index] = (counts[index] ?? 0) + 1;
        waiting.push(response);
      }),
    ),
  );
  const { path, port } = await startDataPath(t);
  path.use(
    buildRoutes(
      application(
        'hello',
        upstreams.map((each, index) => ({ uid: `p${index}`, port: each.port })),
      ),
    ),
  );

  const answers = Array.from({ length: 10 }, () => ask(port, 'hello.localhost'));
  await until(() => waiting.length === 10, 'all are in the applications');
  for (const response of waiting) response.end();
  await Promise.all(answers);

  assert.deepEqual(counts, [5, 5]);
});

test('while new instances take over from old ones under load, no request fails', async (t) => {
  const { path, port, idlePods } = await startDataPath(t);
  const agent = keepAliveAgent(t);
  const failures: string[] = [];
  let sent = 0;
  let isRunning = true;
  const client = async (isPost: boolean): Promise<void> => {
    while (isRunning) {
      sent += 1;
      const body = 'x'.repeat(isPost ? 50_000 : 0);
      const answer = await ask(port, 'hello.localhost', {
        ...(isPost ? { method: 'POST', body } : {}),
        agent: sent % 3 === 0 ? false : agent,
      }).catch((error: Error) => ({ status: 0, text: error.message }));
      if (answer.status !== 200 || answer.text !== String(body.length)) failures.push(`${answer.status} ${answer.text}`);
    }
  };
  const start = (): ReturnType<typeof startUpstream> =>
    startUpstream(t, (incoming, response) => {
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
      });
      incoming.on('end', () => setImmediate(() => response.end(String(size))));
    });
  let old = await start();
  path.use(buildRoutes(application('hello', [{ uid: 'p0', port: old.port }])));
  const clients = [client(false), client(false), client(true), client(true)];

  for (let round = 1; round <= 20; round += 1) {
    const next = await start();
    const before = sent;
    await until(() => sent > before + 20, 'requests run');
    const uid = `p${round - 1}`;
    path.use(
      buildRoutes(
        application('hello', [
          { uid, port: old.port, ready: false, serving: true, terminating: true },
          { uid: `p${round}`, port: next.port },
        ]),
      ),
    );
    await until(() => path.upstreams.inFlightOf(uid) === 0, 'the old instance is drained');
    // What SIGTERM does to an application that knows no grace.
    await new Promise<void>((resolve) => {
      old.server.close(() => resolve());
      old.server.closeAllConnections();
    });
    path.use(buildRoutes(application('hello', [{ uid: `p${round}`, port: next.port }])));
    old = next;
  }
  isRunning = false;
  await Promise.all(clients);

  assert.deepEqual(failures, []);
  assert.ok(sent > 400, `${sent} requests`);
  assert.ok(idlePods.includes('p0'));
});
