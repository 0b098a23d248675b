import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startTestServer } from './testing/test-server.ts';

interface Event {
  type: string;
  object: {
    kind: string;
    metadata: { name?: string; resourceVersion?: string; annotations?: Record<string, string> };
    code?: number;
    reason?: string;
    rows?: { cells: unknown[] }[];
  };
}

const components = '/apis/openchoreo.dev/v1alpha1/namespaces/default/components';

async function start(t: TestContext, stopping?: AbortSignal, options: { maxWatches?: number } = {}) {
  const { url, resources } = await startTestServer(t, { ...options, ...(stopping === undefined ? {} : { stopping }) });
  const create = (name: string, labels: Record<string, string> = {}) =>
    resources.commit({ caller: { principal: 'user:ada', permissions: ['*'] }, action: 'component.create' }, [
      {
        op: 'create',
        object: {
          apiVersion: 'openchoreo.dev/v1alpha1',
          kind: 'Component',
          metadata: { name, namespace: 'default', labels },
          spec: { owner: { projectName: 'shop' }, type: 'Service' },
        },
      },
    ]);
  /** Opens a watch; `next` reads one event. */
  const watch = async (query: string, accept = 'application/json') => {
    const response = await fetch(`${url}${components}?watch=true&${query}`, { headers: { accept }, signal: AbortSignal.timeout(10_000) });
    assert.ok(response.body);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    const next = async (): Promise<Event | undefined> => {
      while (!rest.includes('\n')) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        rest += value;
      }
      const line = rest.slice(0, rest.indexOf('\n'));
      rest = rest.slice(line.length + 1);
      return JSON.parse(line) as Event;
    };
    t.after(() => reader.cancel().catch(() => {}));
    return { next, code: response.status };
  };
  return { create, watch, resources };
}

test('a watch tells what happens after its version, and ends when its time is over', async (t) => {
  const { create, watch, resources } = await start(t);
  await create('a');
  const { next } = await watch(`resourceVersion=${await resources.currentVersion()}&timeoutSeconds=1`);

  await create('b');

  const event = await next();
  assert.deepEqual([event?.type, event?.object.metadata.name], ['ADDED', 'b']);
  assert.equal(await next(), undefined);
});

test('a watch without a version begins with what is there', async (t) => {
  const { create, watch } = await start(t);
  await create('a', { x: 'y' });
  await create('b');

  const { next } = await watch('labelSelector=x%3Dy');

  assert.equal((await next())?.object.metadata.name, 'a');
});

test('a watch ends when the server stops', async (t) => {
  const stop = new AbortController();
  const { create, watch } = await start(t, stop.signal);
  await create('a');
  const { next } = await watch('');
  assert.equal((await next())?.type, 'ADDED');

  stop.abort();

  assert.equal(await next(), undefined);
});

test('initial events end with a marked bookmark', async (t) => {
  const { create, watch } = await start(t);
  await create('a');

  const { next } = await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
  const [first, mark] = [await next(), await next()];
  await create('b');
  const after = await next();

  assert.deepEqual([first?.type, first?.object.metadata.name], ['ADDED', 'a']);
  assert.deepEqual([mark?.type, mark?.object.metadata.annotations], ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }]);
  assert.deepEqual([after?.type, after?.object.metadata.name], ['ADDED', 'b']);
});

test('a version that is not known is answered with an Expired event', async (t) => {
  const { watch } = await start(t);

  const { next, code } = await watch('resourceVersion=999999');
  const event = await next();

  assert.equal(code, 200);
  assert.deepEqual([event?.type, event?.object.code, event?.object.reason], ['ERROR', 410, 'Expired']);
  assert.equal(await next(), undefined);
});

test('events come as tables when tables are asked for', async (t) => {
  const { create, watch } = await start(t);
  await create('a');

  const { next } = await watch('', 'application/json;as=Table;v=v1;g=meta.k8s.io');

  assert.deepEqual((await next())?.object.rows?.[0]?.cells.slice(0, 3), ['a', 'shop', 'Service']);
});

test('more watches than the limit are told to come later, and one that ends makes room', async (t) => {
  const { watch } = await start(t, undefined, { maxWatches: 1 });
  const first = await watch('timeoutSeconds=1');
  assert.equal(first.code, 200);

  assert.equal((await watch('')).code, 503);
  assert.equal(await first.next(), undefined);

  assert.equal((await watch('timeoutSeconds=1')).code, 200);
});
