import { readFile } from 'node:fs/promises';
import { BuildPlane, DataPlane, Environment, Secret, SecretVersion } from '@fairway/contracts';
import { type ClusterClient, readKubeconfig } from '@fairway/kubernetes/client';
import { healthOf } from '@fairway/kubernetes/health';
import { isProblem, type Key, notFound, type Resources, unavailable } from '@fairway/resources/model';
import type { Vault } from '@fairway/resources/secrets';
import type { DataPlanes, HealthOf, OpenSecret } from '#domains/delivery';
import { type Clusters, type OpenCurrentSecret, type PlaneSpec, planeAddress } from '#domains/fleet';
import type { BuildPlanes } from '#domains/pipelines';
import type { BuildCaches } from '#drivers/build-caches';
import { createBuildPlane, createDataPlane, createPlaneClients, type PlaneClients, type PullCredentials } from '#drivers/kubernetes';

export interface PlanesOptions {
  resources: Resources;
  vault: Vault;
  /** kubeconfig of the local cluster. */
  localKubeconfig: string;
  /** What builds on the local cluster keep for the next ones. */
  buildCaches: BuildCaches;
  pull: PullCredentials;
}

export interface Planes {
  clients: PlaneClients;
  dataPlanes: DataPlanes;
  buildPlanes: BuildPlanes;
  clusters: Clusters;
  openSecret: OpenSecret;
  openCurrentSecret: OpenCurrentSecret;
}

/** Clusters in their roles, by the resources that name them. */
export function createPlanes({ resources, vault, localKubeconfig, buildCaches, pull }: PlanesOptions): Planes {
  const clients = createPlaneClients({
    named: async (name) =>
      name === 'local'
        ? readKubeconfig(
            await readFile(localKubeconfig, 'utf8').catch((cause: unknown) =>
              Promise.reject(unavailable('the local cluster has no kubeconfig yet', cause)),
            ),
          )
        : undefined,
  });
  const openSecret: OpenSecret = async ({ organization, secret, version }) => {
    const found = await resources.get(SecretVersion, { namespace: organization, name: `${secret}-v${version}` });
    if (found?.spec === undefined) throw notFound('SecretVersion', `${secret}-v${version}`);
    return Object.fromEntries(Object.entries(found.spec.sealed).map(([key, sealed]) => [key, vault.open(organization, sealed)]));
  };
  const openCurrentSecret: OpenCurrentSecret = async ({ organization, secret }, signal) => {
    const found = await resources.get(Secret, { namespace: organization, name: secret });
    const version = found?.spec?.currentVersion;
    if (found === undefined || version === undefined) return undefined;
    return { labels: found.metadata.labels ?? {}, values: await openSecret({ organization, secret, version }, signal) };
  };
  const clientOf = async (key: Key, spec: PlaneSpec, signal: AbortSignal) =>
    clients.client(await planeAddress({ organization: key.namespace ?? '', name: key.name, spec }, openCurrentSecret, signal));
  const planeOf = (key: Key, client: ClusterClient) =>
    createDataPlane({ client, find: clients.kinds(client), organization: key.namespace ?? '', name: key.name, pull });
  return {
    clients,
    openSecret,
    openCurrentSecret,
    clusters: { probe: async (address, signal) => ({ version: (await (await clients.client(address)).version({ signal })).gitVersion }) },
    buildPlanes: async (organization, name) => {
      const found = await resources.get(BuildPlane, { namespace: organization, name });
      if (found?.spec === undefined) return undefined;
      const client = await clientOf({ namespace: organization, name }, found.spec, AbortSignal.timeout(10_000));
      return createBuildPlane({ client, name, pull, ...(found.spec.clusterRef === 'local' ? { cache: buildCaches } : {}) });
    },
    dataPlanes: {
      forEnvironment: async (organization, environment, signal) => {
        const place = await resources.get(Environment, { namespace: organization, name: environment });
        if (place === undefined) throw notFound('Environment', environment);
        const key = { namespace: organization, name: place.spec?.dataPlaneRef ?? 'default' };
        const found = await resources.get(DataPlane, key);
        if (found?.spec === undefined) throw notFound('DataPlane', key.name);
        return planeOf(key, await clientOf(key, found.spec, signal));
      },
      all: async (signal) => {
        const { items } = await resources.list(DataPlane, { limit: 1_000 });
        const planes = new Map<string, Awaited<ReturnType<DataPlanes['all']>>[number]>();
        for (const { metadata, spec } of items) {
          // Planes that name the same cluster are followed once.
          const name = spec?.clusterRef ?? `${metadata.namespace}/${metadata.name}`;
          if (spec === undefined || planes.has(name)) continue;
          try {
            const key = { namespace: metadata.namespace ?? '', name: metadata.name };
            const connection = await clientOf(key, spec, signal);
            planes.set(name, { name, plane: planeOf(key, connection), connection });
          } catch (error) {
            // One sick plane never hides the others; its own status says why.
            if (!isProblem(error)) throw error;
          }
        }
        return [...planes.values()];
      },
    },
  };
}

/** Delivery's words for the health of a live object. */
export const healthOfObject: HealthOf = (object, { pods }) => {
  const { status, message } = healthOf(object, { pods: [...pods] });
  return { status: status === 'Missing' ? 'Unknown' : status, ...(message === '' || message === undefined ? {} : { message }) };
};
