import { BuildPlane } from '@fairway/contracts';
import { Job, Pod } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import type { AnyResource, Key, Resource, ResourceOf, Resources } from '@fairway/resources/model';
import { planeAddress } from '#domains/fleet';
import { organizationLabel, runLabel } from '#drivers/kubernetes';
import type { Planes } from './planes.ts';

export interface FollowRunsOptions {
  resources: Resources;
  planes: Planes;
  wake: (run: Key) => void;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  onProblem: (plane: string, error: unknown) => void;
}

// New build planes are found this often; runs on one that is not followed yet are looked at by timer.
const refreshMs = 10_000;

/** Wakes runs when their Jobs or pods change on a build plane. Losing it costs speed only. */
export async function followRuns({ resources, planes, wake, pause, onProblem }: FollowRunsOptions, signal: AbortSignal): Promise<void> {
  const followed = new Map<string, { client: ClusterClient; stop: AbortController; done: Promise<unknown> }>();
  const onChange = ({ object }: { object: AnyResource | Resource }): void => {
    const labels = object.metadata.labels ?? {};
    const [namespace, name] = [labels[organizationLabel], labels[runLabel]];
    if (namespace !== undefined && name !== undefined) wake({ namespace, name });
  };
  const follow = (name: string, client: ClusterClient): void => {
    // By a client of before a change of address or credentials nothing would ever be heard again.
    followed.get(name)?.stop.abort();
    const stop = new AbortController();
    const options = { signal: AbortSignal.any([signal, stop.signal]), onChange };
    const done = Promise.all([Job, Pod].map((kind) => client.follow(kind, { labelSelector: runLabel }, options).done));
    followed.set(name, { client, stop, done });
  };
  const followOne = async (name: string, { metadata, spec }: ResourceOf<typeof BuildPlane>): Promise<void> => {
    if (spec === undefined) return;
    try {
      const at = { organization: metadata.namespace ?? '', name: metadata.name, spec };
      const client = await planes.clients.client(await planeAddress(at, planes.openCurrentSecret, signal));
      if (followed.get(name)?.client !== client) follow(name, client);
    } catch (error) {
      onProblem(name, error);
    }
  };
  const followNew = async (): Promise<void> => {
    const { items } = await resources.list(BuildPlane, { limit: 1_000 });
    // Planes that name the same cluster are followed once.
    const byName = new Map(items.map((plane) => [plane.spec?.clusterRef ?? `${plane.metadata.namespace}/${plane.metadata.name}`, plane]));
    for (const [name, plane] of byName) await followOne(name, plane);
    for (const [name, { stop }] of followed) {
      if (byName.has(name)) continue;
      stop.abort();
      followed.delete(name);
    }
  };
  while (!signal.aborted) {
    // A store that does not answer for a moment must not end the following, and with it the process.
    await followNew().catch((error: unknown) => {
      if (!signal.aborted) onProblem('all', error);
    });
    await pause(refreshMs, signal);
  }
  await Promise.all([...followed.values()].map(({ done }) => done));
}
