import type { Pod } from '@fairway/contracts/builtin';
import type { Metadata, OwnerReference, ResourceOf } from '@fairway/resources/model';

export type PodObject = ResourceOf<typeof Pod>;

interface Owned {
  metadata: Metadata;
}

const conditionOf = (pod: PodObject, type: string) => pod.status?.conditions?.find((condition) => condition.type === type);

export const controllerOf = (object: Owned): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

export const isControlledBy = (object: Owned, uid: string | undefined): boolean => uid !== undefined && controllerOf(object)?.uid === uid;

export const isTerminating = (object: Owned): boolean => object.metadata.deletionTimestamp !== undefined;

export const isFinished = (pod: PodObject): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Counts for its owner: neither ended nor on its way out. */
export const isActive = (pod: PodObject): boolean => !isFinished(pod) && !isTerminating(pod);

export const isReady = (pod: PodObject): boolean => conditionOf(pod, 'Ready')?.status === 'True';

/** Epoch ms from which a ready pod counts as available; undefined while it is not ready. */
export const availableFrom = (pod: PodObject, minReadySeconds: number): number | undefined => {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  const since = Date.parse(ready.lastTransitionTime ?? '');
  return (Number.isNaN(since) ? 0 : since) + minReadySeconds * 1000;
};

export const isAvailable = (pod: PodObject, minReadySeconds: number, now: number): boolean => {
  const from = availableFrom(pod, minReadySeconds);
  return from !== undefined && (minReadySeconds === 0 || from <= now);
};

export const restartsOf = (pod: PodObject): number =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].reduce(
    (sum, container) => sum + container.restartCount,
    0,
  );
