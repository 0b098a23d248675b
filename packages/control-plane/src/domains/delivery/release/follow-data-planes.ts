import type { AnyResource, Key } from '@fairway/resources/model';
import { annotations, releaseFieldManager, releaseLabels } from '../labels.ts';
import type { DataPlane, DataPlanes } from '../ports.ts';

export interface FollowDependencies {
  dataPlanes: DataPlanes;
  /** Looks at a release soon; the loop's `wake` for the controller `delivery/release`. */
  wake: (release: Key) => void;
  /** Waits this long, or until the signal aborts. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  onProblem: (plane: string, error: unknown) => void;
}

/** New data planes are found this often; a release that is applied meanwhile is looked at by timer. */
const refreshMs = 10_000;

/**
 * Wakes releases when their objects or pods change in a data plane, so that health reaches a binding at once. Ends when `signal` aborts.
 * Losing it costs speed only: every release is looked at by timer too.
 */
export async function followDataPlanes({ dataPlanes, wake, pause, onProblem }: FollowDependencies, signal: AbortSignal): Promise<void> {
  const followed = new Map<string, Following>();
  const follow = ({ name, plane, connection }: Followed): void => {
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    const done = followPlane(plane, wake, until)
      .catch((error: unknown) => {
        if (!until.aborted) onProblem(name, error);
      })
      .finally(() => {
        if (followed.get(name)?.stop === stop) followed.delete(name);
      });
    followed.set(name, { connection, stop, done });
  };
  while (!signal.aborted) {
    try {
      const planes = await dataPlanes.all(signal);
      leaveOthers(followed, planes);
      for (const plane of planes) if (!followed.has(plane.name)) follow(plane);
    } catch (error) {
      if (!signal.aborted) onProblem('all', error);
    }
    await pause(refreshMs, signal);
  }
  await Promise.all([...followed.values()].map(({ done }) => done));
}

type Followed = Awaited<ReturnType<DataPlanes['all']>>[number];

/** Ends the following of planes that are gone or are reached another way now. */
function leaveOthers(followed: Map<string, Following>, planes: readonly Followed[]): void {
  for (const [name, known] of followed) {
    if (planes.some((plane) => plane.name === name && plane.connection === known.connection)) continue;
    known.stop.abort();
    followed.delete(name);
  }
}

interface Following {
  connection: object;
  stop: AbortController;
  done: Promise<void>;
}

async function followPlane(plane: DataPlane, wake: (release: Key) => void, signal: AbortSignal): Promise<void> {
  const onChange = (object: AnyResource): void => {
    const key = releaseOf(object);
    if (key !== undefined) wake(key);
  };
  const objects = {
    kinds: [
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'batch/v1', kind: 'CronJob' },
      { apiVersion: 'v1', kind: 'Service' },
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
    ],
    labelSelector: `${releaseLabels.managedBy}=${releaseFieldManager}`,
  };
  const pods = { kinds: [{ apiVersion: 'v1', kind: 'Pod' }], labelSelector: 'component-name,environment-name' };
  // One ends, both end: the pair is started again as a whole.
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  try {
    await Promise.race([plane.follow(objects, onChange, both), plane.follow(pods, onChange, both)]);
  } finally {
    ended.abort();
  }
}

/** Names are annotations, because labels shorten long ones. */
function releaseOf({ metadata }: AnyResource): Key | undefined {
  const [namespace, name] = (metadata.annotations?.[annotations.release] ?? '').split('/');
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
