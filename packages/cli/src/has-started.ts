import type { ResourceObject } from '@fairway/sdk';

interface ContainerState {
  running?: unknown;
  terminated?: unknown;
}
export type PodObject = ResourceObject<
  unknown,
  { phase?: string; containerStatuses?: { state?: ContainerState; lastState?: ContainerState }[] }
>;

/** Whether a pod has written anything that can be read: one that waits for its next start after a crash has. */
export const hasStarted = ({ status }: PodObject): boolean =>
  status?.containerStatuses?.some(
    ({ state, lastState }) => state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined,
  ) === true;
