import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Component, ComponentRelease, DeploymentRecord, WebApplicationBinding } from '@fairway/contracts';
import {
  apiVersionOf,
  type Caller,
  type Kind,
  type Resource,
  type Resources,
  reconcilerCaller,
  systemClock,
} from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { registerDelivery } from '../index.ts';
import { annotations } from '../labels.ts';
import { pruneActions } from './retention.ts';
import { retentionController } from './retention-controller.ts';

const ada: Caller = { principal: 'user:ada', permissions: ['*'] };
const cause = { caller: ada, action: 'test' };
const owner = { projectName: 'default', componentName: 'hello' };
const key = (name: string) => ({ namespace: 'default', name });
const limitMs = 10_000;
const hourMs = 3_600_000;

const bindingOf = (environment: string, of: { version: number } | { release: string; record?: string }): Resource => ({
  apiVersion: apiVersionOf(WebApplicationBinding),
  kind: WebApplicationBinding.kind,
  metadata: key(`hello-${environment}`),
  spec: {
    owner,
    environment,
    ...('version' in of
      ? { workloadSpec: { containers: { main: { image: `example/hello:${of.version}` } } } }
      : { componentRelease: of.release, ...(of.record === undefined ? {} : { deploymentRecord: of.record }) }),
  },
});

describe('what delivery keeps', () => {
  let resources: Resources;
  let removed: Record<string, number>;

  beforeEach(async () => {
    removed = {};
    const kinds = createKindRegistry();
    kinds.register(Component);
    registerDelivery(kinds);
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock: systemClock }), kinds, clock: systemClock });
    await create({
      apiVersion: apiVersionOf(Component),
      kind: Component.kind,
      metadata: key('hello'),
      spec: { owner: { projectName: 'default' }, type: 'WebApplication' },
    });
  });
  afterEach(() => resources.close());

  const create = (...objects: Resource[]) =>
    resources.commit(
      cause,
      objects.map((object) => ({ op: 'create', object })),
    );
  const put = (object: Resource, store = resources) =>
    store.commit(cause, [
      { op: 'mutate', kind: WebApplicationBinding, key: key(object.metadata.name), create: true, change: () => object },
    ]);
  /** Deploys versions one after the other, each with its release and its record. */
  const deploy = async (environment: string, versions: number, isHealthy = (_version: number): boolean => true): Promise<void> => {
    for (let version = 1; version <= versions; version += 1) {
      await put(bindingOf(environment, { version }));
      const release = (await resources.get(WebApplicationBinding, key(`hello-${environment}`)))?.spec?.componentRelease ?? '';
      await record(environment, { number: version, release, isHealthy: isHealthy(version) });
    }
  };
  const record = async (environment: string, of: { number: number; release: string; isHealthy: boolean }): Promise<void> => {
    const object: Resource = {
      apiVersion: apiVersionOf(DeploymentRecord),
      kind: DeploymentRecord.kind,
      metadata: {
        ...key(`hello-${environment}-web-application-${of.number}`),
        ...(of.isHealthy ? { annotations: { [annotations.healthyAt]: '2026-01-01T00:00:00Z' } } : {}),
      },
      spec: {
        owner,
        environment,
        bindingKind: 'WebApplicationBinding',
        binding: `hello-${environment}`,
        componentRelease: of.release,
        configuration: {},
        secretVersions: {},
        renderedDigest: 'sha256:0',
        principal: 'user:ada',
      },
    };
    await resources.commit({ caller: reconcilerCaller('delivery'), action: 'deployment.record' }, [{ op: 'create', object }]);
  };
  const numbersOf = async (kind: Kind, prefix: string): Promise<number[]> => {
    const { items } = await resources.list(kind, { namespace: 'default' });
    return items
      .filter(({ metadata }) => metadata.name.startsWith(prefix))
      .map(({ metadata }) => Number(/\d+$/.exec(metadata.name)?.[0]))
      .sort((a, b) => a - b);
  };
  const releases = () => numbersOf(ComponentRelease, 'hello-v');
  const records = (environment: string) => numbersOf(DeploymentRecord, `hello-${environment}-`);

  /** Looks at the component until there is nothing to do; a kill begins the next look. */
  const clean = async (
    keep: { releases: number; deployments: number },
    hands: Resources = resources,
    later = 2 * hourMs,
  ): Promise<void> => {
    const controller = retentionController({
      ...keep,
      removed: (what, count) => {
        removed[what] = (removed[what] ?? 0) + count;
      },
    });
    const context: ReconcileContext = {
      resources: hands,
      clock: { ...systemClock, now: () => Date.now() + later },
      signal: AbortSignal.timeout(limitMs),
      cause: (action) => ({ caller: reconcilerCaller('delivery'), action }),
    };
    for (let look = 0; look < 50; look += 1) {
      const component = await resources.get(Component, key('hello'));
      assert.ok(component);
      const result = await controller.reconcile(component, context).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        return undefined;
      });
      if (result?.outcome.is === 'settled') return;
    }
    throw new Error('it was not settled after 50 looks');
  };

  test('of releases the newest, and every one that is bound or recorded', async () => {
    await deploy('development', 12);
    await put(bindingOf('staging', { release: 'hello-v2' }));
    await clean({ releases: 3, deployments: 4 });

    assert.deepEqual(await records('development'), [8, 9, 10, 11, 12]);
    assert.deepEqual(await releases(), [2, 8, 9, 10, 11, 12]);
    assert.deepEqual(removed, { 'deployment-records': 7, releases: 6 });
    await clean({ releases: 3, deployments: 4 });
    assert.deepEqual(removed, { 'deployment-records': 7, releases: 6 }, 'a second time there is nothing to do');
  });

  test('a burst of deployments takes none away within the hour', async () => {
    await deploy('development', 8);
    await clean({ releases: 2, deployments: 2 }, resources, hourMs / 2);
    assert.deepEqual((await releases()).length, 8);
  });

  test('nothing goes while there are no more than are kept', async () => {
    await deploy('development', 5);
    await clean({ releases: 5, deployments: 5 });
    assert.deepEqual(
      [await releases(), await records('development')],
      [
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ],
    );
  });

  test('of records also what the binding was rolled back to, and the last healthy ones, however many failed since', async () => {
    await deploy('development', 12, (version) => version <= 7);
    await put(bindingOf('development', { release: 'hello-v1', record: 'hello-development-web-application-1' }));
    await clean({ releases: 1, deployments: 2 });

    assert.deepEqual(await records('development'), [1, 3, 4, 5, 6, 7, 11, 12]);
    assert.deepEqual(await releases(), [1, 3, 4, 5, 6, 7, 11, 12]);
  });

  test('a release that is bound between the look and the deletion stays', async () => {
    await deploy('development', 6);
    const commit: Resources['commit'] = async (why, ...rest) => {
      if (why.action === pruneActions.release) await put(bindingOf('staging', { release: 'hello-v1' }));
      return resources.commit(why, ...rest);
    };
    await clean({ releases: 2, deployments: 2 }, { ...resources, commit });

    assert.deepEqual(await releases(), [1, 2, 3, 4, 5, 6], 'those from 2 on by their records');
  });

  test('a record that a rollback names between the look and the deletion stays', async () => {
    await deploy('development', 9);
    let isDone = false;
    const commit: Resources['commit'] = async (why, ...rest) => {
      if (why.action === pruneActions.record && !isDone) {
        isDone = true;
        await put(bindingOf('development', { release: 'hello-v2', record: 'hello-development-web-application-2' }));
      }
      return resources.commit(why, ...rest);
    };
    await clean({ releases: 2, deployments: 2 }, { ...resources, commit });

    assert.deepEqual(await records('development'), [2, 5, 6, 7, 8, 9]);
    assert.ok((await releases()).includes(2));
  });

  test('people delete what they like', async () => {
    await deploy('development', 2);
    await resources.commit(cause, [
      { op: 'delete', kind: ComponentRelease, key: key('hello-v2') },
      { op: 'delete', kind: DeploymentRecord, key: key('hello-development-web-application-2') },
    ]);
    assert.deepEqual([await releases(), await records('development')], [[1], [1]]);
  });

  for (const moment of ['before', 'after'] as const)
    test(`a control plane that dies ${moment} each of its deletions comes to the same end`, async () => {
      await deploy('development', 12);
      let count = 0;
      const commit: Resources['commit'] = async (...given) => {
        count += 1;
        if (count % 2 === 1 && moment === 'before') throw new Killed();
        const answer = await resources.commit(...given);
        if (count % 2 === 1) throw new Killed();
        return answer;
      };
      await clean({ releases: 3, deployments: 4 }, { ...resources, commit });

      assert.deepEqual(await records('development'), [8, 9, 10, 11, 12]);
      assert.deepEqual(await releases(), [8, 9, 10, 11, 12]);
    });
});

class Killed extends Error {}
