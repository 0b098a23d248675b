import type { MetricSpec, MetricStatus } from '@fairway/contracts/builtin';
import { isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { formatQuantity, parseQuantity } from '../quotas/quantity.ts';

/** What a container uses just now. */
export interface ContainerUsage {
  namespace: string;
  pod: string;
  container: string;
  /** Cores. */
  cpu: number;
  /** Bytes. */
  memory: number;
}

export interface Count {
  replicas: number;
  /** What it was counted by, in the words of events. */
  name: string;
  status: MetricStatus;
}

/** No number can be had; the words are those of the condition ScalingActive. */
export interface NoCount {
  reason: string;
  message: string;
}

const tolerance = 0.1;

interface Asked {
  name: string;
  container?: string;
  target: NonNullable<MetricSpec['resource']>['target'];
}

const askedOf = (metric: MetricSpec): Asked | undefined =>
  metric.type === 'Resource' ? metric.resource : metric.type === 'ContainerResource' ? metric.containerResource : undefined;

/** What one pod uses of a resource; undefined when nothing was measured. */
function usageOf(pod: PodObject, usage: readonly ContainerUsage[], { name, container }: Asked): number | undefined {
  const own = usage.filter(
    (one) => one.pod === pod.metadata.name && one.namespace === pod.metadata.namespace && (container ?? one.container) === one.container,
  );
  if (own.length === 0) return undefined;
  return own.reduce((sum, one) => sum + (name === 'cpu' ? one.cpu : one.memory), 0);
}

/** What one pod asks for; undefined and the container's name when one does not say it. */
function requestOf(pod: PodObject, { name, container }: Asked): number | { silent: string } {
  let sum = 0;
  for (const each of pod.spec?.containers ?? []) {
    if (container !== undefined && container !== each.name) continue;
    const request = parseQuantity(each.resources?.requests?.[name] ?? each.resources?.limits?.[name]);
    if (request === undefined) return { silent: each.name };
    sum += request;
  }
  return sum;
}

interface Measured {
  /** Of each pod: what it uses, and what it would use at exactly the target. */
  pods: { used: number | undefined; aim: number; ready: boolean }[];
  /** How the sum is shown. */
  show: (used: number, pods: number) => { averageUtilization?: number; averageValue: string };
}

function measure(asked: Asked, pods: readonly PodObject[], usage: readonly ContainerUsage[]): Measured | NoCount {
  const { name, target } = asked;
  const used = pods.map((pod) => usageOf(pod, usage, asked));
  const ready = pods.map(isReady);
  const averaged = (sum: number, count: number): string => formatQuantity(Math.ceil((sum / Math.max(1, count)) * 1_000) / 1_000);
  if (target.type !== 'Utilization') {
    const aim = parseQuantity(target.averageValue ?? target.value);
    if (aim === undefined || aim <= 0) return { reason: 'FailedGetResourceMetric', message: `the target of ${name} is no amount above 0` };
    return {
      pods: used.map((one, index) => ({ used: one, aim, ready: ready[index] === true })),
      show: (sum, count) => ({ averageValue: averaged(sum, count) }),
    };
  }
  const share = (target.averageUtilization ?? 80) / 100;
  const requests: number[] = [];
  for (const pod of pods) {
    const request = requestOf(pod, asked);
    if (typeof request !== 'number') {
      const why = `missing request for ${name} in container ${request.silent} of Pod ${pod.metadata.name}`;
      return {
        reason: 'FailedGetResourceMetric',
        message: `the HPA was unable to compute the replica count: failed to get ${name} utilization: ${why}`,
      };
    }
    requests.push(request);
  }
  return {
    pods: used.map((one, index) => ({ used: one, aim: (requests[index] ?? 0) * share, ready: ready[index] === true })),
    show: (sum, count) => {
      const requested = requests.reduce((all, request, index) => (used[index] === undefined ? all : all + request), 0);
      const averageUtilization = requested === 0 ? 0 : Math.floor((sum / requested) * 100);
      return { averageUtilization, averageValue: averaged(sum, count) };
    },
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/**
 * How many pods one metric asks for. Pods that were not measured count as being at the target on the way down and as idle on the way up; pods
 * that are not ready count as idle on the way up: what is unknown never makes the number jump.
 */
export function countReplicas(
  metric: MetricSpec,
  { pods: all, usage, current }: { pods: readonly PodObject[]; usage: readonly ContainerUsage[]; current: number },
): Count | NoCount {
  const asked = askedOf(metric);
  if (asked === undefined || !['cpu', 'memory'].includes(asked.name))
    return {
      reason: 'InvalidMetricSourceType',
      message: `this cluster measures cpu and memory of pods; it has no metric of type ${metric.type}`,
    };
  const { name } = asked;
  const pods = all.filter((pod) => !isTerminating(pod) && !isFinished(pod));
  const measured = measure(asked, pods, usage);
  if ('reason' in measured) return measured;
  const known = measured.pods.filter(({ used, ready }) => used !== undefined && (ready || name === 'memory'));
  if (known.length === 0) {
    const message = `the HPA was unable to compute the replica count: failed to get ${name} utilization: did not receive metrics for targeted pods (pods might be unready)`;
    return { reason: 'FailedGetResourceMetric', message };
  }
  const ratio = total(known.map(({ used }) => used ?? 0)) / total(known.map(({ aim }) => aim));
  const rest = measured.pods.filter((pod) => !known.includes(pod));
  const assumed = rest.map(({ used, aim }) => (ratio > 1 ? 0 : used === undefined ? aim : 0));
  const counted = ratio > 1 ? [...known, ...rest] : [...known, ...rest.filter(({ used }) => used === undefined)];
  const sum = total(known.map(({ used }) => used ?? 0)) + (ratio > 1 ? 0 : total(assumed));
  const whole = sum / total(counted.map(({ aim }) => aim));
  const isSame = Math.abs(whole - 1) <= tolerance || whole > 1 !== ratio > 1;
  const shown = measured.show(
    total(measured.pods.map(({ used }) => used ?? 0)),
    measured.pods.filter(({ used }) => used !== undefined).length,
  );
  const type = metric.type === 'Resource' ? 'resource' : 'containerResource';
  const container = asked.container === undefined ? {} : { container: asked.container };
  const status = { type: metric.type, [type]: { name, ...container, current: shown } } as MetricStatus;
  const words = `${name} ${asked.container === undefined ? '' : 'container '}resource${asked.target.type === 'Utilization' ? ' utilization (percentage of request)' : ''}`;
  return { replicas: isSame ? current : Math.ceil(whole * counted.length), name: words, status };
}
