import type { DeploymentStatus, KubernetesCondition } from '@fairway/contracts/builtin';
import { timestamp } from '@fairway/resources/model';
import { findCondition, withCondition } from '../pods/conditions.ts';
import { type Bounds, boundsOf } from './plan-rollout.ts';
import type { DeploymentObject, SetView } from './replica-sets-of.ts';

export interface Rollout {
  current: SetView | undefined;
  old: readonly SetView[];
  /** What this reconcile did to the set of the current template. */
  event?: 'created' | 'found';
  now: number;
}

type Conditions = readonly KubernetesCondition[];

const countsOf = (deployment: DeploymentObject, { current, old }: Rollout) => {
  const all = current === undefined ? old : [current, ...old];
  const sum = (pick: (view: SetView) => number): number => all.reduce((total, view) => total + pick(view), 0);
  const availableReplicas = sum((view) => view.available);
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: sum((view) => view.active),
    updatedReplicas: current?.active ?? 0,
    readyReplicas: sum((view) => view.ready),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum((view) => view.replicas) - availableReplicas),
    terminatingReplicas: sum((view) => view.terminating),
  };
};

type Counts = ReturnType<typeof countsOf>;

export const isComplete = (counts: Omit<DeploymentStatus, 'conditions'>, replicas: number): boolean =>
  counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;

const hasMoved = (before: DeploymentStatus, counts: Counts): boolean =>
  counts.updatedReplicas > (before.updatedReplicas ?? 0) ||
  counts.replicas - counts.updatedReplicas < (before.replicas ?? 0) - (before.updatedReplicas ?? 0) ||
  counts.readyReplicas > (before.readyReplicas ?? 0) ||
  counts.availableReplicas > (before.availableReplicas ?? 0);

const availability = (conditions: Conditions, counts: Counts, bounds: Bounds, now: number): KubernetesCondition[] =>
  counts.availableReplicas >= bounds.replicas - bounds.unavailable
    ? withCondition(
        conditions,
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' },
        now,
      )
    : withCondition(
        conditions,
        {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
        now,
      );

const isTimedOut = (condition: KubernetesCondition, deadlineSeconds: number, now: number): boolean => {
  if (condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  return Date.parse(condition.lastUpdateTime ?? '') + deadlineSeconds * 1000 <= now;
};

/** What the Progressing condition should say; undefined leaves it. */
function progressOf(deployment: DeploymentObject, rollout: Rollout, counts: Counts) {
  const { current, now, event } = rollout;
  const before = findCondition(deployment.status?.conditions, 'Progressing');
  const name = current?.set.metadata.name ?? deployment.metadata.name;
  const said = (status: 'True' | 'False' | 'Unknown', reason: string, message: string) => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (deployment.spec?.paused === true) {
    return before?.reason === 'DeploymentPaused' ? undefined : said('Unknown', 'DeploymentPaused', 'Deployment is paused');
  }
  if (before?.reason === 'DeploymentPaused') return said('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (event === 'created') return said('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  const isKnownComplete = before?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas && event !== 'found';
  if (isKnownComplete) return undefined;
  if (isComplete(counts, deployment.spec?.replicas ?? 1)) {
    return said('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`);
  }
  if (event === 'found') return said('True', 'FoundNewReplicaSet', `Found new replica set "${name}"`);
  if (hasMoved(deployment.status ?? {}, counts)) return said('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`);
  const deadline = deployment.spec?.progressDeadlineSeconds ?? 600;
  if (before !== undefined && isTimedOut(before, deadline, now)) {
    return said('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`);
  }
  return before === undefined ? said('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`) : undefined;
}

// Kubernetes' word for "no deadline".
const noDeadline = 2_147_483_647;

interface DeploymentAnswer {
  counts: Omit<DeploymentStatus, 'conditions'>;
  conditions: KubernetesCondition[];
  againInMs?: number;
}

/** Status of a Deployment, and when time alone may change it. */
export function deploymentStatus(deployment: DeploymentObject, rollout: Rollout): DeploymentAnswer {
  const { now } = rollout;
  const bounds = deployment.spec === undefined ? { replicas: 1, surge: 0, unavailable: 0 } : boundsOf(deployment.spec);
  const counts = countsOf(deployment, rollout);
  const deadlineSeconds = deployment.spec?.progressDeadlineSeconds ?? 600;
  let conditions = availability(deployment.status?.conditions ?? [], counts, bounds, now);
  const progress = progressOf(deployment, rollout, counts);
  if (progress !== undefined && deadlineSeconds !== noDeadline) {
    const at = timestamp(now);
    // Every step forward starts the deadline anew, also when the words stay the same.
    conditions = withCondition(conditions, progress, now).map((condition) =>
      condition.type === 'Progressing' ? { ...condition, lastUpdateTime: at } : condition,
    );
  }
  const condition = findCondition(conditions, 'Progressing');
  const mayTimeOut =
    deadlineSeconds !== noDeadline &&
    condition?.status === 'True' &&
    condition.reason !== 'NewReplicaSetAvailable' &&
    deployment.spec?.paused !== true;
  const timesOutAt = Date.parse(condition?.lastUpdateTime ?? '') + deadlineSeconds * 1000;
  const collisionCount = deployment.status?.collisionCount;
  return {
    counts: { ...counts, ...(collisionCount === undefined ? {} : { collisionCount }) },
    conditions,
    ...(mayTimeOut ? { againInMs: Math.max(1000, timesOutAt - now + 1) } : {}),
  };
}
