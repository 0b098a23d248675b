import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { silentLog } from '@fairway/resources/log';
import { type Clock, unavailable } from '@fairway/resources/model';
import { defaultLimits } from '../proxy/limits.ts';
import { createUpstreams } from '../proxy/upstreams.ts';
import { buildRoutes } from '../routes/build-routes.ts';
import { application, type PodEndpoint } from '../testing/route-objects.ts';
import { createDrainer } from './drain-endpoints.ts';

const old: PodEndpoint = { uid: 'old', port: 1, ready: false, serving: true, terminating: true };
const ready: PodEndpoint = { uid: 'new', port: 2 };

/** A drainer over a cluster that refuses the first `failures` patches, and a clock that is moved by hand. */
function setUp(t: TestContext, failures = 0) {
  const patched: string[] = [];
  const tasks: (() => void)[] = [];
  const stopping = new AbortController();
  t.after(() => stopping.abort());
  let left = failures;
  const patch = async (_kind: unknown, key: { name: string }): Promise<never> => {
    patched.push(key.name);
    left -= 1;
    if (left >= 0) throw unavailable('the cluster is away');
    return undefined as never;
  };
  const clock: Clock = {
    now: () => 0,
    after: (_delayMs, task) => {
      tasks.push(task);
      return () => {};
    },
  };
  const upstreams = createUpstreams({ limits: defaultLimits, now: () => 0, onPodIdle: (podUid) => drainer.podIdle(podUid) });
  const drainer = createDrainer({
    client: { patch } as Pick<ClusterClient, 'patch'>,
    upstreams,
    clock,
    log: silentLog,
    signal: stopping.signal,
  });
  const use = (...pods: PodEndpoint[]): void => {
    const table = buildRoutes(application('hello', pods));
    upstreams.retain(table.endpointKeys, new Set(table.draining.map((each) => each.podUid)));
    drainer.use(table);
  };
  const settle = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    for (const task of tasks.splice(0)) task();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { patched, upstreams, use, settle };
}

const endpoint = { key: 'old@127.0.0.1:1', podUid: 'old', address: '127.0.0.1', port: 1, state: 'ready' as const };

test('a pod is told drained when its last request has ended, and once, however often the table changes', async (t) => {
  const { patched, upstreams, use, settle } = setUp(t);
  use({ uid: 'old', port: 1 });
  const upstream = upstreams.of(endpoint);
  upstreams.begin(upstream);
  upstreams.begin(upstream);

  use(old, ready);
  upstreams.end(upstream);
  assert.deepEqual(patched, []);
  upstreams.end(upstream);
  use(old, ready);
  use(old, ready);
  await settle();

  assert.deepEqual(patched, ['hello-old']);
});

test('a pod without a request is told at once, and a pod that a slice calls drained is not told again', async (t) => {
  const { patched, use, settle } = setUp(t);

  use(old, ready);
  use({ ...old, annotations: { 'drained.fairway.dev/old': 'true' } }, ready);
  await settle();

  assert.deepEqual(patched, ['hello-old']);
});

test('the word is sent again when the cluster did not take it', async (t) => {
  const { patched, use, settle } = setUp(t, 2);

  use(old, ready);
  await settle();
  await settle();
  await settle();

  assert.deepEqual(patched, ['hello-old', 'hello-old', 'hello-old']);
});

test('while requests still go to the old pod because its replacement is not ready, an idle moment is no end', async (t) => {
  const { patched, upstreams, use, settle } = setUp(t);
  use(old, { ...ready, ready: false });
  const upstream = upstreams.of(endpoint);
  upstreams.begin(upstream);
  upstreams.end(upstream);
  await settle();
  assert.deepEqual(patched, []);

  use(old, ready);
  await settle();

  assert.deepEqual(patched, ['hello-old']);
});
