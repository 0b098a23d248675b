import { Job, type JobStatus, type KubernetesCondition, Pod } from '@fairway/contracts/builtin';
import { type Change, keyOf, timestamp } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { lookAgainIn } from '../look-again.ts';
import { ownerUnchanged } from '../pods/claim-owned.ts';
import { answered, findCondition, withCondition } from '../pods/conditions.ts';
import { createSome, refusedAgainMs } from '../pods/create-some.ts';
import { controllerOf, isActive, isControlledBy, isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { countEnded, countedStatus, isTracked, untrack } from './count-ended.ts';
import { type Ending, endedBy, endingOf, type JobObject, maxPodsAtOnce } from './job-state.ts';
import { component, nextPods, remove, type Steps, said, type Work } from './next-pods.ts';

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
  const { job, pods, now, tally } = work;
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
    ...countedStatus(job, tally),
    conditions,
  };
}

/** Events of conditions that have just become true, in Kubernetes' words. */
function told(work: Work, after: readonly KubernetesCondition[]): Change[] {
  const isNew = (type: string, status: string): KubernetesCondition | undefined => {
    const now = findCondition(after, type);
    return now?.status === status && findCondition(work.job.status?.conditions, type)?.status !== status ? now : undefined;
  };
  const failed = isNew('Failed', 'True');
  return [
    ...(isNew('Complete', 'True') ? [said(work, 'Completed', 'Job completed')] : []),
    ...(failed === undefined ? [] : [said(work, failed.reason ?? '', failed.message ?? '', 'Warning')]),
    ...(isNew('Suspended', 'True') ? [said(work, 'Suspended', 'Job suspended')] : []),
    ...(isNew('Suspended', 'False') ? [said(work, 'Resumed', 'Job resumed')] : []),
  ];
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

const removeActive = (work: Work): Change[] =>
  work.pods
    .filter(isActive)
    .slice(0, maxPodsAtOnce)
    .flatMap((pod) => remove(work, pod));

/** False when a rule refused a pod. */
async function takeSteps(job: JobObject, { removals, creations }: Steps, context: ReconcileContext): Promise<boolean> {
  const action = 'job.run';
  if (removals.length > 0) await context.resources.commit(context.cause(action), removals);
  if (creations.length === 0) return true;
  return createSome({ owner: job, component, action, guard: ownerUnchanged(Job, job), each: creations }, context);
}

async function reconcileJob(job: JobObject, context: ReconcileContext, nameSuffix: () => string): Promise<Reconciled> {
  const { resources, clock, cause } = context;
  const owned = async (): Promise<PodObject[]> =>
    (await resources.listOwned(job.metadata.uid ?? '')).filter(
      (pod) => pod.kind === Pod.kind && isControlledBy(pod, job.metadata.uid),
    ) as PodObject[];
  let pods = await owned();
  if (isTerminating(job) || endedBy(job) !== undefined) return afterEnd(job, pods, context);
  const { isRewritten, tally } = await countEnded(job, pods, context);
  // The job was written: the watch brings its new form.
  if (isRewritten) return { outcome: settled };
  const now = clock.now();
  const work = { job, pods, tally, conditions: job.status?.conditions ?? [], now };
  const ending = announcedEnding(job) ?? endingOf(job, pods, { tally, now });
  const next = ending === undefined ? nextPods(work, nameSuffix) : { removals: removeActive(work), creations: [] };
  const isRefused = !(await takeSteps(job, next, context));
  if (next.removals.length + next.creations.length > 0) pods = await owned();
  const status = statusOf({ ...work, pods }, ending);
  const happenings = told(work, status.conditions);
  if (happenings.length > 0) await resources.commit(cause('job.tell'), happenings);
  const deadline = job.spec?.activeDeadlineSeconds;
  const deadlineIn =
    deadline === undefined || status.startTime === undefined ? undefined : Date.parse(status.startTime) + deadline * 1000 - now;
  const waits = [next.againInMs, deadlineIn, isRefused ? refusedAgainMs : undefined].filter(
    (wait) => wait !== undefined && wait > 0,
  ) as number[];
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
