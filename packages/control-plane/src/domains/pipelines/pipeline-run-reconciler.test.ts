import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PipelineRun } from '@fairway/contracts';
import { silentLog } from '@fairway/resources/log';
import { apiVersionOf, isProblem, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { type Controller, type RunningLoop, startControllers } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { pipelineKinds } from './pipeline-kinds.ts';
import { pipelineRunController } from './pipeline-run-reconciler.ts';
import type { BuildPlane, StepOrder, StepState } from './ports.ts';
import { readRunLog } from './read-run-log.ts';

const limitMs = 5_000;
const cause = { caller: reconcilerCaller('test'), action: 'test' };
const key = { namespace: 'default', name: 'run' };

describe('a pipeline run', () => {
  let resources: Resources;
  let loops: RunningLoop;
  let isTherePlane: boolean;
  let jobs: Map<string, StepState>;
  let started: StepOrder[];
  let archived: Map<string, string>;
  let revoked: string[];

  const plane: BuildPlane = {
    namespaceOf: (organization) => `ci-${organization}`,
    start: async (order) => {
      started.push(order);
      jobs.set(order.jobName, { is: 'pending' });
    },
    observe: async (_organization, name) => jobs.get(name) ?? { is: 'absent' },
    log: async (_organization, name) => (jobs.has(name) ? textOf(`log of ${name}\n`) : undefined),
    remove: async (_organization, name) => void jobs.delete(name),
  };
  const archive = {
    save: async (_organization: string, name: string, log: AsyncIterable<Uint8Array>) => void archived.set(name, await collect(log)),
    read: async (_organization: string, name: string) => {
      const text = archived.get(name);
      return text === undefined ? undefined : textOf(text);
    },
    remove: async (_organization: string, name: string) => void archived.delete(name),
  };
  const start = async (): Promise<void> => {
    const buildPlanes = async () => (isTherePlane ? plane : undefined);
    const tokens = {
      issue: async ({ run }: { run: string }) => `token-of-${run}`,
      revoke: async (_organization: string, run: string) => void revoked.push(run),
    };
    const controllers = [pipelineRunController({ buildPlanes, archive, tokens, url: 'http://fairway.test' })] as unknown as Controller[];
    loops = await startControllers({ resources, controllers, clock: systemClock, log: silentLog });
  };
  beforeEach(async () => {
    isTherePlane = true;
    jobs = new Map();
    started = [];
    archived = new Map();
    revoked = [];
    const kinds = createKindRegistry();
    pipelineKinds(kinds);
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock: systemClock }), kinds, clock: systemClock });
    await start();
  });
  afterEach(async () => {
    await loops.stop();
    await resources.close();
  });

  const create = (steps = ['build']) =>
    resources.commit(cause, [
      {
        op: 'create',
        object: {
          apiVersion: apiVersionOf(PipelineRun),
          kind: PipelineRun.kind,
          metadata: key,
          spec: { steps: steps.map((name) => ({ name, image: 'builder' })), grant: { permissions: ['a.b.c'] } },
        },
      },
    ]);
  const cancel = () => {
    const change = (current: unknown): never =>
      ({ ...(current as object), spec: { ...(current as { spec: object }).spec, cancel: true } }) as never;
    return resources.commit(cause, [{ op: 'mutate', kind: PipelineRun, key, change }]);
  };
  const now = (name: string, state: StepState): void => {
    jobs.set(name, state);
    loops.wake('pipelines/pipeline-run', key);
  };
  const until = async (what: string, check: () => Promise<boolean | undefined> | boolean | undefined): Promise<void> => {
    const end = Date.now() + limitMs;
    while (Date.now() < end) {
      if (await check()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`this did not come about: ${what}; ${JSON.stringify((await resources.get(PipelineRun, key))?.status)}`);
  };
  const phase = async () => (await resources.get(PipelineRun, key))?.status?.phase;
  const untilPhase = (wanted: string) => until(wanted, async () => (await phase()) === wanted);
  const logOf = (options: { follow: boolean }) =>
    collect(readRunLog({ resources, buildPlanes: async () => plane, archive }, key, { ...options, signal: AbortSignal.timeout(limitMs) }));

  test('runs its steps one after the other, each once, and keeps their logs', async () => {
    await create(['build', 'test']);
    await until('the first step', () => started.length === 1);
    assert.deepEqual(started[0]?.env, { FAIRWAY_URL: 'http://fairway.test' });
    assert.deepEqual(started[0]?.secretEnv, { FAIRWAY_TOKEN: 'token-of-run' });
    const followed = logOf({ follow: true });
    now('run-build', { is: 'running', pod: 'p' });
    await untilPhase('Running');
    now('run-build', { is: 'finished', succeeded: true, exitCode: 0, result: '{"digest":"x"}', pod: 'p' });
    await until('the second step', () => started.length === 2);
    now('run-test', { is: 'finished', succeeded: true, exitCode: 0 });
    await untilPhase('Succeeded');
    const { status } = (await resources.get(PipelineRun, key)) ?? {};
    assert.deepEqual(
      status?.steps?.map(({ name, phase: of, result }) => [name, of, result]),
      [
        ['build', 'Succeeded', '{"digest":"x"}'],
        ['test', 'Succeeded', undefined],
      ],
    );
    assert.deepEqual(revoked, ['run']);
    assert.equal(await followed, 'log of run-build\nlog of run-test\n');
    jobs.clear();
    assert.equal(await logOf({ follow: false }), 'log of run-build\nlog of run-test\n', 'from the archive');
  });

  test('stops at the first step that fails and says why', async () => {
    await create(['build', 'test']);
    await until('the first step', () => started.length === 1);
    now('run-build', { is: 'finished', succeeded: false, exitCode: 2, message: 'the step ended with exit code 2' });
    await untilPhase('Failed');
    const { status } = (await resources.get(PipelineRun, key)) ?? {};
    assert.deepEqual(
      status?.conditions?.map(({ reason, message }) => [reason, message]),
      [['RunFailed', 'the step ended with exit code 2']],
    );
    assert.deepEqual([status?.steps?.[0]?.exitCode, status?.steps?.[1]?.phase, started.length], [2, 'Pending', 1]);
  });

  test('goes on after a restart where it was, and starts nothing twice', async () => {
    await create();
    await until('the step', () => started.length === 1);
    await loops.stop();
    jobs.set('run-build', { is: 'finished', succeeded: true });
    await start();
    await untilPhase('Succeeded');
    assert.equal(started.length, 1);
  });

  test('fails when a Job that was seen is gone, instead of running it again', async () => {
    await create();
    await until('the step', () => started.length === 1);
    now('run-build', { is: 'running', pod: 'p' });
    await untilPhase('Running');
    jobs.delete('run-build');
    loops.wake('pipelines/pipeline-run', key);
    await untilPhase('Failed');
    assert.match((await resources.get(PipelineRun, key))?.status?.conditions?.[0]?.message ?? '', /run-build is gone/);
    assert.equal(started.length, 1);
  });

  test('cancel stops the step, keeps its log and ends the token', async () => {
    await create();
    await until('the step', () => started.length === 1);
    now('run-build', { is: 'running', pod: 'p' });
    await untilPhase('Running');
    await cancel();
    await untilPhase('Canceled');
    assert.deepEqual([jobs.size, archived.get('run.build'), revoked], [0, 'log of run-build\n', ['run']]);
  });

  test('waits for a build plane, says so, and can be canceled meanwhile', async () => {
    isTherePlane = false;
    await create();
    await until(
      'the reason',
      async () => (await resources.get(PipelineRun, key))?.status?.conditions?.[0]?.reason === 'BuildPlaneNotFound',
    );
    assert.equal(await phase(), 'Pending');
    await cancel();
    await untilPhase('Canceled');
    assert.deepEqual([started.length, revoked], [0, ['run']]);
  });

  test('begins once the plane is there', async () => {
    isTherePlane = false;
    await create();
    await untilPhase('Pending');
    isTherePlane = true;
    loops.wake('pipelines/pipeline-run', key);
    await until('the step', () => started.length === 1);
  });

  test('takes its Jobs, its logs and its token along when it is deleted', async () => {
    await create(['build', 'test']);
    await until('the step', () => started.length === 1);
    now('run-build', { is: 'finished', succeeded: true });
    await until('the second step', () => started.length === 2);
    assert.deepEqual([...archived.keys()], ['run.build']);
    await resources.commit(cause, [{ op: 'delete', kind: PipelineRun, key }]);
    await until('its end', async () => (await resources.get(PipelineRun, key)) === undefined);
    assert.deepEqual([jobs.size, archived.size, revoked], [0, 0, ['run']]);
  });

  test('grants to its token no more than its maker holds', async () => {
    const object = {
      apiVersion: apiVersionOf(PipelineRun),
      kind: PipelineRun.kind,
      metadata: key,
      spec: { steps: [{ name: 'build', image: 'x' }], grant: { permissions: ['catalog.project.read', '*'] } },
    };
    const caller = { principal: 'user:ada', permissions: ['pipelines.*', 'catalog.*'] };
    await assert.rejects(
      resources.commit({ caller, action: 'test' }, [{ op: 'create', object }]),
      (error) => isProblem(error, 'forbidden') && /: \*$/.test(error.message),
    );
    const modest = { ...object, spec: { ...object.spec, grant: { permissions: ['catalog.project.read'] } } };
    await resources.commit({ caller, action: 'test' }, [{ op: 'create', object: modest }]);
  });

  const wrongSteps = [
    { steps: ['x/../../admin.token'], because: 'it would be a path' },
    { steps: ['Build'], because: 'a Job has small letters' },
    { steps: ['build', 'build'], because: 'two Jobs would have one name' },
  ];
  for (const { steps, because } of wrongSteps)
    test(`has no steps ${steps.join(', ')}, because ${because}`, async () => {
      await assert.rejects(create(steps), (error) => isProblem(error, 'invalid') && /step name .* must be/.test(error.message));
    });

  test('is what it was started as: only cancel may change', async () => {
    await create();
    const change = (current: unknown): never => ({ ...(current as object), spec: { steps: [{ name: 'other', image: 'x' }] } }) as never;
    await assert.rejects(resources.commit(cause, [{ op: 'mutate', kind: PipelineRun, key, change }]), (error) =>
      isProblem(error, 'invalid'),
    );
  });
});

async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function collect(log: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of log) text += Buffer.from(chunk).toString('utf8');
  return text;
}
