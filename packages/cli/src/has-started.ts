import type { ResourceObject } from '@fairway/sdk';

interface ContainerState {
  waiting?: unknown;
  running?: unknown;
  terminated?: unknown;
}
export type PodObject = ResourceObject<
  unknown,
  { phase?: string; containerStatuses?: { restartCount?: number; state?: ContainerState; lastState?: ContainerState }[] }
>;

/** Whether a pod has written anything that can be read: one that waits for its next start after a crash has. */
export const hasStarted = ({ status }: PodObject): boolean =>
  status?.containerStatuses?.some(
    ({ state, lastState }) => state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined,
  ) === true;

/** How often the containers of a pod have been started again; undefined between two starts, when the log is still that of the one before. */
export function startsOf({ status }: PodObject): number | undefined {
  const containers = status?.containerStatuses ?? [];
  if (!containers.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)) return undefined;
  return containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}
