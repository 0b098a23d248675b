import {
  Build,
  type BuildSpec,
  type BuildStatus,
  PipelineRun,
  type PipelineRunSpec,
  type PipelineRunStatus,
  Workload,
} from '@fairway/contracts';
import { apiVersionOf } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import {
  type BuildCondition,
  canceled,
  completed,
  failed,
  hasWorkloadCondition,
  initiated,
  inProgress,
  isOver,
  isSucceeded,
  planeMissing,
  triggered,
} from './build-conditions.ts';
import { buildAnnotation } from './build-labels.ts';
import { readResult } from './build-result.ts';
import type { BuildResource } from './decide-build.ts';
import { followWorkload } from './follow-workload.ts';
import type { Images, Runs, Sources } from './ports.ts';

export interface BuildDependencies {
  sources: Sources;
  runs: Runs;
  images: Images;
}

const runIsOver = ({ phase }: PipelineRunStatus): boolean => phase === 'Succeeded' || phase === 'Failed' || phase === 'Canceled';

/** A build owns one run; its status is what the run and the pushed image say, and whether its workload was written. */
export const buildController = (deps: BuildDependencies): Controller<typeof Build> => ({
  name: 'builds/build',
  kind: Build,
  conditionStyle: 'own',
  watches: [
    {
      kind: PipelineRun,
      wakes: ({ metadata }) =>
        (metadata.ownerReferences ?? [])
          .filter(({ kind }) => kind === Build.kind)
          .map(({ name }) => ({ namespace: metadata.namespace ?? '', name })),
    },
    {
      kind: Workload,
      wakes: ({ metadata }) => {
        const name = metadata.annotations?.[buildAnnotation];
        return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
      },
    },
  ],
  reconcile: async (build, context) => {
    if (build.spec === undefined) return { outcome: settled };
    if (isSucceeded(build.status) && !hasWorkloadCondition(build.status)) return followWorkload(build, context);
    if (isOver(build.status)) return { outcome: settled };
    const namespace = build.metadata.namespace ?? '';
    const run = build.metadata.name;
    const status = await deps.runs.status(namespace, run, build.metadata.uid ?? '');
    if (status === undefined) return startRun(deps, { build, spec: build.spec }, context);
    if (build.spec.cancel === true && !runIsOver(status)) await deps.runs.cancel(namespace, run);
    return follow(deps, build, status);
  },
});

async function startRun(
  deps: BuildDependencies,
  { build, spec }: { build: BuildResource; spec: BuildSpec },
  { signal }: ReconcileContext,
): Promise<Reconciled> {
  const { metadata, status } = build;
  if (spec.cancel === true) return over(canceled, {});
  // It had a run, and that is gone: a build is never run twice.
  if (status?.pipelineRun !== undefined) return refused('build', `its run ${status.pipelineRun} was deleted: trigger a new build`);
  const organization = metadata.namespace ?? '';
  const { url, revision: wanted } = spec.repository;
  const isBuiltIn = deps.sources.isBuiltIn(url);
  if (isBuiltIn && deps.sources.organizationOf(url) !== organization)
    return refused('clone', `organization ${organization} has no repository ${url}: use one of its own`);
  const revision = wanted?.commit || wanted?.branch || 'main';
  // Of an outside address only the build step learns the commit.
  const commit = isBuiltIn ? await deps.sources.resolve(url, revision, signal) : revision;
  if (commit === undefined) return refused('clone', `the repository has no commit "${revision}": push it, or name another`);
  const builder = deps.images.builder();
  if (builder === undefined)
    return {
      outcome: waiting('BuilderNotReady', 'the builder image is being put into the registry', 2_000),
      conditions: [initiated],
    };
  const owner = { apiVersion: apiVersionOf(Build), kind: Build.kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
  const isStarted = await deps.runs.start({
    organization,
    name: metadata.name,
    owner,
    spec: runOf(deps, { organization, spec, commit, builder }),
  });
  if (!isStarted)
    return {
      outcome: waiting('RunNameTaken', `the run ${metadata.name} is of another build and must be gone first`, 1_000),
      conditions: [initiated],
    };
  return {
    outcome: progressing('BuildTriggered', triggered.message, 60_000),
    status: { ...(isBuiltIn ? { commit } : {}), pipelineRun: metadata.name },
    conditions: [initiated, triggered],
  };
}

function runOf(
  deps: BuildDependencies,
  { organization, spec, commit, builder }: { organization: string; spec: BuildSpec; commit: string; builder: string },
): PipelineRunSpec {
  const { reference, image } = deps.images.target(organization, spec.owner.projectName, spec.owner.componentName);
  const source = deps.sources.cloneFrom(spec.repository.url);
  return {
    owner: spec.owner,
    steps: [
      {
        name: 'build',
        image: builder,
        env: {
          FAIRWAY_GIT_URL: source.url,
          FAIRWAY_COMMIT: commit,
          FAIRWAY_APP_PATH: spec.repository.appPath ?? '.',
          FAIRWAY_IMAGE: reference,
          FAIRWAY_COMPONENT: spec.owner.componentName,
          FAIRWAY_TEMPLATE: spec.templateRef.name,
          FAIRWAY_PARAMETERS: JSON.stringify(
            Object.fromEntries((spec.templateRef.parameters ?? []).map(({ name, value }) => [name, value])),
          ),
        },
      },
    ],
    grant: {
      permissions: ['repositories.repository.read', 'artifacts.image.read', 'artifacts.image.push'],
      // An outside repository is none of ours: the token of its build opens no repository at all.
      limits: { image, repository: source.repository ?? 'none' },
    },
  };
}

async function follow(deps: BuildDependencies, build: BuildResource, run: PipelineRunStatus): Promise<Reconciled> {
  const begun = [initiated, triggered];
  const pipelineRun = build.metadata.name;
  if (run.phase === 'Canceled') return over(canceled, { pipelineRun });
  if (run.phase !== 'Succeeded' && run.phase !== 'Failed') {
    const missing = run.conditions?.find(({ reason }) => reason === 'BuildPlaneNotFound');
    const state = missing === undefined ? inProgress : planeMissing(missing.message);
    return { outcome: progressing(state.reason, state.message, 60_000), status: { pipelineRun }, conditions: [...begun, state] };
  }
  const result = await readResult(deps.images, build, run);
  return result.is === 'failed'
    ? over(failed(result.failure.message), { pipelineRun, failure: result.failure })
    : {
        ...over(completed, { pipelineRun, imageStatus: { image: result.image }, ...result.found }),
        // The workload may be there already, by a newer build; its watch tells of all later ones.
        outcome: { is: 'settled', againInMs: 1_000 },
      };
}

const refused = (phase: string, message: string): Reconciled => over(failed(message), { failure: { phase, message } });

const over = (condition: BuildCondition, status: Partial<BuildStatus>): Reconciled => ({
  outcome: settled,
  status,
  conditions: [initiated, triggered, condition],
});
