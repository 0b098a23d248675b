import { createHash } from 'node:crypto';
import type { KubernetesCluster } from '@fairway/contracts';
import { type ClusterClient, type ConnectionOptions, createClusterClient } from '@fairway/kubernetes/client';
import { invalid } from '@fairway/resources/model';
import { createKindFinder, type KindFinder } from './find-kind.ts';

/** How to reach one plane, with secrets already opened. */
export type PlaneAddress = { is: 'named'; name: string } | { is: 'inline'; cluster: KubernetesCluster };

export interface PlaneClients {
  /** One client a cluster, kept as long as its address and credentials stay the same. */
  client(address: PlaneAddress): Promise<ClusterClient>;
  /** How the cluster behind a client serves kinds; remembered as long as the client. */
  kinds(client: ClusterClient): KindFinder;
  close(): void;
}

// Each client holds up to 128 sockets; a company has dozens of clusters, not hundreds on one replica.
const maxClients = 200;

/** `named` gives the connection of a cluster that Fairway knows by name (`local` is the built-in one); read anew each time, so that a new token or port is used. */
export function createPlaneClients({ named }: { named: (name: string) => Promise<ConnectionOptions | undefined> }): PlaneClients {
  const clients = new Map<string, { fingerprint: string; client: ClusterClient }>();
  const finders = new WeakMap<ClusterClient, KindFinder>();
  const connectionOf = async (address: PlaneAddress): Promise<{ name?: string; options: ConnectionOptions }> => {
    if (address.is === 'inline') return { options: inlineConnection(address.cluster) };
    const options = await named(address.name);
    if (options === undefined) throw invalid(`there is no cluster "${address.name}": name a known one, or give kubernetesCluster`);
    return { name: address.name, options };
  };
  return {
    client: async (address) => {
      const { name, options } = await connectionOf(address);
      const fingerprint = createHash('sha256').update(JSON.stringify(options)).digest('hex');
      // Two organizations may reach one cluster with credentials of their own: neither must close the other's connections.
      const id = name === undefined ? `inline:${fingerprint}` : `name:${name}`;
      const known = clients.get(id);
      if (known?.fingerprint === fingerprint) return known.client;
      known?.client.close();
      if (clients.size >= maxClients) {
        const [oldest] = clients.keys();
        if (oldest !== undefined) {
          clients.get(oldest)?.client.close();
          clients.delete(oldest);
        }
      }
      const client = createClusterClient(options);
      clients.set(id, { fingerprint, client });
      return client;
    },
    kinds: (client) => {
      const find = finders.get(client) ?? createKindFinder(client);
      finders.set(client, find);
      return find;
    },
    close: () => {
      for (const { client } of clients.values()) client.close();
    },
  };
}

function inlineConnection({ server, tls, auth }: KubernetesCluster): ConnectionOptions {
  const pem = (value: string | undefined): string | undefined =>
    value === undefined || value.includes('-----BEGIN') ? value : Buffer.from(value, 'base64').toString('utf8');
  const ca = pem(tls?.ca?.value);
  const clientCertificate = pem(auth?.mtls?.clientCert?.value);
  const clientKey = pem(auth?.mtls?.clientKey?.value);
  const token = auth?.bearerToken?.value;
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined || clientKey === undefined ? {} : { clientCertificate, clientKey }),
    ...(token === undefined ? {} : { token }),
  };
}
