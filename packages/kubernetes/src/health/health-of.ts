import { type KindId, kindIdOf, type Resource } from '@fairway/resources/model';
import type { Health, HealthContext, HealthRule } from './health.ts';
import {
  apiServiceHealth,
  autoscalerHealth,
  conditionHealth,
  httpRouteHealth,
  ingressHealth,
  namespaceHealth,
  nodeHealth,
  serviceHealth,
  volumeClaimHealth,
} from './other-health.ts';
import { podHealth } from './pod-health.ts';
import { cronJobHealth, daemonSetHealth, deploymentHealth, jobHealth, replicaSetHealth, statefulSetHealth } from './workload-health.ts';

/** To give a kind its own rule: a function in one of the files beside this one, and a row here. */
const rules: Readonly<Record<KindId, HealthRule>> = {
  'Deployment.apps': deploymentHealth,
  'ReplicaSet.apps': replicaSetHealth,
  'StatefulSet.apps': statefulSetHealth,
  'DaemonSet.apps': daemonSetHealth,
  'Job.batch': jobHealth,
  'CronJob.batch': cronJobHealth,
  'Pod.': podHealth,
  'Service.': serviceHealth,
  'Namespace.': namespaceHealth,
  'Node.': nodeHealth,
  'PersistentVolumeClaim.': volumeClaimHealth,
  'Ingress.networking.k8s.io': ingressHealth,
  'HorizontalPodAutoscaler.autoscaling': autoscalerHealth,
  'APIService.apiregistration.k8s.io': apiServiceHealth,
  'HTTPRoute.gateway.networking.k8s.io': httpRouteHealth,
};

/** Is this object ready? Undefined is an object that should be there and is not. */
export function healthOf(object: Resource | undefined, context: HealthContext = {}): Health {
  if (object === undefined) return { status: 'Missing', message: 'the object does not exist' };
  if (object.metadata.deletionTimestamp !== undefined) return { status: 'Progressing', message: 'Pending deletion' };
  const id = kindIdOf(object);
  const rule = Object.hasOwn(rules, id) ? rules[id] : undefined;
  return (rule ?? conditionHealth)(object, context);
}

// From best to worst, as a group is shown: one degraded part makes the whole degraded.
const order = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'] as const satisfies readonly Health['status'][];

/** The worst of several; Healthy for none. */
export function worstHealth(healths: readonly Health[]): Health {
  return healths.reduce<Health>((worst, next) => (order.indexOf(next.status) > order.indexOf(worst.status) ? next : worst), {
    status: 'Healthy',
    message: '',
  });
}
