import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '@fairway/resources/log';
import { isProblem, type Problem } from '@fairway/resources/model';
import { createHttpServer, createRequestFigures, type KeptAnswer, type Route, type Surface, type UseKey } from './index.ts';

const surface = (route: Route): Surface => ({
  name: 'test',
  prefixes: ['/'],
  challenge: 'Bearer',
  routes: [route],
  renderProblem: (error) => ({ status: isProblem(error, 'conflict') ? 409 : 400, body: (error as Problem).message }),
  renderNoRoute: () => ({ status: 404, body: '' }),
});

interface Options {
  handle: Route['handle'];
  isRepeatable?: boolean;
  isKept?: boolean;
  log?: string[];
}

/** A server whose keys are remembered by this process; `handle` commits nothing, so every request counts as one that wrote something. */
async function serve(t: TestContext, { handle, isRepeatable = true, isKept = true, log = [] }: Options): Promise<string> {
  const answers = new Map<string, { fingerprint: string; answer?: KeptAnswer }>();
  const useKey: UseKey = (_caller, key) => ({
    id: key,
    find: async () => answers.get(key),
    change: (fingerprint) => {
      answers.set(key, { fingerprint });
      return { op: 'create', object: { apiVersion: '', kind: '', metadata: { name: '' } } };
    },
    keep: async (answer) => {
      if (!isKept) throw new Error('disk full');
      answers.set(key, { fingerprint: answers.get(key)?.fingerprint ?? '', answer });
    },
  });
  const route: Route = {
    methods: ['POST'],
    path: '/',
    operation: 'test.post',
    permission: 'a.b.write',
    handle,
    ...(isRepeatable ? { repeatable: { maxBodyBytes: 100 } } : {}),
  };
  const server = createHttpServer({
    surfaces: [surface(route)],
    checkToken: () => ({ principal: 'user:ada', permissions: ['*'] }),
    useKey,
    figures: createRequestFigures(),
    onRefused: () => {},
    log: createLog({ write: (line) => log.push(line), now: Date.now, level: 'warn' }),
    now: Date.now,
  });
  t.after(() => server.close(100));
  return `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
}

const making: Route['handle'] = async ({ keyUse }) => {
  keyUse?.();
  return { status: 201, body: 'made' };
};
const post = (url: string, body = 'x', key: string | undefined = 'k') =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { authorization: 'Bearer ada', connection: 'close', ...(key === undefined ? {} : { 'idempotency-key': key }) },
  });

test('a repeat while the first is under way is told to come again, and gets the answer of the first then', async (t) => {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const url = await serve(t, {
    handle: async ({ keyUse }) => {
      calls += 1;
      begun.resolve();
      await gate.promise;
      keyUse?.();
      return { status: 201, body: `made ${calls}` };
    },
  });
  const first = post(url);
  await begun.promise;

  const early = await post(url);
  gate.resolve();
  const answers = [await (await first).text(), await (await post(url)).text()];

  assert.deepEqual([early.status, early.headers.get('retry-after')], [409, '1']);
  assert.match(await early.text(), /under way/);
  assert.deepEqual([answers, calls], [['made 1', 'made 1'], 1]);
});

test('an answer that could not be kept is given all the same, and a repeat says that the request was carried out', async (t) => {
  const log: string[] = [];
  const url = await serve(t, { isKept: false, log, handle: making });

  assert.equal(await (await post(url)).text(), 'made');
  const repeat = await post(url);

  assert.equal(repeat.status, 409);
  assert.equal(repeat.headers.get('retry-after'), null, 'waiting does not help');
  assert.match(await repeat.text(), /was carried out/);
  assert.match(log[0] ?? '', /could not be kept.*disk full/);
});

test('a body that the handler does not look at belongs to the request too', async (t) => {
  const url = await serve(t, { handle: making });

  const statuses = [];
  for (const body of ['one', 'one', 'two']) statuses.push((await post(url, body)).status);

  assert.deepEqual(statuses, [201, 201, 400]);
});

test('a body that is larger than the route takes is refused', async (t) => {
  const url = await serve(t, { handle: async () => assert.fail('it was carried out') });

  const answer = await post(url, 'x'.repeat(101));

  assert.match(await answer.text(), /larger than 100 bytes/);
});

for (const { because, isRepeatable, key } of [
  { because: 'it has no key', isRepeatable: true, key: undefined },
  { because: 'its route takes none', isRepeatable: false, key: 'k' },
])
  test(`a request is carried out every time when ${because}`, async (t) => {
    let calls = 0;
    const url = await serve(t, {
      isRepeatable,
      handle: async ({ keyUse }) => {
        assert.equal(keyUse, undefined);
        calls += 1;
        return { status: 200, body: '' };
      },
    });
    await fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer ada', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    });
    await fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer ada', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    });

    assert.equal(calls, 2);
  });
