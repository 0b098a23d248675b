import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Environment, Project } from '@fairway/contracts';
import { silentLog } from '../log/index.ts';
import { type AnyResource, type Condition, conflict, type Key, type ResourceOf, type Resources, unavailable } from '../model/index.ts';
import { changeObject, createObject, openTestResources, testCause } from '../testing/open-test-resources.ts';
import { createVirtualClock, type VirtualClock } from '../testing/virtual-clock.ts';
import { type Controller, progressing, type Reconciled, type RunningLoop, settled, stalled, startControllers, waiting } from './index.ts';

const shop: Key = { namespace: 'default', name: 'shop' };
const project = (name = 'shop'): unknown => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Project',
  metadata: { namespace: 'default', name },
  spec: {},
});
const environment = (): unknown => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Environment',
  metadata: { namespace: 'default', name: 'development' },
  spec: { dataPlaneRef: 'local', isProduction: false },
});

let clock: VirtualClock;
let resources: Resources;
let loops: RunningLoop[];

beforeEach(async () => {
  clock = createVirtualClock();
  resources = await openTestResources({ clock, kinds: [Project, Environment] });
  loops = [];
});
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  await resources.close();
  assert.equal(clock.pending <= 1, true, 'only the timer of the database may be left');
});

type ProjectController = Controller<typeof Project>;
const start = async (reconcile: ProjectController['reconcile'], rest: Partial<ProjectController> = {}): Promise<RunningLoop> => {
  const controller = { name: 'catalog/project', kind: Project, reconcile, ...rest } as Controller;
  const loop = await startControllers({ resources, controllers: [controller], clock, log: silentLog, random: () => 0 });
  loops.push(loop);
  return loop;
};
const read = async (name = 'shop'): Promise<ResourceOf<typeof Project>> => {
  const found = await resources.get(Project, { namespace: 'default', name });
  assert.ok(found !== undefined);
  return found;
};
const conditionsOf = async (): Promise<string[]> =>
  (((await read()).status as { conditions?: Condition[] } | undefined)?.conditions ?? []).map(
    ({ type, status, reason }) => `${type}=${status} ${reason}`,
  );
const ok: Reconciled = { outcome: settled };
const touch = (change: Partial<{ spec: unknown; label: string }>): Promise<void> =>
  changeObject(resources, { kind: Project, key: shop }, (current) => ({
    ...current,
    ...(change.spec === undefined ? {} : { spec: change.spec }),
    ...(change.label === undefined ? {} : { metadata: { ...current.metadata, labels: { l: change.label } } }),
  }));

describe('a controller', () => {
  test('is shown present and new objects, and its own status write does not call it again', async () => {
    await createObject(resources, project('first'));
    const seen: string[] = [];
    await start(async (object) => {
      seen.push(object.metadata.name);
      return ok;
    });
    await clock.settle();
    await createObject(resources, project('second'));
    await clock.advance(1_000);

    assert.deepEqual(seen, ['first', 'second']);
    assert.equal(((await read('second')).status as { observedGeneration: number }).observedGeneration, 1);
  });

  test('runs a key once at a time, and once more for all changes that came meanwhile', async () => {
    await createObject(resources, project());
    let running = 0;
    let runs = 0;
    let release = (): void => {};
    await start(async () => {
      runs += 1;
      running += 1;
      assert.equal(running, 1);
      if (runs === 1)
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      running -= 1;
      return ok;
    });
    await clock.settle();
    for (const label of ['a', 'b', 'c']) await touch({ label });
    await clock.settle();
    assert.equal(runs, 1);
    release();
    await clock.advance(1_000);
    // The status of the first run was based on an old version: a conflict, and the next run puts it right.
    assert.equal(runs, 2);
    assert.deepEqual(await conditionsOf(), ['Ready=True Succeeded']);
  });

  test('takes the same path after a restart', async () => {
    await createObject(resources, project());
    const seen: (string | undefined)[] = [];
    const reconcile = async (object: ResourceOf<typeof Project>): Promise<Reconciled> => {
      seen.push(object.metadata.resourceVersion);
      return ok;
    };
    const first = await start(reconcile);
    await clock.advance(100);
    await first.stop();
    const version = (await read()).metadata.resourceVersion;
    await start(reconcile);
    await clock.advance(100);

    assert.equal(seen.length, 2);
    assert.equal((await read()).metadata.resourceVersion, version, 'nothing changed, so nothing is written');
  });

  test('comes again when its answer says so', async () => {
    await createObject(resources, project());
    let runs = 0;
    await start(async () => {
      runs += 1;
      return { outcome: runs < 3 ? progressing('Copying', 'Copies files.', 5_000) : settled };
    });
    await clock.settle();
    assert.deepEqual(await conditionsOf(), ['Ready=Unknown Copying', 'Reconciling=True Copying']);
    await clock.advance(4_999);
    assert.equal(runs, 1);
    await clock.advance(5_002);
    assert.equal(runs, 3);
    assert.deepEqual(await conditionsOf(), ['Ready=True Succeeded']);
  });

  test('keeps transition times while a state stays', async () => {
    await createObject(resources, project());
    let reason = 'A';
    const loop = await start(async () => ({ outcome: waiting(reason, 'Waits.', 3_600_000) }));
    await clock.settle();
    const before = ((await read()).status as { conditions: Condition[] }).conditions;
    await clock.advance(60_000);
    reason = 'B';
    loop.wake('catalog/project', shop);
    await clock.settle();
    const after = ((await read()).status as { conditions: Condition[] }).conditions;

    assert.deepEqual(
      after.map(({ type, reason: said, lastTransitionTime }) => [type, said, lastTransitionTime]),
      before.map(({ type, lastTransitionTime }) => [type, 'B', lastTransitionTime]),
    );
  });

  test('stalled, waits for a change of spec', async () => {
    await createObject(resources, project());
    let runs = 0;
    const loop = await start(async () => {
      runs += 1;
      return { outcome: stalled('BadPipeline', 'There is no such pipeline; name another one.') };
    });
    await clock.settle();
    assert.deepEqual(await conditionsOf(), ['Ready=False BadPipeline', 'Stalled=True BadPipeline']);
    await touch({ label: 'x' });
    await clock.advance(3_600_000);
    assert.equal(runs, 1);
    await touch({ spec: { deploymentPipelineRef: 'other' } });
    await clock.settle();
    assert.equal(runs, 2);
    loop.wake('catalog/project', shop);
    await clock.settle();
    assert.equal(runs, 3, 'a wake from outside looks whatever was said');
  });

  test('backs off after throws, longer each time, and says so without the words of the error', async () => {
    await createObject(resources, project());
    const at: number[] = [];
    const begin = clock.now();
    const failures: unknown[] = [];
    const controller = {
      name: 'catalog/project',
      kind: Project,
      resyncMs: 86_400_000,
      reconcile: async () => {
        at.push(Math.round((clock.now() - begin) / 1_000));
        throw new Error('password=hunter2');
      },
    } as Controller;
    loops.push(
      await startControllers({
        resources,
        controllers: [controller],
        clock,
        log: silentLog,
        random: () => 0,
        onError: (error) => failures.push(error),
      }),
    );
    await clock.advance(1_200_000);

    assert.deepEqual(at, [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]);
    assert.equal(failures.length, at.length);
    assert.deepEqual(await conditionsOf(), ['Ready=False ReconcileFailed', 'Reconciling=True ReconcileFailed']);
    assert.equal(JSON.stringify(await read()).includes('hunter2'), false);
    assert.equal(loops[0]?.figures()[0]?.failed, at.length);
  });

  test('tells the words of a problem', async () => {
    await createObject(resources, project());
    await start(async () => {
      throw unavailable('the cluster does not answer; look at its status');
    });
    await clock.settle();

    assert.match(JSON.stringify((await read()).status), /the cluster does not answer; look at its status/);
  });

  test('comes again quietly after a conflict', async () => {
    await createObject(resources, project());
    let runs = 0;
    const loop = await start(async () => {
      runs += 1;
      if (runs === 1) throw conflict('somebody was faster');
      return ok;
    });
    await clock.settle();
    assert.deepEqual(await conditionsOf(), []);
    await clock.advance(150);
    assert.equal(runs, 2);
    assert.equal(loop.figures()[0]?.failed, 0);
  });

  const ways: { by: string; watched: NonNullable<Controller['watches']>[number] }[] = [
    { by: 'its object', watched: { kind: Environment, wakes: ({ spec }) => (spec === undefined ? [] : [shop]) } },
    { by: 'its key', watched: { kind: Environment, wakesByKey: ({ name }) => (name === '' ? [] : [shop]) } },
  ];
  for (const { by, watched } of ways)
    test(`is woken by objects that it depends on by ${by}`, async () => {
      await createObject(resources, project());
      let runs = 0;
      await start(
        async () => {
          runs += 1;
          return ok;
        },
        { watches: [watched] },
      );
      await clock.settle();
      await createObject(resources, environment());
      await clock.settle();

      assert.equal(runs, 2);
    });

  test('looks at everything again by its timer', async () => {
    await createObject(resources, project());
    let runs = 0;
    await start(
      async () => {
        runs += 1;
        return ok;
      },
      { resyncMs: 60_000 },
    );
    await clock.settle();
    await clock.advance(60_000);

    assert.equal(runs, 2);
  });

  test('aborts a reconcile at its deadline and does not start a second one beside it', async () => {
    await createObject(resources, project());
    let running = 0;
    let most = 0;
    let end = (): void => {};
    await start(
      async (_object, { signal }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => {
          end = resolve;
        });
        running -= 1;
        assert.equal(signal.aborted, true);
        return ok;
      },
      { deadlineMs: 1_000 },
    );
    await clock.advance(200_000);
    assert.equal(most, 1);
    end();
    await clock.advance(300_000);
    assert.equal(most, 1);
    end();
  });

  test('keeps to its concurrency', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await createObject(resources, project(name));
    let running = 0;
    let most = 0;
    await start(
      async (_object, context) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => context.clock.after(10, resolve));
        running -= 1;
        return ok;
      },
      { concurrency: 2 },
    );
    await clock.advance(1_000);

    assert.equal(most, 2);
  });

  test('refuses two writers of Ready', async () => {
    const controller = (name: string): Controller => ({ name, kind: Project, reconcile: async () => ok }) as Controller;

    await assert.rejects(
      startControllers({ resources, controllers: [controller('a/x'), controller('b/x')], clock, log: silentLog }),
      /both write Ready of Project/,
    );
  });

  test('writes conditions of its own, and no others where it says so', async () => {
    await createObject(resources, project());
    await start(
      async () => ({
        outcome: settled,
        status: { observedGeneration: 1 },
        conditions: [{ type: 'Accepted', status: 'True', reason: 'Fine', message: 'Fine.' }],
      }),
      { conditionStyle: 'own' },
    );
    await clock.settle();

    assert.deepEqual(await conditionsOf(), ['Accepted=True Fine']);
  });
});

describe('a finalizer', () => {
  const finalizer = 'fairway.dev/project';
  const remove = (): Promise<unknown> => resources.commit(testCause, [{ op: 'delete', kind: Project, key: shop }]);

  test('is on the object before its first reconcile, and leaves when finalize is settled', async () => {
    await createObject(resources, project());
    const steps: string[] = [];
    let isClean = false;
    await start(
      async (object) => {
        steps.push(`reconcile ${(object.metadata.finalizers ?? []).join()}`);
        return ok;
      },
      {
        finalizer,
        finalize: async () => {
          steps.push('finalize');
          return { outcome: isClean ? settled : waiting('Draining', 'Waits for the last request.', 1_000) };
        },
      },
    );
    await clock.settle();
    await remove();
    await clock.settle();
    assert.deepEqual(await conditionsOf(), ['Ready=False Draining', 'Reconciling=True Draining']);
    isClean = true;
    await clock.advance(1_000);

    assert.deepEqual(steps, [`reconcile ${finalizer}`, 'finalize', 'finalize']);
    assert.equal(await resources.get(Project, shop), undefined);
  });

  test('of somebody else is left alone', async () => {
    await createObject(resources, { ...(project() as AnyResource), metadata: { ...shop, finalizers: ['other.dev/x'] } });
    let finalized = 0;
    await start(async () => ok, {
      finalizer,
      finalize: async () => {
        finalized += 1;
        return ok;
      },
    });
    await clock.settle();
    await remove();
    await clock.settle();

    assert.equal(finalized, 1);
    assert.deepEqual((await read()).metadata.finalizers, ['other.dev/x']);
  });

  test('is not put on an object that is already going', async () => {
    await createObject(resources, { ...(project() as AnyResource), metadata: { ...shop, finalizers: ['other.dev/x'] } });
    await remove();
    let runs = 0;
    await start(
      async () => {
        runs += 1;
        return ok;
      },
      { finalizer },
    );
    await clock.settle();

    assert.equal(runs, 0);
    assert.deepEqual((await read()).metadata.finalizers, ['other.dev/x']);
  });
});
