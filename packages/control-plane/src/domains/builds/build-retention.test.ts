import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Build, Component, ComponentRelease, PipelineRun, Workload } from '@fairway/contracts';
import { apiVersionOf, type Caller, type Resource, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { buildKinds } from './build-kinds.ts';
import { headLabel, pruneAction, triggerLabel } from './build-labels.ts';
import { buildRetentionController } from './build-retention.ts';

const ada: Caller = { principal: 'user:ada', permissions: ['*'] };
const service = reconcilerCaller('builds');
const owner = { projectName: 'default', componentName: 'hello' };
const limitMs = 30_000;
const hourMs = 3_600_000;
const imageOf = (digit: string): string => `registry.fairway.localhost/default/default/hello@sha256:${digit.repeat(64)}`;

type Past = { is?: 'good' | 'bad' | 'running'; trigger?: 'push' | 'manual'; head?: string; image?: string };

class Killed extends Error {}

describe('what builds keep', () => {
  let resources: Resources;
  let removed = 0;

  beforeEach(async () => {
    removed = 0;
    const kinds = createKindRegistry();
    for (const kind of [Component, ComponentRelease, Workload, PipelineRun]) kinds.register(kind);
    buildKinds(kinds);
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock: systemClock }), kinds, clock: systemClock });
    await create(object(Component, 'hello', { owner: { projectName: 'default' }, type: 'WebApplication' }));
  });
  afterEach(() => resources.close());

  const object = (
    kind: typeof Component | typeof Build | typeof ComponentRelease | typeof Workload,
    name: string,
    spec: object,
  ): Resource => ({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { namespace: 'default', name },
    spec,
  });
  const create = (...objects: Resource[]) =>
    resources.commit(
      { caller: service, action: 'test' },
      objects.map((each) => ({ op: 'create', object: each })),
    );
  const buildObject = (number: number, { trigger = 'manual', head }: Past): Resource => {
    const build = object(Build, `build-${number}`, {
      owner,
      repository: { url: '/git/hello.git' },
      templateRef: { name: 'fairway' },
    });
    const labels = { [triggerLabel]: trigger, ...(head === undefined ? {} : { [headLabel]: head }) };
    return { ...build, metadata: { ...build.metadata, labels } };
  };
  const ended = (build: Resource, { is = 'good', image }: Past): Resource => ({
    ...build,
    status: {
      ...(image === undefined ? {} : { imageStatus: { image } }),
      conditions:
        is === 'running'
          ? []
          : [
              {
                type: 'BuildCompleted',
                status: is === 'good' ? 'True' : 'False',
                reason: is === 'good' ? 'BuildCompleted' : 'BuildFailed',
                message: '',
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
    },
  });
  /** Builds 1, 2, 3 …, each made after the one before. */
  const build = async (past: readonly Past[]): Promise<void> => {
    for (let from = 0; from < past.length; from += 200) {
      const part = past.slice(from, from + 200).map((each, index) => ({ each, number: from + index + 1 }));
      const made = await create(...part.map(({ each, number }) => buildObject(number, each)));
      await resources.commit(
        { caller: service, action: 'test' },
        made.map(({ object: stored }, index) => ({ op: 'status', object: ended(stored as Resource, part[index]?.each ?? {}) })),
      );
    }
  };
  const release = (number: number, of: { build?: string; image?: string }) =>
    create(
      object(ComponentRelease, `hello-v${number}`, {
        owner,
        type: 'WebApplication',
        className: 'default',
        workloadSpec: { containers: { main: { image: of.image ?? 'example/hello:1' } } },
        number,
        hash: `${number}`,
        ...(of.build === undefined ? {} : { build: of.build }),
      }),
    );
  const left = async (): Promise<number[]> => {
    const { items } = await resources.list(Build, { namespace: 'default' });
    return items.map(({ metadata }) => Number(metadata.name.slice('build-'.length))).sort((a, b) => a - b);
  };
  const clean = async (keep: number, hands: Resources = resources, later = 2 * hourMs): Promise<void> => {
    const controller = buildRetentionController({
      builds: keep,
      removed: (count) => {
        removed += count;
      },
    });
    const context: ReconcileContext = {
      resources: hands,
      clock: { ...systemClock, now: () => Date.now() + later },
      signal: AbortSignal.timeout(limitMs),
      cause: (action) => ({ caller: service, action }),
    };
    for (let look = 0; look < 500; look += 1) {
      const component = await resources.get(Component, { namespace: 'default', name: 'hello' });
      assert.ok(component);
      const result = await controller.reconcile(component, context).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        return undefined;
      });
      if (result?.outcome.is === 'settled') return;
    }
    throw new Error('it was not settled after 500 looks');
  };
  const many = (count: number, of: Past = { is: 'bad' }): Past[] => Array.from({ length: count }, () => of);

  const cases: { because: string; past: Past[]; expect: number[] }[] = [
    { because: 'the newest are kept, failed ones too', past: many(6), expect: [5, 6] },
    { because: 'no more than are kept: none goes', past: many(2), expect: [1, 2] },
    { because: 'a build that runs is never removed', past: [{ is: 'running' }, ...many(4)], expect: [1, 4, 5] },
    { because: 'the newest that succeeded is what runs', past: [{}, {}, ...many(4)], expect: [2, 5, 6] },
    {
      because: 'the newest push decides heads',
      past: [{ is: 'bad', trigger: 'push' }, { is: 'bad', trigger: 'push' }, ...many(4)],
      expect: [2, 5, 6],
    },
    {
      because: 'the newest that spared a head its own decides that head',
      past: [{ is: 'bad', head: 'a' }, { is: 'bad', head: 'b' }, ...many(4)],
      expect: [2, 5, 6],
    },
  ];
  for (const { because, past, expect } of cases)
    test(`because ${because}`, async () => {
      await build(past);
      await clean(2);
      assert.deepEqual(await left(), expect);
      assert.equal(removed, past.length - expect.length);
    });

  test('a burst of builds takes none away within the hour', async () => {
    await build(many(6));
    await clean(2, resources, hourMs / 2);
    assert.deepEqual(await left(), [1, 2, 3, 4, 5, 6]);
  });

  test('what a release or a workload was made of stays, and goes with it', async () => {
    await build(many(8));
    await release(1, { build: 'build-2' });
    const workload = object(Workload, 'hello-workload', { owner, containers: { main: { image: 'example/hello:1' } } });
    await create({ ...workload, metadata: { ...workload.metadata, annotations: { 'fairway.dev/build': 'build-3' } } });
    await clean(2);
    assert.deepEqual(await left(), [2, 3, 7, 8]);

    await resources.commit({ caller: ada, action: 'test' }, [
      { op: 'delete', kind: ComponentRelease, key: { namespace: 'default', name: 'hello-v1' } },
    ]);
    await clean(2);
    assert.deepEqual(await left(), [3, 7, 8]);
  });

  test('of an image that a release names one build stays, however often its source was built', async () => {
    await build([...many(5, { image: imageOf('1') }), ...many(3, { image: imageOf('2') })]);
    await release(1, { image: imageOf('1') });
    await clean(2);
    assert.deepEqual(await left(), [5, 7, 8]);
  });

  test('a build that a release names between the look and the deletion stays', async () => {
    await build(many(5));
    let isDone = false;
    const commit: Resources['commit'] = async (why, ...rest) => {
      if (why.action === pruneAction && !isDone) {
        isDone = true;
        await release(1, { build: 'build-1' });
      }
      return resources.commit(why, ...rest);
    };
    await clean(2, { ...resources, commit });
    assert.deepEqual(await left(), [1, 4, 5]);
  });

  test('a build that spares a head its own between the look and the deletion stays', async () => {
    await build(many(5));
    let isDone = false;
    const commit: Resources['commit'] = async (why, ...rest) => {
      if (why.action === pruneAction && !isDone) {
        isDone = true;
        const marked = (current: unknown) => {
          const known = current as Resource;
          return { ...known, metadata: { ...known.metadata, labels: { ...known.metadata.labels, [headLabel]: 'a' } } };
        };
        await resources.commit({ caller: service, action: 'test' }, [
          { op: 'mutate', kind: Build, key: { namespace: 'default', name: 'build-1' }, change: marked },
        ]);
      }
      return resources.commit(why, ...rest);
    };
    await clean(2, { ...resources, commit });
    assert.deepEqual(await left(), [1, 4, 5]);
  });

  for (const moment of ['before', 'after'] as const)
    test(`a control plane that dies ${moment} each of its deletions comes to the same end`, async () => {
      await build([{ trigger: 'push' }, ...many(180)]);
      let count = 0;
      const commit: Resources['commit'] = async (...given) => {
        count += 1;
        if (count % 2 === 1 && moment === 'before') throw new Killed();
        const answer = await resources.commit(...given);
        if (count % 2 === 1) throw new Killed();
        return answer;
      };
      await clean(2, { ...resources, commit });
      assert.deepEqual(await left(), [1, 180, 181]);
    });

  test('more than ten thousand builds become few', async () => {
    await build([{ trigger: 'push' }, ...many(10_100)]);
    await clean(20);
    assert.deepEqual(await left(), [1, ...Array.from({ length: 20 }, (_, index) => 10_082 + index)]);
    assert.equal(removed, 10_101 - 21);
  });
});
