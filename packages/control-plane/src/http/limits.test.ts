import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import { createHttpServer, createRequestFigures, defaultHttpLimits, type HttpLimits, type Route, type Surface } from './index.ts';

const surface = (routes: Route[]): Surface => ({
  name: 'test',
  prefixes: ['/'],
  challenge: 'Bearer',
  routes,
  renderProblem: (error) => ({ status: 400, body: (error as Error).message }),
  renderNoRoute: () => ({ status: 404, body: '' }),
});

/** A server with small limits; POST /stream reads its body as it comes. */
async function serve(t: TestContext, limits: Partial<HttpLimits>, ended: (error: unknown) => void = () => {}): Promise<number> {
  const common = { operation: 'test.request', permission: 'public' } as const;
  const server = createHttpServer({
    surfaces: [
      surface([
        { ...common, methods: ['GET'], path: '/', handle: async () => ({ status: 200, body: 'ok' }) },
        {
          ...common,
          methods: ['POST'],
          path: '/stream',
          handle: async ({ request }) => {
            await pipeline(request, new Writable({ write: (_chunk, _encoding, done) => done() })).catch((error: unknown) => {
              ended(error);
              throw error;
            });
            return { status: 200, body: 'read' };
          },
        },
      ]),
    ],
    checkToken: () => undefined,
    useKey: () => assert.fail('no route here is repeatable'),
    figures: createRequestFigures(),
    onRefused: () => {},
    log: silentLog,
    now: Date.now,
    limits: { checkEveryMs: 10, ...limits },
  });
  t.after(() => server.close(100));
  return server.listen({ host: '127.0.0.1', port: 0 });
}

/** What the server says on a connection until it ends it. */
async function talk(t: TestContext, port: number, say: (socket: Socket) => void): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  let answer = '';
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
  say(socket);
  await once(socket, 'close');
  return answer;
}

for (const { because, text, limits, says } of [
  { because: 'sends nothing', text: '', limits: { headersMs: 50 }, says: /^(HTTP\/1\.1 408 |$)/ },
  { because: 'never ends its headers', text: 'GET / HTTP/1.1\r\nHost: x\r\n', limits: { headersMs: 50 }, says: /^HTTP\/1\.1 408 / },
  {
    because: 'sends more headers than are read',
    text: `GET / HTTP/1.1\r\nHost: x\r\na: ${'b'.repeat(2_000)}\r\n\r\n`,
    limits: { headerBytes: 1_024 },
    says: /^HTTP\/1\.1 431 /,
  },
  {
    because: 'pauses between two requests for too long',
    text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    limits: { keepAliveMs: 50 },
    says: /^HTTP\/1\.1 200 /,
  },
  {
    because: 'stops in the middle of its body',
    text: 'POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
    limits: { bodyIdleMs: 50 },
    says: /^$|400/,
  },
  {
    because: 'takes too long for its whole request',
    text: 'POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
    limits: { headersMs: 20, requestMs: 50 },
    says: /^(HTTP\/1\.1 408 |$)/,
  },
])
  test(`a client is cut off that ${because}`, async (t) => {
    const port = await serve(t, limits);

    assert.match(await talk(t, port, (socket) => socket.write(text)), says);
  });

test('a body whose bytes keep coming is read to its end, however slowly', async (t) => {
  const port = await serve(t, { bodyIdleMs: 200 }, (error) => assert.fail(String(error)));
  let left = 6;
  const answer = await talk(t, port, (socket) => {
    socket.write('POST /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n');
    const drip = setInterval(() => {
      socket.write('x');
      left -= 1;
      if (left === 0) clearInterval(drip);
    }, 100);
  });

  assert.match(answer, /read$/);
});

test('connections beyond the most that may be open are closed', async (t) => {
  const port = await serve(t, { connections: 1 });
  const first = connect({ host: '127.0.0.1', port });
  t.after(() => first.destroy());
  await once(first, 'connect');
  first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(first, 'data');

  assert.equal(await talk(t, port, (socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')), '');
});

test('every limit has a value that holds nobody up who is alive', () => {
  for (const [name, value] of Object.entries(defaultHttpLimits)) assert.ok(value > 0 && Number.isFinite(value), name);
});
