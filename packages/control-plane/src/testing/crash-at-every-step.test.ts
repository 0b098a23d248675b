import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ComponentRelease, DeploymentRecord, Organization, Release, WebApplicationBinding } from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import type { Controller, ReconcileContext } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { defaultObjects, registerCatalog } from '#domains/catalog';
import { deliveryControllers, registerDelivery } from '#domains/delivery';
import { registerFleet } from '#domains/fleet';
import { registerGateway } from '#domains/gateway';
import { administrator, fakeSealer } from './control-plane-harness.ts';
import { createFakeDataPlane, fakeDataPlanes, fakeHealthOf } from './fake-data-plane.ts';

class Killed extends Error {}

/** A process that dies at the n-th thing that it does to the outside, once before and once after it was done. */
function crashing(at: number, moment: 'before' | 'after') {
  let count = 0;
  return async <T>(act: () => Promise<T>): Promise<T> => {
    count += 1;
    const isLast = count === at;
    if (isLast && moment === 'before') throw new Killed();
    const result = await act();
    if (isLast) throw new Killed();
    return result;
  };
}

async function openStore(): Promise<Resources> {
  const kinds = createKindRegistry();
  kinds.register(Organization);
  registerCatalog(kinds, { sealer: fakeSealer });
  registerDelivery(kinds);
  registerFleet(kinds);
  registerGateway(kinds);
  const resources = await openResources({
    database: openSqliteDatabase({ path: ':memory:', clock: systemClock }),
    kinds,
    clock: systemClock,
  });
  const binding = {
    apiVersion: apiVersionOf(WebApplicationBinding),
    kind: WebApplicationBinding.kind,
    metadata: { name: 'hello', namespace: 'default' },
    spec: {
      owner: { projectName: 'default', componentName: 'hello' },
      environment: 'development',
      workloadSpec: { containers: { main: { image: 'example/hello:1' } }, endpoints: { http: { type: 'HTTP', port: 80 } } },
    },
  };
  await resources.commit(
    { caller: administrator, action: 'test' },
    [...defaultObjects(), binding].map((object) => ({ op: 'create', object })),
  );
  return resources;
}

async function reconcileTwice(at: number, moment: 'before' | 'after') {
  const resources = await openStore();
  const plane = createFakeDataPlane();
  const guard = crashing(at, moment);
  const hands: Resources = { ...resources, commit: (...args) => guard(() => resources.commit(...args)) };
  const apply = plane.apply;
  const remove = plane.remove;
  Object.assign(plane, {
    apply: (...args: Parameters<typeof apply>) => guard(() => apply(...args)),
    remove: (...args: Parameters<typeof remove>) => guard(() => remove(...args)),
  });
  const controllers = deliveryControllers({
    dataPlanes: fakeDataPlanes(plane),
    healthOf: fakeHealthOf,
    openSecret: async () => ({}),
    gateway: () => ({ scheme: 'http', port: 7080 }),
    baseOfImage: async () => undefined,
    retention: { releases: 20, deployments: 20, removed: () => undefined },
  });
  const context: ReconcileContext = {
    resources: hands,
    clock: systemClock,
    signal: AbortSignal.timeout(5_000),
    cause: (action) => ({ caller: reconcilerCaller('delivery'), action }),
  };
  const look = async (name: string, kind: Kind): Promise<void> => {
    const controller = controllers.find((each) => each.name === name) as Controller;
    const object = await resources.get(kind, { namespace: 'default', name: 'hello' });
    if (object !== undefined) await controller.reconcile(object, context);
  };
  let kills = 0;
  for (let run = 0; run < 3; run += 1) {
    try {
      await look('delivery/web-application-binding', WebApplicationBinding);
      await look('delivery/release', Release);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      kills += 1;
    }
  }
  const count = async (kind: Kind): Promise<number> => (await resources.list(kind)).items.length;
  const counts = [await count(ComponentRelease), await count(DeploymentRecord), await count(Release)];
  await resources.close();
  return {
    kills,
    counts,
    objects: plane
      .objects()
      .map(({ kind }) => kind)
      .sort(),
  };
}

describe('a control plane that dies at any step of a deployment', () => {
  for (const moment of ['before', 'after'] as const) {
    for (let at = 1; at <= 5; at += 1) {
      test(`goes on where it was and makes nothing twice: killed ${moment} act ${at}`, async () => {
        const { kills, counts, objects } = await reconcileTwice(at, moment);

        assert.equal(kills, 1);
        assert.deepEqual(counts, [1, 1, 1]);
        assert.deepEqual(objects, ['Deployment', 'HTTPRoute', 'Namespace', 'Secret', 'Service']);
      });
    }
  }
});
