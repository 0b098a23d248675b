import { Job, type KubernetesCondition, Pod, type PodTemplateSpec } from '@fairway/contracts/builtin';
import { type Change, keyOf } from '@fairway/resources/model';
import { eventChange } from '../events/event-change.ts';
import { controllerReference, makePod } from '../pods/make-pod.ts';
import { isActive, isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { isTracked } from './count-ended.ts';
import { judgeFailure } from './failure-policy.ts';
import { failuresBefore, freeIndexes, indexedTemplate, indexOf, isIndexed } from './job-indexes.ts';
import { type JobObject, jobLabels, maxPodsAtOnce, mayStartAt, type Tally, trackingFinalizer, wantedPods } from './job-state.ts';

/** A job as one reconcile sees it. */
export interface Work {
  job: JobObject;
  pods: readonly PodObject[];
  tally: Tally;
  conditions: KubernetesCondition[];
  now: number;
}

/** Who does all this, as events name it. */
export const component = 'job-controller';

/** An event about the job. */
export const said = ({ job, now }: Work, reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal'): Change =>
  eventChange({ about: job, type, reason, message, component, now });

/** Deletes a pod, and says so. */
export const remove = (work: Work, pod: PodObject): Change[] => [
  { op: 'delete', kind: Pod, key: keyOf(pod) },
  said(work, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
];

interface Plans {
  plans: { template: PodTemplateSpec; prefix: string }[];
  /** When failures demand a pause first. */
  againInMs?: number;
}

/** How often each number has failed, and until when it rests for that. */
function failuresOf({ job, pods }: Work): { failures: Map<number, number>; restsUntil: Map<number, number> } {
  const [failures, restsUntil] = [new Map<number, number>(), new Map<number, number>()];
  for (const pod of pods.filter((each) => each.status?.phase === 'Failed')) {
    const index = indexOf(pod) ?? -1;
    const count = failuresBefore(pod) + (judgeFailure(job, pod).action === 'Ignore' ? 0 : 1);
    failures.set(index, Math.max(count, failures.get(index) ?? 0));
    restsUntil.set(index, Math.max(mayStartAt(count, [pod]), restsUntil.get(index) ?? 0));
  }
  return { failures, restsUntil };
}

/** The lowest numbers that are free; with `backoffLimitPerIndex` each rests for its own failures. */
function planIndexes(work: Work, missing: number): Plans {
  const { job, pods, now, tally } = work;
  const { name } = job.metadata;
  const template = job.spec?.template ?? { spec: { containers: [] } };
  const { failures, restsUntil } = failuresOf(work);
  const resting = job.spec?.backoffLimitPerIndex === undefined ? [] : [...restsUntil].filter(([, at]) => at > now);
  const busy = new Set(pods.filter((pod) => !isFinished(pod) && isTracked(pod)).flatMap((pod) => indexOf(pod) ?? []));
  const taken = [tally.completed, tally.givenUp, busy, new Set(resting.map(([index]) => index))];
  const free = freeIndexes(taken, { completions: job.spec?.completions ?? 0, most: missing });
  const plans = free.map((index) => ({
    template: indexedTemplate(template, { job: name, index, failures: failures.get(index) ?? 0 }),
    prefix: `${name}-${index}`,
  }));
  const next = Math.min(...resting.map(([, at]) => at));
  return { plans, ...(resting.length === 0 ? {} : { againInMs: next - now }) };
}

function planMissing(work: Work, missing: number): Plans {
  const { job, pods, now, tally } = work;
  const startAt = job.spec?.backoffLimitPerIndex === undefined ? mayStartAt(tally.failed, pods) : 0;
  if (startAt > now) return { plans: [], againInMs: startAt - now };
  if (isIndexed(job)) return planIndexes(work, missing);
  const template = job.spec?.template ?? { spec: { containers: [] } };
  return { plans: Array.from({ length: missing }, () => ({ template, prefix: job.metadata.name })) };
}

export interface Steps {
  removals: Change[];
  /** What belongs to one new pod each. */
  creations: Change[][];
  againInMs?: number;
}

const noSteps: Steps = { removals: [], creations: [] };

/** Pods to make or to stop. */
export function nextPods(work: Work, nameSuffix: () => string): Steps {
  const { job, pods } = work;
  const active = pods.filter(isActive);
  const wanted = job.spec?.suspend === true ? 0 : wantedPods(job, work.tally);
  if (active.length > wanted && (job.spec?.suspend === true || job.spec?.completions !== undefined)) {
    return {
      ...noSteps,
      removals: active
        .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)))
        .slice(0, Math.min(active.length - wanted, maxPodsAtOnce))
        .flatMap((pod) => remove(work, pod)),
    };
  }
  // A pod that is on its way out still holds its place, as with podReplacementPolicy Failed.
  const leaving = pods.filter((pod) => isTerminating(pod) && !isFinished(pod) && isTracked(pod)).length;
  const missing = wanted - active.length - leaving;
  if (missing <= 0 || job.spec === undefined) return noSteps;
  const { plans, ...rest } = planMissing(work, Math.min(missing, maxPodsAtOnce));
  if (plans.length === 0) return { ...noSteps, ...rest };
  const { name, namespace = '', uid = '' } = job.metadata;
  const common = { owner: controllerReference(Job, job), namespace, labels: jobLabels(name, uid), finalizers: [trackingFinalizer] };
  const creations = plans.map((plan): Change[] => {
    const object = makePod({ ...common, ...plan, suffix: nameSuffix() });
    return [{ op: 'create', object }, said(work, 'SuccessfulCreate', `Created pod: ${object.metadata.name}`)];
  });
  return { removals: [], creations, ...rest };
}
