import type { Resource } from '@fairway/resources/model';
import {
  conditionOf,
  degraded,
  type Health,
  type HealthContext,
  healthy,
  isBehind,
  progressing,
  sayCondition,
  specOf,
  statusOf,
  suspended,
  trueCondition,
} from './health.ts';
import { crashAmong, unreadyAmong } from './pod-health.ts';

const behind = progressing('waiting for the change to be seen');

interface DeploymentSpec {
  replicas: number;
  paused: boolean;
}
interface ReplicaCounts {
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
}

export function deploymentHealth(object: Resource, { pods }: HealthContext): Health {
  const { replicas = 1, paused = false } = specOf<DeploymentSpec>(object);
  const status = statusOf<ReplicaCounts>(object);
  const { updatedReplicas: updated = 0, availableReplicas: available = 0 } = status;
  if (paused) return suspended('the deployment is paused');
  if (isBehind(object)) return behind;
  if (replicas === 0) return suspended('the deployment is scaled to zero');
  const failure = trueCondition(object, 'ReplicaFailure');
  if (failure !== undefined) return degraded(sayCondition(failure));
  const crash = crashAmong(pods);
  if (crash !== undefined) return degraded(crash);
  const rollout = conditionOf(object, 'Progressing');
  if (rollout?.reason === 'ProgressDeadlineExceeded') return degraded(sayCondition(rollout));
  if (updated < replicas) return progressing(`${updated} of ${replicas} replicas are updated`);
  const old = (status.replicas ?? 0) - updated;
  const unready = unreadyAmong(pods);
  if (old > 0)
    return progressing(
      unready === undefined
        ? `${old} old replicas have not ended yet`
        : `${old} old replicas serve until the new ones are ready; ${unready}`,
    );
  if (available >= updated) return healthy();
  // Without a rollout under way nobody is about to make them available: that is a failure, not progress.
  if (rollout?.status === 'False') return degraded(sayCondition(rollout));
  return progressing(`${available} of ${updated} updated replicas are available${unready === undefined ? '' : `; ${unready}`}`);
}

export function replicaSetHealth(object: Resource, { pods }: HealthContext): Health {
  const { replicas = 1 } = specOf<{ replicas: number }>(object);
  const { availableReplicas = 0 } = statusOf<ReplicaCounts>(object);
  const failure = trueCondition(object, 'ReplicaFailure');
  if (failure !== undefined) return degraded(sayCondition(failure));
  if (isBehind(object)) return behind;
  const crash = crashAmong(pods);
  if (crash !== undefined) return degraded(crash);
  return availableReplicas < replicas ? progressing(`${availableReplicas} of ${replicas} replicas are available`) : healthy();
}

interface StatefulSetSpec {
  replicas: number;
  updateStrategy: { type?: string; rollingUpdate?: { partition?: number } };
}

export function statefulSetHealth(object: Resource, { pods }: HealthContext): Health {
  const { replicas = 1, updateStrategy = {} } = specOf<StatefulSetSpec>(object);
  const status = statusOf<ReplicaCounts & { currentRevision: string; updateRevision: string }>(object);
  if ((status.observedGeneration ?? 0) === 0 || isBehind(object)) return behind;
  const crash = crashAmong(pods);
  if (crash !== undefined) return degraded(crash);
  const { readyReplicas: ready = 0, updatedReplicas: updated = 0 } = status;
  if (ready < replicas) return progressing(`${ready} of ${replicas} replicas are ready`);
  if (updateStrategy.type === 'OnDelete') return healthy();
  const partition = updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition > 0)
    return updated < replicas - partition
      ? progressing(`${updated} of ${replicas - partition} replicas above the partition are updated`)
      : healthy();
  return status.updateRevision !== status.currentRevision ? progressing(`${updated} of ${replicas} replicas are updated`) : healthy();
}

interface DaemonCounts {
  desiredNumberScheduled: number;
  updatedNumberScheduled: number;
  numberAvailable: number;
}

export function daemonSetHealth(object: Resource, { pods }: HealthContext): Health {
  const { updateStrategy } = specOf<{ updateStrategy: { type?: string } }>(object);
  const {
    desiredNumberScheduled: desired = 0,
    updatedNumberScheduled: updated = 0,
    numberAvailable: available = 0,
  } = statusOf<DaemonCounts>(object);
  if (isBehind(object)) return behind;
  const crash = crashAmong(pods);
  if (crash !== undefined) return degraded(crash);
  if (updateStrategy?.type === 'OnDelete') return healthy();
  if (updated < desired) return progressing(`${updated} of ${desired} pods are updated`);
  return available < desired ? progressing(`${available} of ${desired} pods are available`) : healthy();
}

export function jobHealth(object: Resource): Health {
  const failed = trueCondition(object, 'Failed');
  if (failed !== undefined) return degraded(sayCondition(failed));
  const complete = trueCondition(object, 'Complete');
  if (complete !== undefined) return healthy(complete.message ?? '');
  if (trueCondition(object, 'Suspended') !== undefined || specOf<{ suspend: boolean }>(object).suspend === true)
    return suspended('the job is suspended');
  return progressing('the job has not ended yet');
}

export function cronJobHealth(object: Resource): Health {
  if (specOf<{ suspend: boolean }>(object).suspend === true) return suspended('the schedule is suspended');
  const {
    active = [],
    lastSuccessfulTime,
    lastScheduleTime,
  } = statusOf<{
    active: readonly unknown[];
    lastSuccessfulTime: string;
    lastScheduleTime: string;
  }>(object);
  if (active.length > 0) return progressing(`${active.length} jobs are running`);
  if (lastScheduleTime === undefined) return healthy('scheduled; it has not run yet');
  if (lastSuccessfulTime === undefined || lastSuccessfulTime < lastScheduleTime) return degraded('the last run did not succeed');
  return healthy();
}
