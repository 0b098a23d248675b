import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  errorOf,
  FairwayError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  TimeoutError,
  UnprocessableEntityError,
} from './errors.ts';
import { answerJson, serveLoopback } from './testing/serve-loopback.ts';
import { createTransport, pause } from './transport.ts';

test('a GET is tried again after 5xx, 408 and 429, as often as allowed', async (t) => {
  for (const status of [408, 429, 500, 502, 503]) {
    let calls = 0;
    const url = await serveLoopback(t, (_, response) => {
      calls += 1;
      answerJson(response, calls < 3 ? status : 200, { calls }, { 'retry-after': '0' });
    });

    assert.deepEqual(await createTransport({ url }).json({ path: '/' }), { calls: 3 }, `after ${status}`);
    await assert.rejects(
      createTransport({ url, retries: 0, fetch: async () => new Response('{}', { status }) }).json({ path: '/' }),
      FairwayError,
    );
  }
});

test('a refusal is not tried again', async (t) => {
  for (const status of [400, 401, 403, 404, 409, 422]) {
    let calls = 0;
    const url = await serveLoopback(t, (_, response) => {
      calls += 1;
      answerJson(response, status, {});
    });

    await assert.rejects(createTransport({ url }).send({ path: '/' }), { status });

    assert.equal(calls, 1, String(status));
  }
});

const withKey = '/api/v1/orgs/default/projects';
const withoutKey = '/k8s/clusters/local/api/v1/namespaces/default/pods';

for (const method of ['POST', 'PATCH'])
  for (const status of [408, 500, 502, 504])
    test(`a ${method} is sent again after ${status} under its key, and not where the platform takes no keys`, async (t) => {
      const calls: string[] = [];
      const url = await serveLoopback(t, (request, response) => {
        calls.push(request.url ?? '');
        answerJson(response, calls.length === 1 ? status : 200, {}, { 'retry-after': '0' });
      });

      await createTransport({ url }).json({ method, path: withKey, body: {} });
      assert.deepEqual(calls.splice(0), [withKey, withKey]);
      await assert.rejects(createTransport({ url }).json({ method, path: withoutKey, body: {} }), { status });

      assert.deepEqual(calls, [withoutKey], 'that answer leaves open whether it was done');
    });

test('a POST carries one idempotency key through all its tries, another call another key, and a cluster none', async (t) => {
  const keys: unknown[] = [];
  const url = await serveLoopback(t, (request, response) => {
    keys.push(request.headers['idempotency-key']);
    answerJson(response, keys.length === 1 ? 503 : 200, {}, { 'retry-after': '0' });
  });
  const transport = createTransport({ url });

  await transport.json({ method: 'POST', path: withKey, body: {} });
  await transport.json({ method: 'POST', path: withKey, body: {} });
  await transport.json({ method: 'POST', path: withoutKey, body: {} });

  assert.equal(keys.length, 4);
  assert.match(String(keys[0]), /^[0-9a-f-]{36}$/);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
  assert.equal(keys[3], undefined);
});

test('a repeat whose first try is still under way comes again when the platform says so, and no other conflict does', async (t) => {
  let calls = 0;
  const url = await serveLoopback(t, (_, response) => {
    calls += 1;
    if (calls === 1) answerJson(response, 409, { code: 'IDEMPOTENCY_KEY_IN_USE' }, { 'retry-after': '0' });
    else answerJson(response, calls === 2 ? 200 : 409, { calls });
  });

  assert.deepEqual(await createTransport({ url }).json({ method: 'POST', path: withKey, body: {} }), { calls: 2 });
  await assert.rejects(createTransport({ url }).json({ method: 'POST', path: withKey, body: {} }), ConflictError);

  assert.equal(calls, 3);
});

test('a broken connection repeats reads and what has a key, and nothing else that may have been done already', async (t) => {
  const calls: string[] = [];
  const url = await serveLoopback(t, (request, response) => {
    calls.push(request.method ?? '');
    if (calls.length === 1) request.socket.destroy();
    else answerJson(response, 200, {});
  });

  for (const method of ['GET', 'POST', 'PATCH']) {
    await createTransport({ url }).json({ method, path: withKey });
    assert.deepEqual(calls.splice(0), [method, method]);
  }
  await assert.rejects(createTransport({ url }).json({ method: 'PATCH', path: withoutKey }), ConnectionError);
  assert.deepEqual(calls, ['PATCH']);
});

test('a POST to a closed port is tried again, because nothing was sent', async () => {
  let tries = 0;
  const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
  const transport = createTransport({
    url: 'http://127.0.0.1:1',
    retries: 1,
    fetch: async () => {
      tries += 1;
      throw refused;
    },
  });

  await assert.rejects(transport.json({ method: 'POST', path: '/' }), { code: 'UNREACHABLE', status: 0 });

  assert.equal(tries, 2);
});

test('an answer that does not come, or does not end, is a timeout', async (t) => {
  const silent = await serveLoopback(t, () => {});
  const halting = await serveLoopback(t, (_, response) => {
    response.writeHead(200);
    response.write('{"half":');
  });
  for (const url of [silent, halting])
    await assert.rejects(createTransport({ url, timeoutMs: 50 }).json({ path: '/' }), (error) => {
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, /did not answer in time/);
      return true;
    });
});

test('a stream outlives the time limit of its beginning, and ends with the signal of its caller', async (t) => {
  const url = await serveLoopback(t, (_, response) => {
    response.writeHead(200);
    response.write('one\n');
    setTimeout(() => response.write('two\n'), 120);
  });
  const stop = new AbortController();
  const response = await createTransport({ url, timeoutMs: 60 }).send({ path: '/', signal: stop.signal });
  let text = '';

  await assert.rejects(async () => {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text === 'one\ntwo\n') stop.abort(new Error('enough'));
    }
  });

  assert.equal(text, 'one\ntwo\n');
});

test('an abort ends a call, and the pause before its next try, with the reason of the signal', async (t) => {
  const url = await serveLoopback(t, (_, response) => answerJson(response, 503, {}, { 'retry-after': '30' }));
  const reason = new Error('enough');
  const stop = new AbortController();
  const call = createTransport({ url }).json({ path: '/', signal: stop.signal });
  setTimeout(() => stop.abort(reason), 30);

  await assert.rejects(call, reason);
  await assert.rejects(createTransport({ url }).json({ path: '/', signal: stop.signal }), reason);
  await assert.rejects(pause(60_000, stop.signal), reason);
});

test('a server that is not Fairway is told apart', async (t) => {
  const url = await serveLoopback(t, (_, response) => void response.end('<html>'));

  await assert.rejects(createTransport({ url }).json({ path: '/' }), { code: 'BAD_ANSWER', message: /is it Fairway\?/ });
});

test('query values are escaped and absent ones left out', async (t) => {
  const url = await serveLoopback(t, (request, response) => answerJson(response, 200, { url: request.url }));

  const answer = await createTransport({ url: `${url}/` }).json({ path: '/x', query: { a: 'b&c=d', none: undefined } });

  assert.deepEqual(answer, { url: '/x?a=b%26c%3Dd' });
});

test('errors are classes by status', () => {
  const classes = [
    [400, BadRequestError],
    [401, AuthenticationError],
    [403, PermissionDeniedError],
    [404, NotFoundError],
    [409, ConflictError],
    [422, UnprocessableEntityError],
    [429, RateLimitError],
    [500, InternalServerError],
    [599, InternalServerError],
    [418, FairwayError],
  ] as const;
  for (const [status, Class] of classes) assert.equal(errorOf(status, '').constructor, Class, String(status));
});

test('the error shapes of all surfaces are understood', () => {
  const cases = [
    { because: 'Kubernetes', body: { kind: 'Status', message: 'pods "x" not found', reason: 'NotFound', code: 404 }, code: 'NotFound' },
    {
      because: 'OpenChoreo',
      body: { success: false, error: 'no such component', code: 'COMPONENT_NOT_FOUND' },
      code: 'COMPONENT_NOT_FOUND',
    },
    {
      because: 'an error object',
      body: { error: { code: 'CONFLICT', message: 'taken', request_id: 'r-1' } },
      code: 'CONFLICT',
      requestId: 'r-1',
    },
    { because: 'the registry', body: { errors: [{ code: 'DENIED', message: 'requested access is denied' }] }, code: 'DENIED' },
    { because: 'a problem document', body: { title: 'Bad Request', detail: 'the name is too long' }, code: '' },
  ];
  const messages = ['pods "x" not found', 'no such component', 'taken', 'requested access is denied', 'the name is too long'];
  for (const [at, { because, body, code, requestId }] of cases.entries()) {
    const error = errorOf(400, JSON.stringify(body));
    assert.equal(error.message, messages[at], because);
    assert.equal(error.code, code, because);
    assert.equal(error.requestId, requestId, because);
  }
  assert.equal(errorOf(400, ' plain words \n').message, 'plain words');
  assert.equal(errorOf(503, '').message, 'the platform answered 503');
  assert.equal(errorOf(400, '', { requestId: 'r-2' }).requestId, 'r-2');
  assert.equal(errorOf(500, 'null').message, 'null');
});
