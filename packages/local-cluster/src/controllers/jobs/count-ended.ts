import { Job, Pod } from '@fairway/contracts/builtin';
import { type Change, keyOf, type Resource } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { withCondition } from '../pods/conditions.ts';
import { isFinished, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { judgeFailure } from './failure-policy.ts';
import { failuresBefore, formatIndexes, indexOf, isIndexed, parseIndexes } from './job-indexes.ts';
import { type Ending, endedBy, type JobObject, maxPodsAtOnce, type Tally, trackingFinalizer } from './job-state.ts';

export const isTracked = (pod: PodObject): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) === true;

const untracked = (current: Resource | undefined): Resource | undefined =>
  current === undefined
    ? undefined
    : {
        ...current,
        metadata: { ...current.metadata, finalizers: (current.metadata.finalizers ?? []).filter((name) => name !== trackingFinalizer) },
      };

export const untrack = (pod: PodObject): Change => ({ op: 'mutate', kind: Pod, key: keyOf(pod), change: untracked });

/** A pod that was deleted and that nobody but us holds: its node has let go of it, so it counts as failed. */
const isLost = (pod: PodObject): boolean =>
  isTerminating(pod) && (pod.metadata.finalizers ?? []).every((name) => name === trackingFinalizer);

/** What an ended pod says about its job. */
function readEnd(job: JobObject, pod: PodObject) {
  const index = indexOf(pod);
  if (pod.status?.phase === 'Succeeded') return { index, is: 'done' } as const;
  const { action, message } = judgeFailure(job, pod);
  // Pods that we stop ourselves, after the end of the job or for a pause, are no failures.
  const counts = action !== 'Ignore' && endedBy(job) === undefined && job.spec?.suspend !== true;
  const perIndex = job.spec?.backoffLimitPerIndex;
  const givesUp = action === 'FailIndex' || (perIndex !== undefined && failuresBefore(pod) >= perIndex);
  return { index, is: counts ? 'failed' : 'nothing', givesUp, endsJob: action === 'FailJob' ? message : undefined } as const;
}

/** What these ended pods add to the tally, and the end of the job if one of them says so. */
function countOver(job: JobObject, ended: readonly PodObject[], before: Tally): { tally: Tally; ending?: Ending } {
  const ends = ended.map((pod) => readEnd(job, pod));
  const done = ends.filter(({ is }) => is === 'done');
  const failures = ends.filter((end) => end.is === 'failed');
  const completed = new Set([...before.completed, ...done.flatMap(({ index }) => index ?? [])]);
  const givenUp = new Set([...before.givenUp, ...failures.filter(({ givesUp }) => givesUp).flatMap(({ index }) => index ?? [])]);
  const message = failures.find(({ endsJob }) => endsJob !== undefined)?.endsJob;
  const succeeded = isIndexed(job) ? completed.size : before.succeeded + done.length;
  const tally = {
    succeeded,
    failed: before.failed + failures.length,
    completed,
    givenUp: new Set([...givenUp].filter((index) => !completed.has(index))),
  };
  return { tally, ...(message === undefined ? {} : { ending: { type: 'Failed', reason: 'PodFailurePolicy', message } }) };
}

const tallyOf = ({ spec, status }: JobObject): Tally => ({
  succeeded: status?.succeeded ?? 0,
  failed: status?.failed ?? 0,
  completed: parseIndexes(status?.completedIndexes, spec?.completions ?? 0),
  givenUp: parseIndexes(status?.failedIndexes, spec?.completions ?? 0),
});

/** The tally as status has it. */
export const countedStatus = (job: JobObject, { succeeded, failed, completed, givenUp }: Tally) => ({
  succeeded,
  failed,
  ...(isIndexed(job) ? { completedIndexes: formatIndexes(completed) } : {}),
  ...(job.spec?.backoffLimitPerIndex === undefined ? {} : { failedIndexes: formatIndexes(givenUp) }),
});

/**
 * Counts pods that have ended, each exactly once: the count and the removal of the pod's tracking finalizer are one commit, so neither a
 * crash in between nor a pod deleted early can lose or repeat one.
 */
export async function countEnded(job: JobObject, pods: readonly PodObject[], { resources, cause, clock }: ReconcileContext) {
  const ended = pods.filter((pod) => isTracked(pod) && (isFinished(pod) || isLost(pod))).slice(0, maxPodsAtOnce);
  const before = tallyOf(job);
  if (ended.length === 0) return { tally: before, isRewritten: false };
  const { tally, ending } = countOver(job, ended, before);
  const now = clock.now();
  const count: Change = {
    op: 'mutate',
    kind: Job,
    key: keyOf(job),
    subresource: 'status',
    change: (current) => {
      if (current === undefined) return undefined;
      const { conditions = [], ...status } = (current as JobObject).status ?? {};
      const said = ending === undefined ? conditions : withCondition(conditions, { ...ending, type: 'FailureTarget', status: 'True' }, now);
      return { ...current, status: { ...status, conditions: said, ...countedStatus(job, tally) } };
    },
  };
  await resources.commit(cause('job.count'), [count, ...ended.map(untrack)]);
  return { tally, isRewritten: true };
}
