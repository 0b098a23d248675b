import type { Job, KubernetesCondition } from '@fairway/contracts/builtin';
import type { ResourceOf } from '@fairway/resources/model';
import { findCondition } from '../pods/conditions.ts';
import { isActive, type PodObject, restartsOf } from '../pods/pod-state.ts';

export type JobObject = ResourceOf<typeof Job>;

// Of so many pods the changes fit into one commit; the events of these wake the job for the rest.
export const maxPodsAtOnce = 50;

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

/** On every pod of a job. */
export const jobLabels = (name: string, uid: string): Record<string, string> => ({
  'batch.kubernetes.io/controller-uid': uid,
  'batch.kubernetes.io/job-name': name,
  'controller-uid': uid,
  'job-name': name,
});

/** What a job has counted so far. */
export interface Tally {
  succeeded: number;
  failed: number;
  /** Of a job with numbers: those that are done, and those that were given up. */
  completed: ReadonlySet<number>;
  givenUp: ReadonlySet<number>;
}

export interface Ending {
  type: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

/** The condition that says a job has ended; undefined while it runs. */
export const endedBy = (job: JobObject): KubernetesCondition | undefined =>
  ['Complete', 'Failed'].map((type) => findCondition(job.status?.conditions, type)).find((condition) => condition?.status === 'True');

const firstBackoffMs = 10_000;
const maxBackoffMs = 360_000;

const endOf = (pod: PodObject): number =>
  Math.max(
    0,
    ...(pod.status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '') || 0),
    Date.parse(pod.metadata.deletionTimestamp ?? '') || 0,
  );

/** When the next pod may start after so many failures: 10 s, 20 s, … up to 6 min after the last of these pods ended. */
export const mayStartAt = (failed: number, pods: readonly PodObject[]): number => {
  if (failed === 0) return 0;
  const last = Math.max(0, ...pods.filter((pod) => pod.status?.phase === 'Failed').map(endOf));
  return last + Math.min(maxBackoffMs, firstBackoffMs * 2 ** (failed - 1));
};

const failedFor = (reason: string, message: string): Ending => ({ type: 'Failed', reason, message });

/** Kubernetes' word for "no limit". */
export const noBackoffLimit = 2_147_483_647;

function failureOf({ spec, status }: JobObject, pods: readonly PodObject[], tally: Tally, now: number): Ending | undefined {
  const limit = spec?.backoffLimit ?? 6;
  const restarts = spec?.template.spec.restartPolicy === 'OnFailure' ? pods.reduce((sum, pod) => sum + restartsOf(pod), 0) : 0;
  if (tally.failed > limit || (restarts > 0 && restarts > limit))
    return failedFor('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (spec?.maxFailedIndexes !== undefined && tally.givenUp.size > spec.maxFailedIndexes)
    return failedFor('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  const startedAt = Date.parse(status?.startTime ?? '');
  if (spec?.activeDeadlineSeconds !== undefined && startedAt + spec.activeDeadlineSeconds * 1000 <= now && spec.suspend !== true)
    return failedFor('DeadlineExceeded', 'Job was active longer than specified deadline');
  return undefined;
}

/** Why a job ends now; undefined when it goes on. */
export function endingOf(job: JobObject, pods: readonly PodObject[], { tally, now }: { tally: Tally; now: number }): Ending | undefined {
  const failure = failureOf(job, pods, tally, now);
  if (failure !== undefined) return failure;
  const completions = job.spec?.completions;
  const { succeeded, givenUp } = tally;
  if (completions !== undefined && givenUp.size > 0 && succeeded + givenUp.size >= completions)
    return failedFor('FailedIndexes', 'Job has failed indexes');
  const isEnough = completions === undefined ? succeeded > 0 && !pods.some(isActive) : succeeded >= completions;
  return isEnough ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}

/** How many pods should run just now. */
export const wantedPods = (job: JobObject, { succeeded, givenUp }: Tally): number => {
  const parallelism = job.spec?.parallelism ?? 1;
  // A queue of work starts nothing new once a worker has said that the work is done.
  if (job.spec?.completions === undefined) return succeeded > 0 ? 0 : parallelism;
  return Math.max(0, Math.min(parallelism, job.spec.completions - succeeded - givenUp.size));
};
