import { CronJob, Job, type ObjectReference } from '@fairway/contracts/builtin';
import { type Change, isProblem, keyOf, type Resource, type ResourceOf, timestamp } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, stalled } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { ownerUnchanged } from '../pods/claim-owned.ts';
import { controllerReference } from '../pods/make-pod.ts';
import { controllerOf, isControlledBy, isTerminating } from '../pods/pod-state.ts';
import { type CronSchedule, parseCronSchedule } from './cron-schedule.ts';
import { endedBy, type JobObject } from './job-state.ts';

type CronJobObject = ResourceOf<typeof CronJob>;

/** The time that a job was started for. */
const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

const referenceTo = (job: JobObject): ObjectReference => ({
  apiVersion: 'batch/v1',
  kind: Job.kind,
  name: job.metadata.name,
  namespace: job.metadata.namespace ?? '',
  uid: job.metadata.uid ?? '',
});

const removal = (job: JobObject): Change => ({ op: 'delete', kind: Job, key: keyOf(job), propagation: 'background' });

/** Ended jobs beyond the two history limits, oldest first. */
function outdated(cron: CronJobObject, jobs: readonly JobObject[]): JobObject[] {
  const ended = jobs
    .filter((job) => endedBy(job) !== undefined && !isTerminating(job))
    .toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''));
  const beyond = (type: string, limit: number): JobObject[] => {
    const those = ended.filter((job) => endedBy(job)?.type === type);
    return those.slice(0, Math.max(0, those.length - limit));
  };
  return [...beyond('Complete', cron.spec?.successfulJobsHistoryLimit ?? 3), ...beyond('Failed', cron.spec?.failedJobsHistoryLimit ?? 1)];
}

/** The time that is due and not started yet: of several missed ones the latest only. */
function dueTime(cron: CronJobObject, schedule: CronSchedule, now: number): number | undefined {
  const { spec, status, metadata } = cron;
  const started = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') || 0;
  const deadline = spec?.startingDeadlineSeconds === undefined ? started : Math.max(started, now - spec.startingDeadlineSeconds * 1000);
  const latest = schedule.latest(now);
  return latest !== undefined && latest > deadline ? latest : undefined;
}

/** Named by its time, so that the same time never starts two jobs, whatever is restarted in between. */
function jobAt(cron: CronJobObject, at: number): Resource {
  const template = cron.spec?.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: Job.kind,
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(at / 60_000)}`,
      namespace: cron.metadata.namespace ?? '',
      ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      annotations: { ...template?.metadata?.annotations, [scheduledAnnotation]: timestamp(at) },
      ownerReferences: [controllerReference(CronJob, cron)],
    },
    spec: template?.spec,
  };
}

/** Starts the job of a time, or finds that it was started before. */
async function start(
  cron: CronJobObject,
  at: number,
  running: readonly JobObject[],
  { resources, cause, clock }: ReconcileContext,
): Promise<void> {
  const replaced = cron.spec?.concurrencyPolicy === 'Replace' ? running.filter((job) => !isTerminating(job)).map(removal) : [];
  const markStarted: Change = {
    op: 'mutate',
    kind: CronJob,
    key: keyOf(cron),
    subresource: 'status',
    change: (current) =>
      current === undefined ? undefined : { ...current, status: { ...(current as CronJobObject).status, lastScheduleTime: timestamp(at) } },
  };
  const job = jobAt(cron, at);
  const message = `Created job ${job.metadata.name}`;
  const event = eventChange({ about: cron, reason: 'SuccessfulCreate', message, component: 'cronjob-controller', now: clock.now() });
  try {
    await resources.commit(cause('cronjob.start'), [
      event,
      ownerUnchanged(CronJob, cron),
      ...replaced,
      { op: 'create', object: job },
      markStarted,
    ]);
  } catch (error) {
    if (!isProblem(error, 'already-exists')) throw error;
    await resources.commit(cause('cronjob.start'), [markStarted]);
  }
}

const readSchedule = (cron: CronJobObject): CronSchedule | string => {
  try {
    return parseCronSchedule(cron.spec?.schedule ?? '', cron.spec?.timeZone);
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
};

async function reconcileCronJob(cron: CronJobObject, context: ReconcileContext): Promise<Reconciled> {
  const { resources, clock, cause } = context;
  const owned = async (): Promise<JobObject[]> =>
    (await resources.listOwned(cron.metadata.uid ?? '')).filter(
      (job) => job.kind === Job.kind && isControlledBy(job, cron.metadata.uid),
    ) as JobObject[];
  const jobs = await owned();
  const old = isTerminating(cron) ? [] : outdated(cron, jobs);
  if (old.length > 0) await resources.commit(cause('cronjob.forget-job'), old.map(removal));
  const schedule = readSchedule(cron);
  const now = clock.now();
  const running = jobs.filter((job) => endedBy(job) === undefined);
  if (typeof schedule !== 'string' && !isTerminating(cron) && cron.spec?.suspend !== true) {
    const due = dueTime(cron, schedule, now);
    const isBlocked = cron.spec?.concurrencyPolicy === 'Forbid' && running.length > 0;
    if (due !== undefined && !isBlocked) {
      await start(cron, due, running, context);
      // Its status was written: the watch brings its new form.
      return { outcome: settled };
    }
  }
  const succeeded = jobs
    .map((job) => (endedBy(job)?.type === 'Complete' ? (job.status?.completionTime ?? '') : ''))
    .toSorted()
    .at(-1);
  const lastSuccessfulTime = [succeeded ?? '', cron.status?.lastSuccessfulTime ?? ''].toSorted().at(-1);
  const status = {
    active: jobs.filter((job) => endedBy(job) === undefined && !isTerminating(job)).map(referenceTo),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  };
  if (typeof schedule === 'string') return { outcome: stalled('UnreadableSchedule', `spec.schedule: ${schedule}`), status };
  const next = cron.spec?.suspend === true ? undefined : schedule.next(now);
  return { outcome: lookAgainIn(next === undefined ? undefined : next - now), status };
}

/** Starts Jobs at the times of their schedule. */
export const createCronJobController = (): Controller<typeof CronJob> => ({
  name: 'local-cluster/cron-job',
  kind: CronJob,
  conditionStyle: 'own',
  resyncMs: 60_000,
  watches: [
    {
      kind: Job,
      wakes: (job) => {
        const owner = controllerOf(job);
        return owner?.kind === CronJob.kind ? [{ namespace: job.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile: reconcileCronJob,
});
