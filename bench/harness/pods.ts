import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stateFiles } from '@fairway/supervisor';
import { buildSample } from './applications.ts';
import { type ClusterClient, clusterClient } from './cluster-server.ts';
import type { Installation } from './installation.ts';

const lookMs = 50;
const deadlineMs = 60_000;

interface PodSpec {
  containers: { name: string; image: string }[];
  imagePullSecrets?: object[];
}

interface Deployment {
  metadata: { name: string; namespace: string };
  spec: { template: { spec: PodSpec } };
  status?: { readyReplicas?: number };
}

export interface PodsOfSample {
  /** Makes a Deployment of so many pods of the sample, each probed so often; answers how long it took until all were ready. */
  create(replicas: number, probeSeconds: number): Promise<number>;
  /** Deletes it; answers how long it took until the last of its processes had gone. */
  remove(): Promise<number>;
}

/** The processes of the pods of an installation that carry one of these uids. */
const processesOf = (uids: ReadonlySet<string>): number =>
  readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const uid = /(?:^|\0)FAIRWAY_POD_UID=([^\0]*)/.exec(readFileSync(`/proc/${entry}/environ`, 'latin1'))?.[1];
      return uid !== undefined && uids.has(uid);
    } catch {
      // Gone, or another user's.
      return false;
    }
  }).length;

const until = async (what: string, isSo: () => Promise<boolean> | boolean): Promise<number> => {
  const startedAt = performance.now();
  for (;;) {
    if (await isSo()) return performance.now() - startedAt;
    if (performance.now() - startedAt > deadlineMs) throw new Error(`not within ${deadlineMs / 1_000} s: ${what}`);
    await pause(lookMs);
  }
};

export const localCluster = async ({ folder, ports }: Installation): Promise<ClusterClient> => {
  const files = stateFiles(join(folder, 'home'));
  const [first] = JSON.parse(await readFile(files.clusterTokens, 'utf8')) as { token: string }[];
  return clusterClient({ port: ports.cluster, token: first?.token ?? '', ca: await readFile(files.caCertificate, 'utf8') });
};

/** Builds the Node example, whose image then lies on the machine: what is measured is pods, not their first pull. */
export const podsOfSample = async (installation: Installation, client: ClusterClient): Promise<PodsOfSample> => {
  const image = await buildSample(installation);
  const { items } = await client.must<{ items: Deployment[] }>('GET', '/apis/apps/v1/deployments');
  const sample = items.find(({ spec }) => spec.template.spec.containers[0]?.image === image);
  if (sample === undefined) throw new Error(`no Deployment runs ${image}`);
  const { namespace } = sample.metadata;
  const { imagePullSecrets = [] } = sample.spec.template.spec;
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const pods = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dmany`;
  const labels = { app: 'many' };
  return {
    create: async (replicas, periodSeconds) => {
      const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds };
      const container = { name: 'main', image, ports: [{ containerPort: 8080 }], readinessProbe };
      const startedAt = performance.now();
      await client.must('POST', deployments, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'many', labels },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container], imagePullSecrets } },
        },
      });
      await until(`${replicas} pods are ready`, async () => {
        const { status } = await client.must<Deployment>('GET', `${deployments}/many`);
        return status?.readyReplicas === replicas;
      });
      return performance.now() - startedAt;
    },
    remove: async () => {
      const { items: made } = await client.must<{ items: { metadata: { uid: string } }[] }>('GET', pods);
      const uids = new Set(made.map(({ metadata }) => metadata.uid));
      if (processesOf(uids) < uids.size) throw new Error('fewer processes than pods were found: they would be gone at once');
      const startedAt = performance.now();
      await client.must('DELETE', `${deployments}/many?propagationPolicy=Background`);
      await until('the processes of the pods have ended', () => processesOf(uids) === 0);
      return performance.now() - startedAt;
    },
  };
};
