import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import {
  createHttpServer,
  createRequestFigures,
  type Exchange,
  type HttpServer,
  type Refusal,
  type Reply,
  type Route,
  type Surface,
} from './index.ts';

const words = (text: string): Reply => ({ status: 404, headers: { 'content-type': 'text/plain' }, body: text });
const surface = (routes: Route[]): Surface => ({
  name: 'test',
  prefixes: ['/'],
  challenge: 'Bearer',
  routes,
  renderProblem: (error) => ({ ...words((error as Error).message), status: 403 }),
  renderNoRoute: () => words('no route'),
});

const route = (path: string, handle: Route['handle'], rest: Partial<Route> = {}): Route => ({
  methods: ['GET'],
  path,
  operation: `test${path}`,
  permission: 'public',
  handle,
  ...rest,
});

const servers: HttpServer[] = [];
const figures = createRequestFigures();
const refused: Refusal[] = [];
const serve = async (...routes: Route[]): Promise<number> => {
  const checkToken = (token: string) => (token === 'ada' ? { principal: 'user:ada', permissions: ['a.b.read'] } : undefined);
  const server = createHttpServer({
    useKey: () => assert.fail('no route here is repeatable'),
    surfaces: [surface(routes)],
    checkToken,
    figures,
    onRefused: (refusal) => refused.push(refusal),
    log: silentLog,
    now: Date.now,
  });
  servers.push(server);
  return server.listen({ host: '127.0.0.1', port: 0 });
};
const get = (port: number, path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(5_000) });

describe('the HTTP server', () => {
  afterEach(async () => {
    refused.length = 0;
    for (const server of servers.splice(0)) await server.close(100);
  });

  test('every answer carries the request id and the trace, whoever writes its head', async () => {
    const port = await serve(
      route('/reply', async () => ({ status: 200, body: 'ä' })),
      route('/stream', async ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.end('stream');
        return undefined;
      }),
      route(
        '/own',
        async ({ response, headers }) => {
          response.writeHead(200, [...headers]);
          response.end('own');
          return undefined;
        },
        { writesHead: true },
      ),
      route('/closed', async () => ({ status: 200, body: '' }), { permission: 'a.b.write' }),
    );
    const trace = { 'x-request-id': 'req-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };

    for (const path of ['/reply', '/stream', '/own', '/closed', '/absent']) {
      const answer = await get(port, path, { ...trace, authorization: 'Bearer ada' });
      assert.equal(answer.headers.get('x-request-id'), 'req-1', path);
      assert.match(answer.headers.get('traceparent') ?? '', /^00-a{32}-[0-9a-f]{16}-01$/, path);
    }
    assert.equal(await (await get(port, '/reply')).text(), 'ä');
  });

  test('ids that nobody sent are new each time', async () => {
    const port = await serve(route('/', async () => ({ status: 200, body: '' })));
    const ids = new Set<string | null>();
    for (let count = 0; count < 300; count += 1) ids.add((await get(port, '/')).headers.get('x-request-id'));

    assert.equal(ids.size, 300);
  });

  test('the permission of a route is asked for before its handler', async () => {
    let calls = 0;
    const handle = async (): Promise<Reply> => {
      calls += 1;
      return { status: 200, body: '' };
    };
    const port = await serve(route('/read', handle, { permission: 'a.b.read' }), route('/write', handle, { permission: 'a.b.write' }));
    const statuses: number[] = [];
    for (const [path, token] of [
      ['/read', 'ada'],
      ['/write', 'ada'],
      ['/read', 'grace'],
    ] as const)
      statuses.push((await get(port, path, { authorization: `Bearer ${token}` })).status);

    assert.deepEqual([statuses, calls], [[200, 403, 403], 1]);
    assert.deepEqual(
      refused.map(({ principal, action, permission }) => [principal, action, permission]),
      [['user:ada', 'test/write', 'a.b.write']],
    );
    assert.match(figures.render(), /fairway_http_requests_total\{surface="test",operation="test\/read",code="2xx"\} 1/);
  });

  for (const { because, ask } of [
    { because: 'to one who waits for it', ask: ({ signal }: Exchange) => once(signal, 'abort') },
    { because: 'also to one who asks when it is too late', ask: ({ response }: Exchange) => once(response, 'close') },
  ])
    test(`the signal tells of a client that went away, ${because}`, async () => {
      const arrived = Promise.withResolvers<Exchange>();
      const ended = Promise.withResolvers<boolean>();
      const port = await serve(
        route('/', async (exchange) => {
          const waiting = ask(exchange);
          arrived.resolve(exchange);
          await waiting;
          ended.resolve(exchange.signal.aborted);
          return undefined;
        }),
      );
      const sent = request({ host: '127.0.0.1', port });
      sent.on('error', () => {});
      sent.end();
      await arrived.promise;
      sent.destroy();

      assert.equal(await ended.promise, true);
    });

  /** Asks for another protocol and answers what comes back first. */
  const ask = (port: number, path: string, token?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
        socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${authorization}\r\nbehind`);
      });
      socket.on('error', reject);
      socket.once('data', (chunk) => {
        resolve(chunk.toString());
        socket.destroy();
      });
    });
  const other: Route['handle'] = async ({ upgrade, response, request }) => {
    if (upgrade === undefined) return words('no other protocol');
    response.detachSocket(request.socket);
    upgrade.socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${upgrade.head.toString()}`);
    return undefined;
  };

  test('a connection changes its protocol where the route says so, and only for callers that are known', async () => {
    const port = await serve(route('/open', other, { upgrades: true, permission: 'a.b.read' }), route('/plain', other));

    assert.match(await ask(port, '/open', 'ada'), /^HTTP\/1.1 101 .*\r\n\r\nbehind$/s);
    assert.match(await ask(port, '/open'), /^HTTP\/1.1 40[13] /);
    assert.match(await ask(port, '/plain'), /^HTTP\/1.1 404 [\s\S]*no other protocol$/);
  });
});
