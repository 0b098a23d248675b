import { PipelineRun, type PipelineRunSpec, type PipelineRunStatus, type PipelineStep } from '@fairway/contracts';
import { type Resource, timestamp } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import type { BuildPlane, BuildPlanes, LogArchive, RunTokens, StepState } from './ports.ts';
import { isFinished, nextPhase } from './run-states.ts';

export interface RunDependencies {
  buildPlanes: BuildPlanes;
  archive: LogArchive;
  tokens: RunTokens;
  /** Address of the control plane as the build plane sees it. */
  url: string;
}

type Run = Resource<PipelineRunSpec, PipelineRunStatus>;
type StepStatus = NonNullable<PipelineRunStatus['steps']>[number];

const missingPlane = ({ buildPlane = 'default' }: PipelineRunSpec): string =>
  `there is no build plane "${buildPlane}": create one, or name another`;
const defaultTimeoutSeconds = 1_800;
export const jobNameOf = (run: string, step: string): string => `${run}-${step}`;
export const archiveNameOf = (run: string, step: string): string => `${run}.${step}`;

/** Runs the steps of a run one after the other, each as a Job. Every look takes the same path, so a restart goes on where it was. */
export const pipelineRunController = (deps: RunDependencies): Controller<typeof PipelineRun> => ({
  name: 'pipelines/pipeline-run',
  kind: PipelineRun,
  finalizer: 'fairway.dev/run-jobs',
  conditionStyle: 'own',
  reconcile: async (run, context) => {
    const spec = run.spec;
    if (spec === undefined || isFinished(run.status?.phase)) return { outcome: settled };
    const plane = await deps.buildPlanes(organizationOf(run), spec.buildPlane ?? 'default');
    if (plane === undefined && spec.cancel === true) return cancelWithoutPlane(deps, run, context);
    if (plane === undefined)
      return {
        outcome: waiting('BuildPlaneNotFound', missingPlane(spec), 10_000),
        status: { phase: 'Pending' },
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'BuildPlaneNotFound',
            message: missingPlane(spec),
          },
        ],
      };
    return advance(deps, { run, spec, plane }, context);
  },
  finalize: async (run, { signal }) => {
    const organization = organizationOf(run);
    const { name } = run.metadata;
    const plane = await deps.buildPlanes(organization, run.spec?.buildPlane ?? 'default');
    for (const step of run.spec?.steps ?? []) {
      await plane?.remove(organization, jobNameOf(name, step.name), signal);
      await deps.archive.remove(organization, archiveNameOf(name, step.name));
    }
    await deps.tokens.revoke(organization, name);
    return { outcome: settled };
  },
});

/** Nothing runs where there is no plane (any more), so there is nothing to stop. */
async function cancelWithoutPlane(deps: RunDependencies, run: Run, { clock }: ReconcileContext): Promise<Reconciled> {
  await deps.tokens.revoke(organizationOf(run), run.metadata.name);
  return {
    outcome: settled,
    status: { phase: 'Canceled', finishedAt: timestamp(clock.now()) },
    conditions: [{ type: 'Ready', status: 'False', reason: 'RunCanceled', message: 'the run was canceled' }],
  };
}

const organizationOf = (run: Run): string => run.metadata.namespace ?? '';

async function advance(
  deps: RunDependencies,
  at: { run: Run; spec: PipelineRunSpec; plane: BuildPlane },
  context: ReconcileContext,
): Promise<Reconciled> {
  const { run, spec, plane } = at;
  const name = run.metadata.name;
  const organization = organizationOf(run);
  const now = timestamp(context.clock.now());
  const startedAt = run.status?.startedAt ?? now;
  const steps: StepStatus[] = spec.steps.map(
    (step) => run.status?.steps?.find((known) => known.name === step.name) ?? { name: step.name, phase: 'Pending' },
  );
  const finish = async (phase: 'Succeeded' | 'Failed' | 'Canceled', message: string): Promise<Reconciled> => {
    await deps.tokens.revoke(organization, name);
    return {
      outcome: settled,
      status: { phase, startedAt, finishedAt: now, steps },
      conditions: [{ type: 'Ready', status: phase === 'Succeeded' ? 'True' : 'False', reason: `Run${phase}`, message }],
    };
  };

  for (const [index, step] of spec.steps.entries()) {
    const known = steps[index];
    if (known === undefined || isFinished(known.phase)) continue;
    const jobName = jobNameOf(name, step.name);
    if (spec.cancel === true) {
      await keepLog(deps, plane, { organization, jobName, archive: archiveNameOf(name, step.name) }, context.signal);
      await plane.remove(organization, jobName, context.signal);
      steps[index] = { ...known, phase: 'Canceled' };
      return finish('Canceled', 'the run was canceled');
    }
    const state = await lookAt(deps, { ...at, step, known, jobName }, context);
    steps[index] = stepStatus(known, state, { namespace: plane.namespaceOf(organization), job: jobName });
    if (state.is !== 'finished') {
      const message = (state.is === 'pending' ? state.message : undefined) ?? `step ${step.name} is ${state.is}`;
      return {
        // The plane's watch wakes us; the timer is the net under it.
        outcome: progressing('StepRunning', message, 15_000),
        status: { phase: nextPhase(run.status?.phase ?? 'Pending', 'start'), startedAt, steps },
        conditions: [{ type: 'Ready', status: 'Unknown', reason: 'StepRunning', message }],
      };
    }
    await keepLog(deps, plane, { organization, jobName, archive: archiveNameOf(name, step.name) }, context.signal);
    if (!state.succeeded) return finish('Failed', state.message ?? `step ${step.name} failed`);
  }
  return finish('Succeeded', 'all steps succeeded');
}

type StepPlace = { run: Run; spec: PipelineRunSpec; plane: BuildPlane; step: PipelineStep; jobName: string };

/** What the step does now; one that has not begun is begun. */
async function lookAt(
  deps: RunDependencies,
  { known, ...at }: StepPlace & { known: StepStatus },
  context: ReconcileContext,
): Promise<Exclude<StepState, { is: 'absent' }>> {
  const state = await at.plane.observe(organizationOf(at.run), at.jobName, context.signal);
  if (state.is !== 'absent') return state;
  // Seen before and gone now: removed by somebody, or kept no longer. A step is never run twice.
  if (known.job !== undefined)
    return { is: 'finished', succeeded: false, message: `the Job ${at.jobName} is gone, and with it its result: start the work again` };
  await startStep(deps, at, context);
  return { is: 'pending' };
}

async function startStep(deps: RunDependencies, at: StepPlace, context: ReconcileContext): Promise<void> {
  const { run, spec, plane, step, jobName } = at;
  const { name, uid = '' } = run.metadata;
  const organization = organizationOf(run);
  const lifetimeMs = ((step.timeoutSeconds ?? defaultTimeoutSeconds) + 300) * 1_000;
  const grant = spec.grant ?? { permissions: [] };
  const token = await deps.tokens.issue({
    run: name,
    organization,
    permissions: grant.permissions,
    limits: grant.limits ?? {},
    lifetimeMs,
  });
  const env = { ...step.env, FAIRWAY_URL: deps.url };
  await plane.start({ organization, run: name, runUid: uid, step, jobName, env, secretEnv: { FAIRWAY_TOKEN: token } }, context.signal);
}

async function keepLog(
  deps: RunDependencies,
  plane: BuildPlane,
  names: { organization: string; jobName: string; archive: string },
  signal: AbortSignal,
): Promise<void> {
  const log = await plane.log(names.organization, names.jobName, { follow: false, signal });
  if (log !== undefined) await deps.archive.save(names.organization, names.archive, log);
}

function stepStatus(known: StepStatus, state: StepState, place: { namespace: string; job: string }): StepStatus {
  const base = { ...known, ...place };
  if (state.is === 'pending' || state.is === 'absent')
    return { ...base, phase: 'Pending', ...(state.is === 'pending' && state.message !== undefined ? { message: state.message } : {}) };
  if (state.is === 'running') return { ...base, phase: 'Running', pod: state.pod };
  return {
    ...base,
    phase: state.succeeded ? 'Succeeded' : 'Failed',
    ...(state.exitCode === undefined ? {} : { exitCode: state.exitCode }),
    ...(state.result === undefined ? {} : { result: state.result }),
    ...(state.message === undefined ? {} : { message: state.message }),
    ...(state.pod === undefined ? {} : { pod: state.pod }),
  };
}
