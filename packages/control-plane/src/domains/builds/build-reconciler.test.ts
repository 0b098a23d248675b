import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Build, Component, PipelineRun, type PipelineRunSpec, type PipelineRunStatus, Repository, Workload } from '@fairway/contracts';
import { silentLog } from '@fairway/resources/log';
import { apiVersionOf, type Caller, isProblem, type Kind, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { type Controller, type RunningLoop, startControllers } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { buildKinds } from './build-kinds.ts';
import { buildController } from './build-reconciler.ts';
import { componentBuildController } from './component-build-reconciler.ts';
import type { Images, Runs, Sources } from './ports.ts';
import { triggerBuild } from './trigger-build.ts';

const ada: Caller = { principal: 'user:ada', permissions: ['*'] };
const digest = `sha256:${'d'.repeat(64)}`;
const url = 'http://127.0.0.1/git/default/default/hello.git';
const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const owner = { projectName: 'default', componentName: 'hello' };
const limitMs = 5_000;

describe('builds', () => {
  let resources: Resources;
  let loops: RunningLoop;
  let head: string | undefined;
  let hasFolder: boolean;
  let builder: string | undefined;
  const started: { name: string; spec: PipelineRunSpec }[] = [];

  const sources: Sources = {
    isBuiltIn: (address) => address.includes('/git/'),
    organizationOf: (address) => /\/git\/([^/]+)/.exec(address)?.[1],
    repositoryName: () => 'default.hello',
    head: async () => head,
    pushedBy: async () => 'user:grace',
    resolve: async (_url, revision) => (/^[ab]+$/.test(revision) ? revision : undefined),
    treeOf: async (_url, commit) => (hasFolder ? `tree-of-${commit.slice(0, 4)}` : undefined),
    cloneFrom: (address) => (address.includes('/git/') ? { url: address, repository: 'default/default/hello' } : { url: address }),
  };
  const images: Images = {
    builder: () => builder,
    target: () => ({ reference: 'registry.test/default/default/hello', image: 'default/default/hello' }),
    label: async () => JSON.stringify({ commit: a, detected: { language: 'node', shape: 'web' } }),
  };
  const runs: Runs = {
    start: async ({ name, owner: reference, spec }) => {
      if ((await resources.get(PipelineRun, { namespace: 'default', name })) !== undefined) return false;
      started.push({ name, spec });
      const metadata = { namespace: 'default', name, ownerReferences: [reference] };
      await write({ apiVersion: apiVersionOf(PipelineRun), kind: PipelineRun.kind, metadata, spec });
      return true;
    },
    status: async (namespace, name, ownerUid) => {
      const run = await resources.get(PipelineRun, { namespace, name });
      return run?.metadata.ownerReferences?.some(({ uid }) => uid === ownerUid) === true ? (run.status ?? {}) : undefined;
    },
    cancel: async (_organization, name) => endRun(name, { phase: 'Canceled' }),
  };

  const write = async (object: Parameters<Resources['apply']>[1], caller = reconcilerCaller('test')): Promise<void> => {
    await resources.commit({ caller, action: 'test' }, [{ op: 'create', object }]);
  };
  const endRun = async (name: string, status: PipelineRunStatus): Promise<void> => {
    const change = (current: unknown): never => ({ ...(current as object), status }) as never;
    const key = { namespace: 'default', name };
    await resources.commit({ caller: reconcilerCaller('test'), action: 'test' }, [
      { op: 'mutate', kind: PipelineRun, key, subresource: 'status', change },
    ]);
  };
  const buildOf = (name: string, more: object = {}, address = url) => ({
    apiVersion: apiVersionOf(Build),
    kind: Build.kind,
    metadata: { namespace: 'default', name },
    spec: { owner, repository: { url: address, revision: { branch: 'main', commit: a } }, templateRef: { name: 'fairway' }, ...more },
  });
  const reasonsOf = async (name: string): Promise<string[]> => {
    const build = await resources.get(Build, { namespace: 'default', name });
    return (build?.status?.conditions ?? []).map(({ type, reason }) => `${type}/${reason}`);
  };
  const until = async <T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> => {
    const end = Date.now() + limitMs;
    while (Date.now() < end) {
      const found = await check();
      if (found !== undefined && found !== false) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(
      `this did not come about: ${what}; builds: ${JSON.stringify((await resources.list(Build)).items.map((x) => x.status))}`,
    );
  };
  const untilReason = (name: string, reason: string) => until(reason, async () => (await reasonsOf(name)).includes(reason));
  const succeed = (name: string) =>
    endRun(name, { phase: 'Succeeded', steps: [{ name: 'build', phase: 'Succeeded', result: JSON.stringify({ digest }) }] });
  const component = () => ({
    apiVersion: apiVersionOf(Component),
    kind: Component.kind,
    metadata: { namespace: 'default', name: 'hello' },
    spec: {
      owner: { projectName: 'default' },
      type: 'WebApplication',
      build: { repository: { url, revision: { branch: 'main' }, appPath: '.' }, templateRef: { name: 'fairway' } },
    },
  });

  beforeEach(async () => {
    head = undefined;
    hasFolder = true;
    builder = 'registry.test/fairway/system/builder@sha256:1';
    started.length = 0;
    const kinds = createKindRegistry();
    for (const kind of [Component, PipelineRun, Repository, Workload] as Kind[]) kinds.register(kind);
    buildKinds(kinds);
    const clock = systemClock;
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
    const controllers = [buildController({ sources, runs, images }), componentBuildController({ sources })] as unknown as Controller[];
    loops = await startControllers({ resources, controllers, clock, log: silentLog });
  });
  afterEach(async () => {
    await loops.stop();
    await resources.close();
  });

  test('a build starts one run, completes with its image, and says when the workload was written', async () => {
    await write(buildOf('one'));
    await untilReason('one', 'BuildTriggered/BuildTriggered');
    assert.equal(started[0]?.spec.steps[0]?.env?.FAIRWAY_COMMIT, a);
    assert.deepEqual(started[0]?.spec.grant?.limits, { image: 'default/default/hello', repository: 'default/default/hello' });

    await succeed('one');
    await untilReason('one', 'BuildCompleted/BuildCompleted');
    assert.equal((await reasonsOf('one')).includes('WorkloadUpdated/WorkloadUpdated'), false);
    await write({
      apiVersion: apiVersionOf(Workload),
      kind: Workload.kind,
      metadata: { namespace: 'default', name: 'hello-workload', annotations: { 'fairway.dev/build': 'one' } },
      spec: { owner, containers: { main: { image: 'x' } } },
    });
    await untilReason('one', 'WorkloadUpdated/WorkloadUpdated');
    assert.equal(started.length, 1);
  });

  test('a build that a newer one overtook says so', async () => {
    await write({
      apiVersion: apiVersionOf(Workload),
      kind: Workload.kind,
      metadata: {
        namespace: 'default',
        name: 'hello-workload',
        annotations: { 'fairway.dev/build': 'newer', 'fairway.dev/build-order': '9999-01-01T00:00:00Z/f' },
      },
      spec: { owner, containers: { main: { image: 'x' } } },
    });
    await write(buildOf('older'));
    await untilReason('older', 'BuildTriggered/BuildTriggered');
    await succeed('older');
    await untilReason('older', 'WorkloadUpdated/WorkloadSuperseded');
  });

  test('a build waits for the builder image without failing, and can be canceled meanwhile', async () => {
    builder = undefined;
    await write(buildOf('patient'));
    await write(buildOf('canceled', { cancel: true }));
    await untilReason('patient', 'BuildInitiated/BuildInitiated');
    await untilReason('canceled', 'BuildCompleted/BuildCanceled');
    assert.equal(loops.figures().find(({ controller }) => controller === 'builds/build')?.failed, 0);
    builder = 'registry.test/fairway/system/builder@sha256:1';
    await untilReason('patient', 'BuildTriggered/BuildTriggered');
    assert.deepEqual(
      started.map(({ name }) => name),
      ['patient'],
    );
  });

  test('a build takes nothing from the run of an earlier build of its name, and starts its own when that one is gone', async () => {
    const key = { namespace: 'default', name: 'one' };
    await write(buildOf('one'));
    await untilReason('one', 'BuildTriggered/BuildTriggered');
    await endRun('one', { phase: 'Failed' });
    await untilReason('one', 'BuildCompleted/BuildFailed');
    await resources.commit({ caller: ada, action: 'test' }, [{ op: 'delete', kind: Build, key }]);

    await write(buildOf('one'));
    await untilReason('one', 'BuildInitiated/BuildInitiated');
    assert.equal((await reasonsOf('one')).includes('BuildCompleted/BuildFailed'), false);
    await resources.commit({ caller: ada, action: 'test' }, [{ op: 'delete', kind: PipelineRun, key }]);

    await untilReason('one', 'BuildTriggered/BuildTriggered');
    assert.equal(started.length, 2);
  });

  test('canceling a running build cancels its run', async () => {
    await write(buildOf('one'));
    await untilReason('one', 'BuildTriggered/BuildTriggered');
    const change = (current: unknown): never => ({ ...(current as object), spec: { ...buildOf('one').spec, cancel: true } }) as never;
    await resources.commit({ caller: ada, action: 'test' }, [
      { op: 'mutate', kind: Build, key: { namespace: 'default', name: 'one' }, change },
    ]);
    await untilReason('one', 'BuildCompleted/BuildCanceled');
  });

  test('a missing build plane is said in the conditions', async () => {
    await write(buildOf('one'));
    await untilReason('one', 'BuildTriggered/BuildTriggered');
    const message = 'there is no build plane "default": create one, or name another';
    await endRun('one', {
      phase: 'Pending',
      conditions: [{ type: 'Ready', status: 'False', reason: 'BuildPlaneNotFound', message, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    });
    await untilReason('one', 'BuildCompleted/BuildPlaneNotFound');
    await endRun('one', { phase: 'Running' });
    await untilReason('one', 'BuildCompleted/BuildInProgress');
  });

  test('a build whose run was deleted is over and never runs again', async () => {
    await write(buildOf('one'));
    await untilReason('one', 'BuildTriggered/BuildTriggered');
    await resources.commit({ caller: ada, action: 'test' }, [
      { op: 'delete', kind: PipelineRun, key: { namespace: 'default', name: 'one' } },
    ]);
    await untilReason('one', 'BuildCompleted/BuildFailed');
    assert.equal(started.length, 1);
  });

  test('a repository elsewhere is cloned with a token that opens none of ours', async () => {
    await write(buildOf('outside', { repository: { url: 'https://git.example/hello.git', revision: { branch: 'main' } } }));
    await untilReason('outside', 'BuildTriggered/BuildTriggered');
    const { env } = started[0]?.spec.steps[0] ?? {};
    assert.deepEqual([env?.FAIRWAY_GIT_URL, env?.FAIRWAY_COMMIT], ['https://git.example/hello.git', 'main']);
    assert.equal(started[0]?.spec.grant?.limits?.repository, 'none');
  });

  test('a commit that is not there and a repository of another organization fail with the reason', async () => {
    await write(buildOf('absent', { repository: { url, revision: { commit: 'zzz' } } }));
    await write(buildOf('foreign', {}, 'http://127.0.0.1/git/other/default/hello.git'));
    await untilReason('absent', 'BuildCompleted/BuildFailed');
    await untilReason('foreign', 'BuildCompleted/BuildFailed');
    const message = async (name: string) => (await resources.get(Build, { namespace: 'default', name }))?.status?.failure?.message;
    assert.match((await message('absent')) ?? '', /no commit "zzz"/);
    assert.match((await message('foreign')) ?? '', /organization default has no repository/);
    assert.equal(started.length, 0);
  });

  test('a pushed head is built in the name of who pushed, and again when it comes back by force', async () => {
    head = a;
    await write(component());
    const first = await until('the first build', async () => (await resources.list(Build)).items[0]);
    assert.equal(first.metadata.annotations?.['fairway.dev/changed-by'], 'user:grace');
    assert.equal(first.metadata.labels?.['fairway.dev/trigger'], 'push');
    head = b;
    loops.wake('builds/component', { namespace: 'default', name: 'hello' });
    await until('the second build', async () => (await resources.list(Build)).items.length === 2);
    head = a;
    loops.wake('builds/component', { namespace: 'default', name: 'hello' });
    const { items } = await until('the third build', async () => {
      const page = await resources.list(Build);
      return page.items.length === 3 ? page : undefined;
    });
    assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['hello-aaaaaaaa', 'hello-aaaaaaaa-1', 'hello-bbbbbbbb']);
  });

  test('a pushed head of the source of a snapshot stays decided when another snapshot is built', async () => {
    await write(component());
    const cause = { caller: ada, action: 'build.trigger' };
    const place = { organization: 'default', project: 'default', component: 'hello', signal: AbortSignal.timeout(limitMs) };
    const first = await triggerBuild({ resources, sources }, cause, { ...place, commit: a });
    const firstKey = { namespace: 'default', name: first.metadata.name };
    // Another commit with the tree of the snapshot.
    head = `aaaa${'b'.repeat(36)}`;
    loops.wake('builds/component', { namespace: 'default', name: 'hello' });
    await until('the mark', async () => (await resources.get(Build, firstKey))?.metadata.labels?.['fairway.dev/head'] === head);

    const second = await triggerBuild({ resources, sources }, cause, { ...place, commit: b });
    loops.wake('builds/component', { namespace: 'default', name: 'hello' });
    await untilReason(second.metadata.name, 'BuildTriggered/BuildTriggered');
    await delay(100);
    assert.equal((await resources.list(Build)).items.length, 2);
  });

  test('a branch without the folder builds nothing and says why, until it has it', async () => {
    head = a;
    hasFolder = false;
    await write(component());
    const reason = async () =>
      (await resources.get(Component, { namespace: 'default', name: 'hello' }))?.status?.conditions?.find(
        ({ type }) => type === 'SourceUsable',
      )?.reason;
    await until('the reason', async () => (await reason()) === 'FolderNotFound');
    assert.equal((await resources.list(Build)).items.length, 0);
    hasFolder = true;
    loops.wake('builds/component', { namespace: 'default', name: 'hello' });
    await until('its end', async () => (await reason()) === 'SourceFound');
    assert.equal((await resources.list(Build)).items.length, 1);
  });

  test('a caller writes neither in another name nor a push, and cannot change what is built', async () => {
    await write(component());
    const cause = { caller: ada, action: 'build.trigger' };
    const place = { organization: 'default', project: 'default', component: 'hello' };
    const made = await triggerBuild({ resources, sources }, cause, { ...place, commit: a, signal: AbortSignal.timeout(limitMs) });
    assert.equal(made.metadata.annotations?.['fairway.dev/changed-by'], 'user:ada');

    const forged = buildOf('forged');
    const marks = {
      annotations: { 'fairway.dev/changed-by': 'user:grace', other: 'kept' },
      labels: { 'fairway.dev/trigger': 'push' },
    };
    await write({ ...forged, metadata: { ...forged.metadata, ...marks } }, ada);
    const stored = await resources.get(Build, { namespace: 'default', name: 'forged' });
    assert.deepEqual(stored?.metadata.annotations, { other: 'kept', 'fairway.dev/changed-by': 'user:ada' });
    assert.equal(stored?.metadata.labels?.['fairway.dev/trigger'], 'manual');

    const change = (current: unknown): never =>
      ({ ...(current as object), spec: { ...forged.spec, owner: { ...owner, componentName: 'x' } } }) as never;
    const mutation = { op: 'mutate', kind: Build, key: { namespace: 'default', name: 'forged' }, change } as const;
    await assert.rejects(resources.commit(cause, [mutation]), (error) => isProblem(error, 'invalid'));
  });
});
