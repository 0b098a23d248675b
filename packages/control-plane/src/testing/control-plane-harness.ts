import { createHash } from 'node:crypto';
import { Build, Organization } from '@fairway/contracts';
import { type Log, silentLog } from '@fairway/resources/log';
import {
  type AnyResource,
  type Caller,
  type Key,
  type Kind,
  type Resource,
  type ResourceOf,
  type Resources,
  systemClock,
} from '@fairway/resources/model';
import { startControllers, startGarbageCollector } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { catalogControllers, defaultObjects, registerCatalog, type Sealer } from '#domains/catalog';
import { type DeliveryDependencies, deliveryControllers, followDataPlanes, registerDelivery } from '#domains/delivery';
import { type FleetDependencies, fleetControllers, registerFleet } from '#domains/fleet';
import { registerGateway } from '#domains/gateway';
import { createFakeDataPlane, type FakeDataPlane, fakeDataPlanes, fakeHealthOf } from './fake-data-plane.ts';

export const administrator: Caller = { principal: 'user:admin', permissions: ['*'] };

export interface Harness {
  resources: Resources;
  plane: FakeDataPlane;
  create(...objects: Resource[]): Promise<AnyResource[]>;
  /** Waits until `check` answers something; fails with what is there after five seconds. */
  until<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T>;
  get<K extends Kind>(kind: K, name: string): Promise<ResourceOf<K> | undefined>;
  stop(): Promise<void>;
}

/** Values are only turned round: what the tests are about is where they go. */
const turned = (_organization: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [...value].reverse().join('')]));

export const fakeSealer: Sealer = {
  open: turned,
  seal: turned,
  digest: (organization, values) =>
    createHash('sha256')
      .update(JSON.stringify([organization, Object.entries(values).sort()]))
      .digest('hex'),
};

const limitMs = 5_000;
const retention = { releases: 20, deployments: 20, versions: 20, removed: () => undefined };

/** Catalog and delivery as they run, over a database in memory and a data plane in memory. */
export async function startHarness(more: Partial<DeliveryDependencies> = {}, log: Log = silentLog): Promise<Harness> {
  const kinds = createKindRegistry();
  kinds.register(Organization);
  kinds.register(Build);
  registerCatalog(kinds, { sealer: fakeSealer });
  registerDelivery(kinds);
  registerFleet(kinds);
  registerGateway(kinds);
  const clock = systemClock;
  const resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  const plane = createFakeDataPlane();
  const deps: DeliveryDependencies = {
    dataPlanes: fakeDataPlanes(plane),
    healthOf: fakeHealthOf,
    openSecret: async ({ secret, version }) => ({ TOKEN: `${secret}-value-${version}` }),
    gateway: () => ({ scheme: 'http', port: 7080 }),
    baseOfImage: async () => 'none',
    retention,
    ...more,
  };
  const fleet: FleetDependencies = {
    clusters: { probe: async () => ({ version: 'v1.33.0' }) },
    openCurrentSecret: async () => ({ labels: { 'fairway.dev/use': 'cluster-credentials' }, values: { value: 'opened' } }),
  };
  const cause = { caller: administrator, action: 'test.create' };
  await resources.commit(
    cause,
    defaultObjects().map((object) => ({ op: 'create', object })),
  );
  const loop = await startControllers({
    resources,
    controllers: [...catalogControllers({ secrets: retention }), ...deliveryControllers(deps), ...fleetControllers(fleet)],
    clock,
    log,
  });
  const collector = await startGarbageCollector({ resources, clock, log });
  const stopFollowing = new AbortController();
  const following = followDataPlanes(
    {
      dataPlanes: deps.dataPlanes,
      wake: (key: Key) => loop.wake('delivery/release', key),
      pause: (ms, signal) => pause(ms, signal),
      onProblem: () => undefined,
    },
    stopFollowing.signal,
  );
  return {
    resources,
    plane,
    create: async (...objects) =>
      (
        await resources.commit(
          cause,
          objects.map((object) => ({ op: 'create', object })),
        )
      ).map(({ object }) => object),
    get: (kind, name) => resources.get(kind, { namespace: 'default', name }),
    until,
    stop: async () => {
      stopFollowing.abort();
      await following;
      await loop.stop();
      await collector.stop();
      await resources.close();
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

async function until<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    await pause(5, new AbortController().signal);
  }
  throw new Error(`this did not come about within ${limitMs} ms: ${what}`);
}
