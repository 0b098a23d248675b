import type { AnyResource } from '@fairway/resources/model';
import { humanDuration } from './human-duration.ts';

interface ContainerStatus {
  name?: string;
  started?: boolean;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string; exitCode?: number; signal?: number }; running?: object };
  lastState?: { terminated?: { finishedAt?: string } };
}

interface PodStatus {
  phase?: string;
  reason?: string;
  containerStatuses?: readonly ContainerStatus[];
  initContainerStatuses?: readonly ContainerStatus[];
  conditions?: readonly { type?: string; status?: string }[];
}

/** Names of the init containers that run as long as the pod does. */
export const sidecarsOf = (pod: AnyResource): ReadonlySet<string> => {
  const { initContainers = [] } = (pod.spec ?? {}) as { initContainers?: readonly { name: string; restartPolicy?: string }[] };
  return new Set(initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
};

export const podStatusOf = (pod: AnyResource): PodStatus => (pod.status ?? {}) as PodStatus;

const reasonOf = ({ state = {} }: ContainerStatus): string | undefined => {
  if (state.waiting?.reason) return state.waiting.reason;
  const { terminated } = state;
  if (terminated === undefined) return undefined;
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
};

const isReady = (status: PodStatus): boolean =>
  (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');

/** `Init:1/2`, `Init:Error`: what holds a pod back before its containers start; undefined when nothing does. */
function initState(pod: AnyResource): string | undefined {
  const { initContainerStatuses = [], conditions = [] } = podStatusOf(pod);
  if (conditions.some(({ type, status }) => type === 'Initialized' && status === 'True')) return undefined;
  const sidecars = sidecarsOf(pod);
  const isPassed = ({ name = '', started, state }: ContainerStatus): boolean =>
    sidecars.has(name) ? started === true : state?.terminated?.exitCode === 0;
  const at = initContainerStatuses.findIndex((container) => !isPassed(container));
  const container = initContainerStatuses[at];
  if (container === undefined) return undefined;
  const reason = reasonOf(container);
  return reason === undefined || reason === 'PodInitializing' ? `Init:${at}/${initContainerStatuses.length}` : `Init:${reason}`;
}

/** STATUS: the phase, or the reason of the container that says most about it. */
export function podState(pod: AnyResource): string {
  const status = podStatusOf(pod);
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const init = initState(pod);
  if (init !== undefined) return init;
  const containers = status.containerStatuses ?? [];
  const reason = containers.map(reasonOf).findLast((found) => found !== undefined);
  const runs = containers.some(({ ready, state }) => ready === true && state?.running !== undefined);
  // One container that has ended does not make a pod Completed while another one runs.
  if (reason === 'Completed' && runs) return isReady(status) ? 'Running' : 'NotReady';
  return reason ?? status.reason ?? status.phase ?? 'Unknown';
}

/** RESTARTS: how often, and when last. */
export function podRestarts(pod: AnyResource, nowMs: number): string {
  const containers = podStatusOf(pod).containerStatuses ?? [];
  const count = containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const ends = containers.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? '')).filter((at) => !Number.isNaN(at));
  return count === 0 || ends.length === 0 ? String(count) : `${count} (${humanDuration(nowMs - Math.max(...ends))} ago)`;
}
