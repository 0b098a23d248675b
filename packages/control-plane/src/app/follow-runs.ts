import { BuildPlane } from '@fairway/contracts';
import { Job, Pod } from '@fairway/contracts/builtin';
import type { AnyResource, Key, Resource, Resources } from '@fairway/resources/model';
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
  const followed = new Set<string>();
  const running: Promise<void>[] = [];
  const onChange = ({ object }: { object: AnyResource | Resource }): void => {
    const labels = object.metadata.labels ?? {};
    const [namespace, name] = [labels[organizationLabel], labels[runLabel]];
    if (namespace !== undefined && name !== undefined) wake({ namespace, name });
  };
  const followNew = async (): Promise<void> => {
    for (const { metadata, spec } of (await resources.list(BuildPlane, { limit: 1_000 })).items) {
      const name = spec?.clusterRef ?? `${metadata.namespace}/${metadata.name}`;
      if (spec === undefined || followed.has(name)) continue;
      try {
        const address = await planeAddress(
          { organization: metadata.namespace ?? '', name: metadata.name, spec },
          planes.openCurrentSecret,
          signal,
        );
        const client = await planes.clients.client(address);
        followed.add(name);
        for (const kind of [Job, Pod]) running.push(client.follow(kind, { labelSelector: runLabel }, { signal, onChange }).done);
      } catch (error) {
        onProblem(name, error);
      }
    }
  };
  while (!signal.aborted) {
    // A store that does not answer for a moment must not end the following, and with it the process.
    await followNew().catch((error: unknown) => {
      if (!signal.aborted) onProblem('all', error);
    });
    await pause(refreshMs, signal);
  }
  await Promise.all(running);
}
