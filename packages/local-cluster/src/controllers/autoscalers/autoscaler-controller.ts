import { Deployment, HorizontalPodAutoscaler, type KubernetesCondition, Pod, ReplicaSet, StatefulSet } from '@fairway/contracts/builtin';
import { type Change, type Resource, type ResourceOf, timestamp } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { answered, withCondition } from '../pods/conditions.ts';
import { selectorText } from '../pods/label-selector.ts';
import { isTerminating } from '../pods/pod-state.ts';
import { type ContainerUsage, type Count, countReplicas, type NoCount } from './replica-count.ts';
import { type Decision, decide, type ScalingMemory } from './scaling-behavior.ts';

type AutoscalerObject = ResourceOf<typeof HorizontalPodAutoscaler>;
type Target = ResourceOf<typeof Deployment>;

export interface AutoscalerDeps {
  /** What the containers of this machine use just now. */
  usage: () => Promise<readonly ContainerUsage[]>;
}

const lookEveryMs = 15_000;
const scalable = [Deployment, ReplicaSet, StatefulSet] as const;
const defaultMetrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }] as const;

interface Answer {
  status?: Record<string, unknown>;
  conditions: KubernetesCondition[];
}

/** Conditions as they are, with these said anew. */
const saying =
  (autoscaler: AutoscalerObject, now: number) =>
  (...said: readonly (readonly [type: string, status: 'True' | 'False', reason: string, message: string])[]): KubernetesCondition[] =>
    said.reduce<KubernetesCondition[]>(
      (conditions, [type, status, reason, message]) => withCondition(conditions, { type, status, reason, message }, now),
      [...(autoscaler.status?.conditions ?? [])],
    );

const warn = async (
  autoscaler: AutoscalerObject,
  { reason, message }: NoCount,
  { resources, cause, clock }: ReconcileContext,
): Promise<void> => {
  const event = { about: autoscaler, type: 'Warning', reason, message, component: 'horizontal-pod-autoscaler', now: clock.now() } as const;
  await resources.commit(cause('autoscaler.warn'), [eventChange(event)]);
};

async function readTarget(autoscaler: AutoscalerObject, { resources }: ReconcileContext) {
  const { kind: kindName, name } = autoscaler.spec?.scaleTargetRef ?? { kind: '', name: '' };
  const kind = scalable.find((known) => known.kind === kindName);
  if (kind === undefined) return undefined;
  const target = (await resources.get(kind, { namespace: autoscaler.metadata.namespace ?? '', name })) as Target | undefined;
  return target === undefined ? undefined : { kind, target };
}

/** The highest number that a metric asks for. A metric that cannot be had never lets the number sink. */
function highest(counts: readonly (Count | NoCount)[], current: number): Count | NoCount {
  const known = counts.filter((count): count is Count => 'replicas' in count);
  const failed = counts.find((count): count is NoCount => !('replicas' in count));
  const best = known.toSorted((a, b) => b.replicas - a.replicas)[0];
  if (best === undefined || (failed !== undefined && best.replicas < current))
    return failed ?? { reason: 'InvalidMetricSourceType', message: 'no metrics are asked for' };
  return best;
}

const ableWords = ({ isStabilized }: Decision) =>
  isStabilized
    ? ([
        'AbleToScale',
        'True',
        'ScaleDownStabilized',
        'recent recommendations were higher than current one, applying the highest recent recommendation',
      ] as const)
    : (['AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size'] as const);

interface Rescale {
  autoscaler: AutoscalerObject;
  kind: (typeof scalable)[number];
  target: Target;
  replicas: number;
  why: string;
}

async function rescale({ autoscaler, kind, target, replicas, why }: Rescale, { resources, cause, clock }: ReconcileContext): Promise<void> {
  const key = { namespace: target.metadata.namespace ?? '', name: target.metadata.name };
  const { uid } = target.metadata;
  const change = (current: Resource | undefined): Resource | undefined =>
    current === undefined || current.metadata.uid !== uid ? undefined : { ...current, spec: { ...(current.spec as object), replicas } };
  const message = `New size: ${replicas}; reason: ${why}`;
  const event = { about: autoscaler, reason: 'SuccessfulRescale', message, component: 'horizontal-pod-autoscaler', now: clock.now() };
  await resources.commit(cause('autoscaler.scale'), [{ op: 'mutate', kind, key, change } satisfies Change, eventChange(event)]);
}

interface Look {
  autoscaler: AutoscalerObject;
  spec: NonNullable<AutoscalerObject['spec']>;
  memory: ScalingMemory;
  found: NonNullable<Awaited<ReturnType<typeof readTarget>>>;
}

/** What each metric asks for. */
async function count({ spec, found: { target } }: Look, deps: AutoscalerDeps, { resources }: ReconcileContext) {
  const namespace = target.metadata.namespace ?? '';
  const pods = (await resources.list(Pod, { namespace, labelSelector: selectorText(target.spec?.selector ?? {}) })).items;
  const usage = await deps.usage();
  const metrics = spec.metrics === undefined || spec.metrics.length === 0 ? defaultMetrics : spec.metrics;
  return metrics.map((metric) => countReplicas(metric, { pods, usage, current: target.spec?.replicas ?? 1 }));
}

/** Does what the best count asks for, as far as the behavior lets it. */
async function follow(look: Look, best: Count, context: ReconcileContext): Promise<Required<Answer>> {
  const { autoscaler, spec, memory, found } = look;
  const now = context.clock.now();
  const current = found.target.spec?.replicas ?? 1;
  const decision = decide(spec, memory, { current, wanted: best.replicas, now });
  const { replicas, limitedBy } = decision;
  const [reason, message] = limitedBy ?? ['DesiredWithinRange', 'the desired count is within the acceptable range'];
  const isNew = replicas !== current;
  if (isNew) {
    const why = replicas > current ? `${best.name} above target` : 'All metrics below target';
    await rescale({ autoscaler, ...found, replicas, why }, context);
    memory.changes.push({ at: now, by: replicas - current });
  }
  const rescaled = [
    'AbleToScale',
    'True',
    'SucceededRescale',
    `the HPA controller was able to update the target scale to ${replicas}`,
  ] as const;
  const active = `the HPA was able to successfully calculate a replica count from ${best.name}`;
  const conditions = saying(autoscaler, now)(
    isNew ? rescaled : ableWords(decision),
    ['ScalingActive', 'True', 'ValidMetricFound', active],
    ['ScalingLimited', limitedBy === undefined ? 'False' : 'True', reason, message],
  );
  return { status: { desiredReplicas: replicas, ...(isNew ? { lastScaleTime: timestamp(now) } : {}) }, conditions };
}

async function scale(
  autoscaler: AutoscalerObject,
  { memory, deps }: { memory: ScalingMemory; deps: AutoscalerDeps },
  context: ReconcileContext,
): Promise<Answer> {
  const { spec } = autoscaler;
  const found = await readTarget(autoscaler, context);
  const say = saying(autoscaler, context.clock.now());
  if (spec === undefined || found === undefined) {
    const { kind, name } = spec?.scaleTargetRef ?? { kind: '', name: '' };
    const message = `the HPA controller was unable to get the target's current scale: ${kind.toLowerCase()}s "${name}" not found`;
    await warn(autoscaler, { reason: 'FailedGetScale', message }, context);
    return { conditions: say(['AbleToScale', 'False', 'FailedGetScale', message]) };
  }
  const current = found.target.spec?.replicas ?? 1;
  const seen = { observedGeneration: autoscaler.metadata.generation ?? 1, currentReplicas: current };
  if (current === 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    return { status: { ...seen, desiredReplicas: 0 }, conditions: say(['ScalingActive', 'False', 'ScalingDisabled', message]) };
  }
  const look = { autoscaler, spec, memory, found };
  const counts = await count(look, deps, context);
  const best = highest(counts, current);
  const currentMetrics = counts.flatMap((one) => ('status' in one ? [one.status] : []));
  if ('replicas' in best) {
    const { status, conditions } = await follow(look, best, context);
    return { status: { ...seen, currentMetrics, ...status }, conditions };
  }
  await warn(autoscaler, best, context);
  const able = ['AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale"] as const;
  return { status: { ...seen, currentMetrics }, conditions: say(able, ['ScalingActive', 'False', best.reason, best.message]) };
}

/** Follows what pods use with their number. Looks every 15 seconds. */
export function createAutoscalerController(deps: AutoscalerDeps): Controller<typeof HorizontalPodAutoscaler> {
  const memories = new Map<string, ScalingMemory>();
  return {
    name: 'local-cluster/autoscaler',
    kind: HorizontalPodAutoscaler,
    conditionStyle: 'own',
    async reconcile(autoscaler, context): Promise<Reconciled> {
      const uid = autoscaler.metadata.uid ?? '';
      if (isTerminating(autoscaler)) {
        memories.delete(uid);
        return { outcome: settled };
      }
      const memory = memories.get(uid) ?? { recommendations: [], changes: [] };
      memories.set(uid, memory);
      const { status = {}, conditions } = await scale(autoscaler, { memory, deps }, context);
      return { outcome: lookAgainIn(lookEveryMs), status, conditions: answered(conditions) };
    },
  };
}
