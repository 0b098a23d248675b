import assert from 'node:assert/strict';
import { Agent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createLog } from '@fairway/resources/log';
import { type Caller, Problem } from '@fairway/resources/model';
import { createHttpServer, createRequestFigures, type Exchange, type HttpServer, readBody, readJson, type Surface } from './index.ts';

const callers: Record<string, Caller> = {
  admin: { principal: 'user:admin', permissions: ['*'] },
  idle: { principal: 'user:idle', permissions: [] },
  reader: { principal: 'user:reader', permissions: ['test.thing.read'] },
};
const maxBodyBytes = 1_000;
const json = { 'content-type': 'application/json' };
const statuses = {
  'not-found': 404,
  'already-exists': 409,
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'rate-limited': 429,
  unavailable: 503,
} as const;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

describe('the HTTP server', () => {
  let server: HttpServer;
  let port: number;
  let lines: string[];
  let figures: ReturnType<typeof createRequestFigures>;
  let aborted: PromiseWithResolvers<void>;
  let entered: PromiseWithResolvers<void>;
  let release: PromiseWithResolvers<void>;

  const handlers: Record<
    string,
    (exchange: Exchange) => Promise<{ status: number; headers?: Record<string, string>; body: string } | undefined>
  > = {
    echo: async ({ request }) => ({ status: 200, headers: json, body: (await readBody(request, maxBodyBytes)).toString('utf8') }),
    object: async ({ request }) => ({ status: 200, headers: json, body: JSON.stringify(await readJson(request, maxBodyBytes)) }),
    slow: async ({ request }) => ({ status: 200, body: String((await readBody(request, maxBodyBytes, { patienceMs: 50 })).length) }),
    thing: async ({ params, query, caller, traceparent }) => ({
      status: 200,
      headers: json,
      body: JSON.stringify({ name: params.name, query: [...query], principal: caller.principal, traceparent }),
    }),
    broken: async () => {
      throw new Error('SELECT secret FROM vault');
    },
    limited: async () => {
      throw new Problem({ reason: 'rate-limited', message: 'too many', retryAfterSeconds: 7 });
    },
    splitting: async () => ({ status: 200, headers: { 'x-name': 'a\r\nset-cookie: b' }, body: '' }),
    waiting: async ({ signal }) => {
      entered.resolve();
      signal.addEventListener('abort', () => aborted.resolve(), { once: true });
      await Promise.race([aborted.promise, release.promise]);
      return { status: 200, body: 'done' };
    },
    stream: async ({ response, signal }) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('first');
      entered.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      response.end('last');
      aborted.resolve();
      return undefined;
    },
  };
  const routes: Surface['routes'] = [
    ...['echo', 'object', 'slow'].map((name) => ({
      methods: ['POST' as const],
      path: `/test/${name}`,
      operation: `test.${name}`,
      permission: 'test.thing.update',
      handle: handlers[name] as never,
    })),
    ...['broken', 'limited', 'splitting', 'waiting', 'stream'].map((name) => ({
      methods: ['GET' as const],
      path: `/test/${name}`,
      operation: `test.${name}`,
      permission: 'public',
      handle: handlers[name] as never,
    })),
    {
      methods: ['GET', 'HEAD'],
      path: '/test/things/:name',
      operation: 'thing.get',
      permission: 'test.thing.read',
      handle: handlers.thing as never,
    },
  ];
  const surface: Surface = {
    name: 'test',
    prefixes: ['/'],
    challenge: 'Bearer',
    routes,
    renderProblem: (error) =>
      error instanceof Problem ? { status: statuses[error.reason], body: error.message } : { status: 500, body: 'internal error' },
    renderNoRoute: (allowed) =>
      allowed.length === 0 ? { status: 404, body: 'no such path' } : { status: 405, headers: { allow: allowed.join(', ') }, body: 'no' },
  };

  beforeEach(async () => {
    lines = [];
    figures = createRequestFigures();
    [aborted, entered, release] = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()];
    const log = createLog({ write: (line) => void lines.push(line), now: Date.now, level: 'debug' });
    server = createHttpServer({ surfaces: [surface], checkToken: async (token) => callers[token], figures, log, now: Date.now });
    port = await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    await server.close(100);
  });

  const ask = (
    method: string,
    path: string,
    { token = 'admin', headers = {}, body, agent }: { token?: string; headers?: Record<string, string>; body?: string; agent?: Agent } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
      const request = requestHttp({
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { ...authorization, ...headers },
        ...(agent ? { agent } : { agent: false }),
      });
      request.once('error', reject);
      request.once('response', async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
      request.end(body);
    });
  /** What the server says to these bytes, until it closes the connection. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.once('error', reject);
      socket.once('close', () => resolve(answer));
    });

  test('asks a client without valid credentials for some, in the words of its surface', async () => {
    for (const [token, because] of [
      ['', /no token was sent/],
      ['unknown', /unknown, expired or revoked/],
      ['x'.repeat(9_000), /no token was sent/],
    ] as const) {
      const answer = await ask('GET', '/test/things/a', { token });
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="fairway"');
      assert.match(answer.body, because);
    }
    const basic = { authorization: `Basic ${Buffer.from('anyone:reader').toString('base64')}` };
    assert.equal((await ask('GET', '/test/things/a', { token: '', headers: basic })).status, 200);
  });

  test('refuses a caller without the permission and names it', async () => {
    const answer = await ask('GET', '/test/things/a', { token: 'idle' });
    assert.deepEqual([answer.status, answer.body], [403, 'user:idle needs the permission test.thing.read for this']);
    assert.equal((await ask('POST', '/test/echo', { token: 'reader', body: 'x' })).status, 403);
  });

  test('answers HEAD as GET without a body, and other methods with those that there are', async () => {
    const get = await ask('GET', '/test/things/a%20b?x=1&x=2', { token: 'reader' });
    const head = await ask('HEAD', '/test/things/a%20b?x=1&x=2', { token: 'reader' });
    assert.equal(JSON.parse(get.body).name, 'a b');
    assert.deepEqual(JSON.parse(get.body).query, [
      ['x', '1'],
      ['x', '2'],
    ]);
    assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', get.headers['content-length']]);
    const wrong = await ask('DELETE', '/test/things/a');
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET, HEAD']);
    assert.equal((await ask('GET', '/test/nothing')).status, 404);
    assert.equal((await ask('PROPFIND', '/test/things/a')).status, 405);
  });

  test('continues a trace, begins one where the header is malformed, and repeats only harmless request ids', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const followed = await ask('GET', '/test/things/a', { headers: { traceparent: trace, 'x-request-id': 'mine-1' } });
    assert.match(String(followed.headers.traceparent), /^00-a{32}-[0-9a-f]{16}-01$/);
    assert.notEqual(followed.headers.traceparent, trace);
    assert.equal(JSON.parse(followed.body).traceparent, followed.headers.traceparent);
    assert.equal(followed.headers['x-request-id'], 'mine-1');
    for (const bad of ['00-zz', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`]) {
      const answer = await ask('GET', '/test/things/a', { headers: { traceparent: bad, 'x-request-id': '"><script>' } });
      assert.match(String(answer.headers.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      assert.match(String(answer.headers['x-request-id']), /^req-[0-9a-f]{24}$/);
    }
  });

  test('reads bodies up to the limit, said beforehand or not, and lets the client see why not', async () => {
    assert.equal((await ask('POST', '/test/echo', { body: 'x'.repeat(maxBodyBytes) })).status, 200);
    const said = await ask('POST', '/test/echo', { body: 'x'.repeat(maxBodyBytes + 1) });
    assert.deepEqual([said.status, said.body], [413, 'the request body is larger than 1000 bytes: send less']);
    const unsaid = await ask('POST', '/test/echo', { body: 'x'.repeat(100_000), headers: { 'transfer-encoding': 'chunked' } });
    assert.equal(unsaid.status, 413);
  });

  const malformed: [body: string, because: string][] = [
    ['{"a":', 'it is cut off'],
    ['[1]', 'it is a list'],
    ['"x"', 'it is a text'],
    ['null', 'it is nothing'],
    ['', 'it is empty'],
  ];
  for (const [body, because] of malformed)
    test(`refuses ${JSON.stringify(body)} as an object: ${because}`, async () => {
      assert.equal((await ask('POST', '/test/object', { body })).status, 400);
    });

  test('gives up a body that does not arrive, and a client that goes away is no error of ours', async () => {
    const head = (length: number): string =>
      `POST /test/slow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer admin\r\ncontent-length: ${length}\r\n\r\nab`;
    assert.match(await raw(head(10)), /^HTTP\/1\.1 400 .*did not arrive within 50 ms/s);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(head(100), () => socket.destroy()));
      socket.once('error', reject);
      socket.once('close', () => resolve());
    });
    assert.equal((await ask('GET', '/test/things/a')).status, 200);
    assert.equal(
      lines.some((line) => line.includes('"level":"error"')),
      false,
      lines.join(''),
    );
  });

  test('tells the handler when its client goes away', async () => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /test/waiting HTTP/1.1\r\nhost: x\r\n\r\n'));
    socket.on('error', () => undefined);
    await entered.promise;
    socket.destroy();
    await aborted.promise;
  });

  test('never lets a value become a header of its own, and outlives it', async () => {
    const answer = await ask('GET', '/test/splitting').catch(() => undefined);
    assert.equal(answer?.headers['set-cookie'], undefined);
    assert.notEqual(answer?.status, 200);
    assert.equal((await ask('GET', '/test/things/a')).status, 200);
  });

  test('keeps what an unexpected error says in the log, where the request id finds it', async () => {
    const answer = await ask('GET', '/test/broken', { headers: { 'x-request-id': 'find-me' } });
    assert.deepEqual([answer.status, answer.body], [500, 'internal error']);
    const line = lines.find((text) => text.includes('SELECT secret FROM vault')) ?? '';
    assert.ok(line.includes('find-me'));
    assert.equal((await ask('GET', '/test/limited')).headers['retry-after'], '7');
  });

  const refused: [text: string, because: string][] = [
    [`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(40_000)}\r\n\r\n`, 'its headers are too long'],
    ['GET / HTTP/1.1\r\nbad header\r\n\r\n', 'a header has no colon'],
    [
      'POST /test/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'two lengths contradict each other',
    ],
    ['POST /test/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'it has two lengths'],
    ['nonsense\r\n\r\n', 'it is not HTTP'],
  ];
  for (const [text, because] of refused)
    test(`refuses a request because ${because}`, async () => {
      assert.match(await raw(text), /^HTTP\/1\.1 4\d\d /);
    });

  test('stops after running requests have ended, ends streams, and takes no new ones', async () => {
    const agent = new Agent({ keepAlive: true });
    await ask('GET', '/test/things/a', { agent });
    const streaming = ask('GET', '/test/stream');
    await entered.promise;
    entered = Promise.withResolvers();
    const before = Date.now();
    await server.close(5_000);
    assert.equal((await streaming).body, 'firstlast');
    assert.ok(Date.now() - before < 2_000, 'a kept connection and a stream hold nothing up');
    await assert.rejects(ask('GET', '/test/things/a'), { code: 'ECONNREFUSED' });
    agent.destroy();
  });

  test('cuts what does not end within its grace', async () => {
    const hanging = requestHttp({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/test/echo',
      headers: { authorization: 'Bearer admin', 'content-length': '10' },
      agent: false,
    });
    const cut = new Promise<void>((resolve) => hanging.once('error', () => resolve()));
    hanging.write('a');
    while (!figures.render().includes('fairway_http_requests_in_flight 1')) await new Promise((resolve) => setImmediate(resolve));
    await server.close(50);
    await cut;
  });

  test('says that a port is taken', async () => {
    await assert.rejects(server.listen({ host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  });

  test('counts requests by operation and outcome, in Prometheus text', async () => {
    await ask('GET', '/test/things/a');
    await ask('GET', '/test/nothing');
    const text = figures.render();
    assert.match(text, /^fairway_http_requests_total\{surface="test",operation="thing.get",code="2xx"\} 1$/m);
    assert.match(text, /^fairway_http_requests_total\{surface="test",operation="none",code="4xx"\} 1$/m);
    assert.match(text, /^fairway_http_request_seconds_bucket\{surface="test",operation="thing.get",le="\+Inf"\} 1$/m);
  });
});
