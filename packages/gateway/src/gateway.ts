import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterClient } from '@fairway/kubernetes/client';
import type { Log } from '@fairway/resources/log';
import { type Clock, pause } from '@fairway/resources/model';
import { createAdminServer } from './admin-server.ts';
import { createDrainer, type Drainer } from './cluster/drain-endpoints.ts';
import { followRoutes } from './cluster/follow-routes.ts';
import { holdLease } from './cluster/hold-lease.ts';
import { createRouteSnapshot } from './cluster/route-snapshot.ts';
import { createStatusWriter } from './cluster/write-route-status.ts';
import { createFigures } from './figures.ts';
import { createDataPath } from './proxy/data-path.ts';
import { createIdentify } from './proxy/identify-request.ts';
import type { Limits } from './proxy/limits.ts';
import { buildRoutes } from './routes/build-routes.ts';
import type { RouteObjects } from './routes/route-table.ts';

export interface GatewayDeps {
  clock: Clock;
  log: Log;
  /** Monotonic, in ms with fractions. */
  elapsed: () => number;
  random: () => number;
  randomBytes: (size: number) => Buffer;
  /** Makes the client of the cluster; called again, with back-off, while it throws (the kubeconfig may not be written yet). */
  connectCluster: () => Promise<ClusterClient>;
  limits: Limits;
  host: string;
  port: number;
  adminPort: number;
  trustForwarded: boolean;
  installation: string;
  snapshot: string;
  holder: string;
}

export interface Gateway {
  readonly port: number;
  readonly adminPort: number;
  /** Gives the lease up, lets running requests end for at most `timeoutMs`, and leaves nothing behind. */
  stop(timeoutMs: number): Promise<void>;
}

const connectAgainMs = 1_000;
const adminHost = '127.0.0.1';

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Starts the data path: from the saved routes at once, from the cluster as soon as it answers. Rejects when a port is taken. */
export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  const { clock, log } = deps;
  const figures = createFigures();
  let drainer: Drainer | undefined;
  const path = createDataPath({
    ...deps,
    figures,
    identify: createIdentify(deps.randomBytes),
    onPodIdle: (podUid) => drainer?.podIdle(podUid),
  });
  const snapshot = createRouteSnapshot({ file: deps.snapshot, clock, log });
  const admin = createAdminServer({
    notReady: () => (path.table === undefined ? 'No routes yet: the cluster has not answered and none are saved.' : undefined),
    metrics: () => figures.render({ held: path.held, routes: path.table?.verdicts.length ?? 0, connections: path.connections }),
  });
  const saved = await snapshot.load();
  if (saved !== undefined) useSaved(saved);

  function useSaved(objects: RouteObjects): void {
    try {
      path.use(buildRoutes(objects));
      log.info('saved routes are in use until the cluster answers', { routes: objects.httpRoutes.length });
    } catch (error) {
      log.warn('the saved routes are not used', { error });
    }
  }

  const port = await listen(path.server, deps.port, deps.host);
  const adminPort = await listen(admin, deps.adminPort, adminHost).catch((error: unknown) => {
    path.server.close();
    throw error;
  });
  const stopping = new AbortController();
  const cluster = joinCluster(deps, stopping.signal, (client) => {
    const ports = { client, clock, log, signal: stopping.signal };
    const statuses = createStatusWriter(ports);
    const drain = createDrainer({ ...ports, upstreams: path.upstreams });
    drainer = drain;
    return (objects) => {
      const table = buildRoutes(objects);
      path.use(table);
      drain.use(table);
      statuses.use(table);
      figures.retain(new Set(table.verdicts.map(({ route }) => `${route.metadata.namespace ?? ''}/${route.metadata.name}`)));
      snapshot.save(objects);
    };
  });

  return {
    port,
    adminPort,
    stop: async (timeoutMs) => {
      // Running requests first: drained pods are told of until the last of them has ended.
      await path.stop(timeoutMs);
      stopping.abort();
      await cluster;
      await snapshot.flush();
      await new Promise<void>((resolve) => {
        admin.close(() => resolve());
        admin.closeAllConnections();
      });
    },
  };
}

/** Connects to the cluster, holds the lease and follows its routes, until `signal` aborts. Never rejects. */
async function joinCluster(
  { connectCluster, clock, log, holder }: GatewayDeps,
  signal: AbortSignal,
  prepare: (client: ClusterClient) => (objects: RouteObjects) => void,
): Promise<void> {
  const client = await connect({ connectCluster, clock, log, signal });
  if (client === undefined) return;
  const lease = holdLease({ client, clock, log, holder });
  await followRoutes({ client, log, signal, onObjects: prepare(client) });
  await lease.release();
  client.close();
}

async function connect({
  connectCluster,
  clock,
  log,
  signal,
}: Pick<GatewayDeps, 'connectCluster' | 'clock' | 'log'> & { signal: AbortSignal }): Promise<ClusterClient | undefined> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await connectCluster();
    } catch (error) {
      if (attempt % 30 === 1) log.warn('the cluster cannot be reached yet', { attempt, error });
      await pause(clock, connectAgainMs, signal);
    }
  }
  return undefined;
}
