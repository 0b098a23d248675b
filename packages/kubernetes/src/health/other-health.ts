import type { Condition, Resource } from '@fairway/resources/model';
import {
  conditionOf,
  degraded,
  type Health,
  healthy,
  isBehind,
  progressing,
  sayCondition,
  specOf,
  statusOf,
  trueCondition,
} from './health.ts';

interface WithLoadBalancer {
  loadBalancer: { ingress?: readonly unknown[] };
}

const hasAddress = (object: Resource): boolean => (statusOf<WithLoadBalancer>(object).loadBalancer?.ingress ?? []).length > 0;

export const serviceHealth = (object: Resource): Health =>
  specOf<{ type: string }>(object).type === 'LoadBalancer' && !hasAddress(object) ? progressing('no load balancer address yet') : healthy();

export const ingressHealth = (object: Resource): Health => (hasAddress(object) ? healthy() : progressing('no address yet'));

export function volumeClaimHealth(object: Resource): Health {
  const { phase = '' } = statusOf<{ phase: string }>(object);
  if (phase === 'Bound') return healthy();
  if (phase === 'Pending') return progressing('waiting for a volume');
  return phase === 'Lost' ? degraded('the volume is lost') : { status: 'Unknown', message: `the claim's phase is ${phase || 'not known'}` };
}

const autoscalerFailures: ReadonlySet<string> = new Set([
  'FailedGetScale',
  'FailedUpdateScale',
  'FailedGetResourceMetric',
  'FailedGetObjectMetric',
  'FailedGetPodsMetric',
  'FailedGetExternalMetric',
  'FailedComputeMetricsReplicas',
  'InvalidSelector',
]);

export function autoscalerHealth(object: Resource): Health {
  const failed = (statusOf<object>(object).conditions ?? []).find(({ reason = '' }) => autoscalerFailures.has(reason));
  if (failed !== undefined) return degraded(sayCondition(failed));
  const settled = trueCondition(object, 'AbleToScale') ?? trueCondition(object, 'ScalingLimited');
  return settled === undefined ? progressing('no figures yet') : healthy(settled.message ?? '');
}

export const apiServiceHealth = (object: Resource): Health => {
  const available = conditionOf(object, 'Available');
  return available?.status === 'True' ? healthy() : progressing(available === undefined ? 'not available yet' : sayCondition(available));
};

interface RouteStatus {
  parents: readonly { parentRef?: { name?: string }; conditions?: readonly Partial<Condition>[] }[];
}

/** A route is refused by a parent, or one of its backends cannot be found. Parents that say nothing do not count: some never do. */
export function httpRouteHealth(object: Resource): Health {
  for (const { parentRef, conditions = [] } of statusOf<RouteStatus>(object).parents ?? []) {
    const refused = conditions.find(({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status === 'False');
    if (refused !== undefined) return degraded(`gateway ${parentRef?.name ?? '?'}: ${sayCondition(refused)}`);
  }
  return healthy();
}

export const namespaceHealth = (object: Resource): Health =>
  statusOf<{ phase: string }>(object).phase === 'Terminating' ? progressing('Pending deletion') : healthy();

export const nodeHealth = (object: Resource): Health => {
  const ready = conditionOf(object, 'Ready');
  if (ready === undefined) return { status: 'Unknown', message: 'the node has not reported yet' };
  return ready.status === 'True' ? healthy() : degraded(sayCondition(ready));
};

/** Any other kind: by the conditions that well-behaved controllers write; without them, being there is all one can ask. */
export function conditionHealth(object: Resource): Health {
  const stalled = trueCondition(object, 'Stalled');
  if (stalled !== undefined) return degraded(sayCondition(stalled));
  const { observedGeneration } = statusOf<object>(object);
  if (observedGeneration !== undefined && isBehind(object)) return progressing('waiting for the change to be seen');
  const reconciling = trueCondition(object, 'Reconciling');
  if (reconciling !== undefined) return progressing(sayCondition(reconciling));
  const ready = conditionOf(object, 'Ready');
  return ready === undefined || ready.status === 'True' ? healthy() : progressing(sayCondition(ready));
}
