import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createFairway, type Fairway } from './client.ts';
import { type DeploymentEvent, followBinding, followDeployment } from './deployment.ts';
import { collect } from './testing/collect.ts';
import { answerJson, serveLoopback } from './testing/serve-loopback.ts';

const place = { organization: 'default', project: 'shop', component: 'web' };
const image = 'registry/default/shop/web@sha256:1';
const condition = (type: string, reason: string, status = 'False', message = `${reason}!`) => ({ type, reason, status, message });
const build = (status: unknown) => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Build',
  metadata: { name: 'b1', uid: 'b1', resourceVersion: '1' },
  spec: { owner: { projectName: 'shop', componentName: 'web' }, repository: { revision: { commit: 'c0ffee' } } },
  status,
});
const binding = (status: unknown, of: { generation?: number; environment?: string; image?: string } = {}) => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'WebApplicationBinding',
  metadata: {
    name: `web-${of.environment ?? 'development'}`,
    uid: of.environment ?? 'd',
    resourceVersion: '1',
    generation: of.generation ?? 1,
  },
  spec: {
    owner: { projectName: 'shop', componentName: 'web' },
    environment: of.environment ?? 'development',
    componentRelease: 'web-v2',
    workloadSpec: { containers: { main: { image: of.image ?? image } } },
  },
  status,
});
const completed = {
  conditions: [condition('BuildCompleted', 'BuildCompleted', 'True')],
  imageStatus: { image },
  detected: { notes: ['a note'] },
};
const ready = {
  observedGeneration: 1,
  conditions: [condition('Ready', 'ResourceHealthy', 'True')],
  componentRelease: 'web-v2',
  urls: ['http://web.localhost/'],
};

interface Scene {
  builds?: unknown[];
  /** Events of the bindings' watch. */
  bindings?: { type: string; object: unknown }[];
  bound?: unknown[];
  log?: (response: ServerResponse, call: number) => void;
}

const list = (response: ServerResponse, items: readonly unknown[] = []): void =>
  answerJson(response, 200, { items, metadata: { resourceVersion: '1' } });
function stream(response: ServerResponse, events: readonly unknown[] = []): void {
  response.writeHead(200);
  response.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

/** A platform that shows one scene. */
async function show(t: TestContext, scene: Scene): Promise<Fairway> {
  let logs = 0;
  const log = scene.log ?? ((response: ServerResponse) => void response.end('==> clone\n==> done\n'));
  const lists: Readonly<Record<string, readonly unknown[] | undefined>> = {
    builds: scene.builds ?? [build(completed)],
    webapplicationbindings: scene.bound,
  };
  const url = await serveLoopback(t, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const kind = pathname.split('/').at(-1) ?? '';
    logs += kind === 'log' ? 1 : 0;
    if (kind === 'log') log(response, logs);
    else if (!searchParams.has('watch')) list(response, lists[kind]);
    else stream(response, kind === 'webapplicationbindings' ? scene.bindings : []);
  });
  return createFairway({ url, retries: 0 });
}

async function eventsOf(t: TestContext, scene: Scene, follow: 'build' | 'commit' | 'binding' = 'build'): Promise<DeploymentEvent[]> {
  const fairway = await show(t, scene);
  const signal = AbortSignal.any([t.signal, AbortSignal.timeout(10_000)]);
  if (follow === 'binding') return collect(followBinding(fairway, place, { image, signal }));
  const which = follow === 'build' ? { build: 'b1' } : { commit: 'c0ffee' };
  return collect(followDeployment(fairway, place, { ...which, appearWithinMs: 100, signal }));
}

test('a deployment is told in order: build, its log, its image, its binding, its URL', async (t) => {
  const waiting = { observedGeneration: 1, conditions: [condition('Ready', 'ResourceHealthProgressing')] };
  const events = await eventsOf(t, {
    bound: [binding(waiting)],
    bindings: [
      { type: 'MODIFIED', object: binding(waiting) },
      { type: 'MODIFIED', object: binding(ready) },
    ],
  });

  assert.deepEqual(events, [
    { type: 'build', build: 'b1' },
    { type: 'log', line: '==> clone' },
    { type: 'log', line: '==> done' },
    { type: 'built', build: 'b1', image, notes: ['a note'] },
    { type: 'binding', environment: 'development', reason: 'ResourceHealthProgressing', message: 'ResourceHealthProgressing!' },
    { type: 'ready', environment: 'development', release: 'web-v2', urls: ['http://web.localhost/'] },
  ]);
});

test('a build whose image a newer one overtook ends the wait, though its image is never bound', async (t) => {
  const overtaken = condition('WorkloadUpdated', 'WorkloadSuperseded', 'False', 'the newer build b2 wrote the workload first');
  const events = await eventsOf(t, {
    builds: [build({ ...completed, conditions: [...completed.conditions, overtaken] })],
    bound: [binding(ready, { image: 'another' })],
  });

  assert.deepEqual(events.at(-1), { type: 'failed', stage: 'superseded', message: 'the newer build b2 wrote the workload first' });
});

test('a build is found by its commit; none within the time is an empty answer', async (t) => {
  const found = await eventsOf(t, { bound: [binding(ready)] }, 'commit');
  const absent = await eventsOf(t, { builds: [] }, 'commit');

  assert.deepEqual(found[0], { type: 'build', build: 'b1' });
  assert.deepEqual(absent, []);
});

test('a failed build is the end, with the line that says why', async (t) => {
  const failure = { phase: 'build', line: 'server.js:3 SyntaxError', message: 'npm run build ended with 1' };
  const cases = [
    {
      because: 'the builder said why',
      builds: [build({ conditions: [condition('BuildCompleted', 'BuildFailed')], failure })],
      end: { type: 'failed', stage: 'build', line: failure.line, message: failure.message },
    },
    {
      because: 'the message holds the line already',
      builds: [
        build({
          conditions: [condition('BuildCompleted', 'BuildFailed')],
          failure: { phase: 'detect', line: 'fairway.yaml: port', message: 'fairway.yaml: port; run' },
        }),
      ],
      end: { type: 'failed', stage: 'build', message: 'fairway.yaml: port; run' },
    },
    {
      because: 'it failed without a word',
      builds: [build({ conditions: [condition('BuildCompleted', 'BuildFailed')] })],
      end: { type: 'failed', stage: 'build', message: 'BuildFailed!' },
    },
    {
      because: 'it was cancelled',
      builds: [build({ conditions: [condition('BuildCompleted', 'BuildCanceled')] })],
      end: { type: 'failed', stage: 'build', message: 'BuildCanceled!' },
    },
  ];
  for (const { because, builds, end } of cases) assert.deepEqual((await eventsOf(t, { builds })).at(-1), end, because);
});

test('a build that is deleted while it is followed is told as such', async (t) => {
  const url = await serveLoopback(t, (request, response) => {
    if (request.url?.includes('/log')) return answerJson(response, 404, { message: 'gone', reason: 'NotFound' });
    if (!request.url?.includes('watch=true')) return answerJson(response, 200, { items: [], metadata: { resourceVersion: '1' } });
    response.writeHead(200);
    response.write(`${JSON.stringify({ type: 'DELETED', object: build({}) })}\n`);
  });

  const events = await collect(followDeployment(createFairway({ url }), place, { build: 'b1', signal: t.signal }));

  assert.deepEqual(events.at(-1), { type: 'failed', stage: 'build', message: 'the build was deleted' });
});

test('a log that breaks off goes on where it was, and no line comes twice', async (t) => {
  const events = await eventsOf(t, {
    bound: [binding(ready)],
    log: (response, call) => {
      response.writeHead(200);
      response.write('one\ntwo\n');
      if (call === 1) setTimeout(() => response.destroy(), 50);
      else response.end('three\n');
    },
  });

  const lines = events.flatMap((event) => (event.type === 'log' ? [event.line] : []));
  assert.deepEqual(lines, ['one', 'two', 'three']);
});

test('what the status says about an older wish, another image or another place is not the answer', async (t) => {
  const degraded = { observedGeneration: 1, conditions: [condition('Ready', 'ResourceHealthDegraded')], componentRelease: 'web-v2' };
  const events = await eventsOf(
    t,
    {
      bound: [binding(degraded, { generation: 2 }), binding(ready, { environment: 'staging', image: 'another' })],
      bindings: [{ type: 'MODIFIED', object: binding({ ...ready, observedGeneration: 2 }, { generation: 2 }) }],
    },
    'binding',
  );

  assert.deepEqual(events, [{ type: 'ready', environment: 'development', release: 'web-v2', urls: ['http://web.localhost/'] }]);
});

test('a binding whose ready release is still the old one goes on; it ends as failed or deleted', async (t) => {
  const old = { ...ready, componentRelease: 'web-v1' };
  const degraded = { observedGeneration: 1, conditions: [condition('Ready', 'ResourceHealthDegraded', 'False', 'exit 1: no port')] };
  const failed = await eventsOf(t, { bound: [binding(old)], bindings: [{ type: 'MODIFIED', object: binding(degraded) }] }, 'binding');
  const deleted = await eventsOf(t, { bound: [], bindings: [{ type: 'DELETED', object: binding(old) }] }, 'binding');

  assert.equal(failed[0]?.type, 'binding');
  assert.deepEqual(failed.at(-1), { type: 'failed', stage: 'deploy', message: 'exit 1: no port' });
  assert.deepEqual(deleted, [{ type: 'failed', stage: 'deploy', message: 'the binding web-development of development was deleted' }]);
});

test('a binding that is given something else before it was ready ends the wait', async (t) => {
  const waiting = { observedGeneration: 1, conditions: [condition('Ready', 'ResourceHealthProgressing')] };
  const other = binding(waiting, { generation: 2, image: 'another' });
  const events = await eventsOf(t, { bound: [binding(waiting)], bindings: [{ type: 'MODIFIED', object: other }] }, 'binding');

  assert.equal(events[0]?.type, 'binding');
  const message = 'another change came before it was ready: development is now given web-v2';
  assert.deepEqual(events.at(-1), { type: 'failed', stage: 'superseded', message });
});
