import type { Job, JobSpec, KubernetesCondition } from '@fairway/contracts/builtin';
import type { ResourceOf } from '@fairway/resources/model';
import { findCondition } from '../pods/conditions.ts';
import { isActive, type PodObject, restartsOf } from '../pods/pod-state.ts';

export type JobObject = ResourceOf<typeof Job>;

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

/** On every pod of a job. */
export const jobLabels = (name: string, uid: string): Record<string, string> => ({
  'batch.kubernetes.io/controller-uid': uid,
  'batch.kubernetes.io/job-name': name,
  'controller-uid': uid,
  'job-name': name,
});

interface FailureRule {
  action?: string;
  onExitCodes?: unknown;
  onPodConditions?: readonly { type?: string; status?: string }[];
}

const rulesOf = (spec: JobSpec | undefined): readonly FailureRule[] =>
  (spec?.podFailurePolicy as { rules?: readonly FailureRule[] } | undefined)?.rules ?? [];

/** The one rule of podFailurePolicy that is known here: a pod that its node ended is replaced and not counted. */
const ignoresDisruption = ({ action, onExitCodes, onPodConditions = [] }: FailureRule): boolean =>
  action === 'Ignore' &&
  onExitCodes === undefined &&
  onPodConditions.length > 0 &&
  onPodConditions.every(({ type, status = 'True' }) => type === 'DisruptionTarget' && status === 'True');

export const knowsFailurePolicy = (spec: JobSpec): boolean => rulesOf(spec).every(ignoresDisruption);

/** True when the end of this pod is no failure of the job. */
export const isForgiven = (job: JobObject, pod: PodObject): boolean =>
  rulesOf(job.spec).some(ignoresDisruption) && findCondition(pod.status?.conditions, 'DisruptionTarget')?.status === 'True';

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

/** When the next pod may start after failures: 10 s, 20 s, … up to 6 min after the last one ended. */
export const mayStartAt = (failed: number, pods: readonly PodObject[]): number => {
  if (failed === 0) return 0;
  const last = Math.max(0, ...pods.filter((pod) => pod.status?.phase === 'Failed').map(endOf));
  return last + Math.min(maxBackoffMs, firstBackoffMs * 2 ** (failed - 1));
};

/** Why a job ends now; undefined when it goes on. */
export function endingOf(
  job: JobObject,
  pods: readonly PodObject[],
  counts: { succeeded: number; failed: number; now: number },
): Ending | undefined {
  const { spec, status } = job;
  const limit = spec?.backoffLimit ?? 6;
  const restarts = spec?.template.spec.restartPolicy === 'OnFailure' ? pods.reduce((sum, pod) => sum + restartsOf(pod), 0) : 0;
  if (counts.failed > limit || (restarts > 0 && restarts > limit)) {
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const startedAt = Date.parse(status?.startTime ?? '');
  if (spec?.activeDeadlineSeconds !== undefined && startedAt + spec.activeDeadlineSeconds * 1000 <= counts.now && spec.suspend !== true) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  const isQueue = spec?.completions === undefined;
  const isEnough = isQueue ? counts.succeeded > 0 && !pods.some(isActive) : counts.succeeded >= (spec?.completions ?? 1);
  return isEnough ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}

/** How many pods should run just now. */
export const wantedPods = (job: JobObject, succeeded: number): number => {
  const parallelism = job.spec?.parallelism ?? 1;
  // A queue of work starts nothing new once a worker has said that the work is done.
  if (job.spec?.completions === undefined) return succeeded > 0 ? 0 : parallelism;
  return Math.max(0, Math.min(parallelism, job.spec.completions - succeeded));
};
