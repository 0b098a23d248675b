import { Job, type JobStatus, type KubernetesCondition, Pod } from '@fairway/contracts/builtin';
import { type Change, keyOf, type Resource, timestamp } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { ownerUnchanged } from '../pods/claim-owned.ts';
import { answered, findCondition, withCondition } from '../pods/conditions.ts';
import { controllerReference, makePod } from '../pods/make-pod.ts';
import { controllerOf, isActive, isControlledBy, isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import {
  type Ending,
  endedBy,
  endingOf,
  isForgiven,
  type JobObject,
  jobLabels,
  mayStartAt,
  trackingFinalizer,
  wantedPods,
} from './job-state.ts';

// Of so many pods the changes fit into one commit; the events of these wake the job for the rest.
const maxPodsAtOnce = 50;

interface Work {
  job: JobObject;
  pods: readonly PodObject[];
  succeeded: number;
  failed: number;
  conditions: KubernetesCondition[];
  now: number;
}

const isTracked = (pod: PodObject): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) === true;

const untracked = (current: Resource | undefined): Resource | undefined =>
  current === undefined
    ? undefined
    : {
        ...current,
        metadata: { ...current.metadata, finalizers: (current.metadata.finalizers ?? []).filter((name) => name !== trackingFinalizer) },
      };

const untrack = (pod: PodObject): Change => ({ op: 'mutate', kind: Pod, key: keyOf(pod), change: untracked });

/** A pod that was deleted and that nobody but us holds: its node has let go of it, so it counts as failed. */
const isLost = (pod: PodObject): boolean =>
  isTerminating(pod) && (pod.metadata.finalizers ?? []).every((name) => name === trackingFinalizer);

/**
 * Counts pods that have ended, each exactly once: the count and the removal of the pod's tracking finalizer are one commit, so neither a
 * crash in between nor a pod deleted early can lose or repeat one.
 */
async function countEnded(job: JobObject, pods: readonly PodObject[], context: ReconcileContext) {
  const ended = pods.filter((pod) => isTracked(pod) && (isFinished(pod) || isLost(pod))).slice(0, maxPodsAtOnce);
  const succeededNow = ended.filter((pod) => pod.status?.phase === 'Succeeded').length;
  // Pods that we stop ourselves, after the end of the job or for a pause, are no failures.
  const countsFailures = endedBy(job) === undefined && job.spec?.suspend !== true;
  const forgiven = ended.filter((pod) => pod.status?.phase === 'Failed' && isForgiven(job, pod)).length;
  const failedNow = countsFailures ? ended.length - succeededNow - forgiven : 0;
  const counts = { succeeded: (job.status?.succeeded ?? 0) + succeededNow, failed: (job.status?.failed ?? 0) + failedNow };
  if (ended.length === 0) return { ...counts, isRewritten: false };
  const count: Change = {
    op: 'mutate',
    kind: Job,
    key: keyOf(job),
    subresource: 'status',
    change: (current) => (current === undefined ? undefined : { ...current, status: { ...(current as JobObject).status, ...counts } }),
  };
  await context.resources.commit(context.cause('job.count'), [count, ...ended.map(untrack)]);
  return { ...counts, isRewritten: true };
}

const remove = (pod: PodObject): Change => ({ op: 'delete', kind: Pod, key: keyOf(pod) });

/** Pods to make or to stop; `againInMs` when failures demand a pause first. */
function nextPods(work: Work, nameSuffix: () => string): { changes: Change[]; againInMs?: number } {
  const { job, pods, now } = work;
  const active = pods.filter(isActive);
  const wanted = job.spec?.suspend === true ? 0 : wantedPods(job, work.succeeded);
  if (active.length > wanted && (job.spec?.suspend === true || job.spec?.completions !== undefined)) {
    return {
      changes: active
        .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)))
        .slice(0, Math.min(active.length - wanted, maxPodsAtOnce))
        .map(remove),
    };
  }
  // A pod that is on its way out still holds its place, as with podReplacementPolicy Failed.
  const leaving = pods.filter((pod) => isTerminating(pod) && !isFinished(pod) && isTracked(pod)).length;
  const missing = wanted - active.length - leaving;
  if (missing <= 0 || job.spec === undefined) return { changes: [] };
  const startAt = mayStartAt(work.failed, pods);
  if (startAt > now) return { changes: [], againInMs: startAt - now };
  const { name, namespace = '', uid = '' } = job.metadata;
  const labels = jobLabels(name, uid);
  const creates = Array.from({ length: Math.min(missing, maxPodsAtOnce) }, (): Change[] => {
    const plan = { template: job.spec?.template ?? { spec: { containers: [] } }, owner: controllerReference(Job, job), namespace, labels };
    const object = makePod({ ...plan, prefix: name, suffix: nameSuffix(), finalizers: [trackingFinalizer] });
    const message = `Created pod: ${object.metadata.name}`;
    return [{ op: 'create', object }, eventChange({ about: job, reason: 'SuccessfulCreate', message, component: 'job-controller', now })];
  });
  return { changes: [ownerUnchanged(Job, job), ...creates.flat()] };
}

const suspension = (work: Work): KubernetesCondition[] => {
  const { job, conditions, now } = work;
  const before = findCondition(conditions, 'Suspended')?.status;
  if (job.spec?.suspend === true) {
    return withCondition(conditions, { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }, now);
  }
  if (before !== 'True') return conditions;
  return withCondition(conditions, { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }, now);
};

function statusOf(work: Work, ending: Ending | undefined): JobStatus & { conditions: KubernetesCondition[] } {
  const { job, pods, now, succeeded, failed } = work;
  const wasSuspended = findCondition(work.conditions, 'Suspended')?.status === 'True';
  const paused = job.spec?.suspend === true;
  let conditions = suspension(work);
  const leaving = pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length;
  // The end is announced first and said when the last process has gone.
  const announced = ending?.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  if (ending !== undefined) {
    conditions = withCondition(conditions, { ...ending, type: announced, status: 'True' }, now);
    if (!pods.some(isActive) && leaving === 0) conditions = withCondition(conditions, { ...ending, status: 'True' }, now);
  }
  const started = paused ? undefined : wasSuspended || job.status?.startTime === undefined ? timestamp(now) : job.status.startTime;
  const isComplete = findCondition(conditions, 'Complete')?.status === 'True';
  return {
    ...(started === undefined ? {} : { startTime: started }),
    ...(isComplete ? { completionTime: job.status?.completionTime ?? timestamp(now) } : {}),
    active: pods.filter(isActive).length,
    ready: pods.filter((pod) => isActive(pod) && isReady(pod)).length,
    terminating: leaving,
    succeeded,
    failed,
    conditions,
  };
}

/** An end that was announced stays, whatever is counted afterwards. */
const announcedEnding = (job: JobObject): Ending | undefined => {
  const met = findCondition(job.status?.conditions, 'SuccessCriteriaMet');
  const target = findCondition(job.status?.conditions, 'FailureTarget');
  const found = met ?? target;
  if (found === undefined) return undefined;
  return { type: found === met ? 'Complete' : 'Failed', reason: found.reason ?? '', message: found.message ?? '' };
};

async function afterEnd(job: JobObject, pods: readonly PodObject[], { resources, clock, cause }: ReconcileContext): Promise<Reconciled> {
  const tracked = pods.filter(isTracked).slice(0, maxPodsAtOnce);
  if (tracked.length > 0) await resources.commit(cause('job.release-pods'), tracked.map(untrack));
  const ttl = job.spec?.ttlSecondsAfterFinished;
  const endedAt = Date.parse(endedBy(job)?.lastTransitionTime ?? '');
  if (ttl === undefined || Number.isNaN(endedAt)) return { outcome: settled };
  const left = endedAt + ttl * 1000 - clock.now();
  if (left > 0) return { outcome: lookAgainIn(left) };
  const { uid } = job.metadata;
  await resources.commit(cause('job.expire'), [
    { op: 'delete', kind: Job, key: keyOf(job), ...(uid === undefined ? {} : { expect: { uid } }), propagation: 'background' },
  ]);
  return { outcome: settled };
}

async function reconcileJob(job: JobObject, context: ReconcileContext, nameSuffix: () => string): Promise<Reconciled> {
  const { resources, clock, cause } = context;
  const owned = async (): Promise<PodObject[]> =>
    (await resources.listOwned(job.metadata.uid ?? '')).filter(
      (pod) => pod.kind === Pod.kind && isControlledBy(pod, job.metadata.uid),
    ) as PodObject[];
  let pods = await owned();
  if (isTerminating(job) || endedBy(job) !== undefined) return afterEnd(job, pods, context);
  const { isRewritten, ...counts } = await countEnded(job, pods, context);
  // The job was written: the watch brings its new form.
  if (isRewritten) return { outcome: settled };
  const now = clock.now();
  const work = { job, pods, ...counts, conditions: job.status?.conditions ?? [], now };
  const ending = announcedEnding(job) ?? endingOf(job, pods, { ...counts, now });
  const next: { changes: Change[]; againInMs?: number } =
    ending === undefined ? nextPods(work, nameSuffix) : { changes: pods.filter(isActive).slice(0, maxPodsAtOnce).map(remove) };
  if (next.changes.length > 0) {
    await resources.commit(cause('job.run'), next.changes);
    pods = await owned();
  }
  const status = statusOf({ ...work, pods }, ending);
  const deadline = job.spec?.activeDeadlineSeconds;
  const deadlineIn =
    deadline === undefined || status.startTime === undefined ? undefined : Date.parse(status.startTime) + deadline * 1000 - now;
  const waits = [next.againInMs, deadlineIn].filter((wait) => wait !== undefined && wait > 0) as number[];
  const outcome = lookAgainIn(waits.length === 0 ? undefined : Math.min(...waits));
  const { conditions, ...rest } = status;
  return { outcome, status: { startTime: undefined, ...rest }, conditions: answered(conditions) };
}

/** Runs a Job's pods until enough of them have succeeded, or too many have failed. */
export const createJobController = (deps: { nameSuffix: () => string }): Controller<typeof Job> => ({
  name: 'local-cluster/job',
  kind: Job,
  conditionStyle: 'own',
  resyncMs: 60_000,
  watches: [
    {
      kind: Pod,
      wakes: (pod) => {
        const owner = controllerOf(pod);
        return owner?.kind === Job.kind ? [{ namespace: pod.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile: (job, context) => reconcileJob(job, context, deps.nameSuffix),
});
