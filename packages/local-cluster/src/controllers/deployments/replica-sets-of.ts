import type { Deployment } from '@fairway/contracts/builtin';
import type { ResourceOf } from '@fairway/resources/model';
import { isActive, isAvailable, isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import type { ReplicaSetObject } from '../replica-sets/replica-set-controller.ts';
import { templateText } from './template-hash.ts';

export type DeploymentObject = ResourceOf<typeof Deployment>;

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** A replica set with what its pods are like just now. */
export interface SetView {
  set: ReplicaSetObject;
  /** Wanted by spec. */
  replicas: number;
  active: number;
  ready: number;
  /** Never more than wanted: what the set is about to remove does not count. */
  available: number;
  terminating: number;
  /** True while a process of it may still run. */
  hasLiving: boolean;
  /** A pod of it listens on a port of its own, so a second one cannot run beside it. */
  hasFixedPort: boolean;
}

const fixedPortAnnotation = 'fairway.dev/fixed-port';

export const revisionOf = (object: { metadata: { annotations?: Record<string, string> } }): number =>
  Number(object.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;

export function viewSet(set: ReplicaSetObject, pods: readonly PodObject[], now: number): SetView {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const active = pods.filter(isActive);
  const replicas = set.spec?.replicas ?? 1;
  return {
    set,
    replicas,
    active: active.length,
    ready: active.filter(isReady).length,
    available: Math.min(replicas, active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length),
    terminating: pods.filter(isTerminating).length,
    hasLiving: pods.some((pod) => !isFinished(pod)),
    hasFixedPort: pods.some((pod) => pod.metadata.annotations?.[fixedPortAnnotation] !== undefined && !isFinished(pod)),
  };
}

const byAge = (a: ReplicaSetObject, b: ReplicaSetObject): number =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || a.metadata.name.localeCompare(b.metadata.name);

/** The set of the current template (the oldest, should there be two) and all others, oldest first. */
export function splitSets(deployment: DeploymentObject, sets: readonly ReplicaSetObject[]) {
  const aged = sets.toSorted(byAge);
  const wanted = deployment.spec === undefined ? undefined : templateText(deployment.spec.template);
  const current = aged.find((set) => set.spec !== undefined && !isTerminating(set) && templateText(set.spec.template) === wanted);
  return { current, old: aged.filter((set) => set !== current) };
}
