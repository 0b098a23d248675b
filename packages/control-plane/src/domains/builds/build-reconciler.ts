import { Build, type BuildSpec, type BuildStatus, PipelineRun, type PipelineRunSpec, type PipelineRunStatus } from '@fairway/contracts';
import { apiVersionOf, type Resource } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { type BuildCondition, canceled, completed, failed, initiated, inProgress, isOver, triggered } from './build-conditions.ts';
import { readResult } from './build-result.ts';
import type { Images, Runs, Sources } from './ports.ts';

export interface BuildDependencies {
  sources: Sources;
  runs: Runs;
  images: Images;
}

type BuildResource = Resource<BuildSpec, BuildStatus>;

/** A build owns one run; its status is what the run and the pushed image say. */
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
  ],
  reconcile: async (build, context) => {
    if (build.spec === undefined || isOver(build.status)) return { outcome: settled };
    const namespace = build.metadata.namespace ?? '';
    const run = build.metadata.name;
    const status = await deps.runs.status(namespace, run);
    if (status === undefined) return startRun(deps, build, context);
    if (build.spec.cancel === true && status.phase !== 'Succeeded' && status.phase !== 'Failed' && status.phase !== 'Canceled')
      await deps.runs.cancel(namespace, run);
    return follow(deps, build, status);
  },
});

async function startRun(deps: BuildDependencies, build: BuildResource, { signal }: ReconcileContext): Promise<Reconciled> {
  const { spec, metadata } = build;
  if (spec === undefined) return { outcome: settled };
  const organization = metadata.namespace ?? '';
  const revision = spec.repository.revision?.commit || spec.repository.revision?.branch || 'main';
  const isBuiltIn = deps.sources.isBuiltIn(spec.repository.url);
  const commit = isBuiltIn ? await deps.sources.resolve(spec.repository.url, revision, signal) : revision;
  if (commit === undefined)
    return over(failed(`the repository has no commit "${revision}": push it, or name another`), {
      failure: { phase: 'clone', message: `no commit "${revision}"` },
    });

  const { reference, image } = deps.images.target(organization, spec.owner.projectName, spec.owner.componentName);
  const source = deps.sources.cloneFrom(spec.repository.url);
  const run: PipelineRunSpec = {
    owner: spec.owner,
    steps: [
      {
        name: 'build',
        image: await deps.images.builder(),
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
      limits: { image, ...(source.repository === undefined ? {} : { repository: source.repository }) },
    },
  };
  const owner = { apiVersion: apiVersionOf(Build), kind: Build.kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
  await deps.runs.start({ organization, name: metadata.name, owner, spec: run });
  return {
    outcome: progressing('BuildTriggered', triggered.message, 60_000),
    status: { commit, pipelineRun: metadata.name },
    conditions: [initiated, triggered],
  };
}

async function follow(deps: BuildDependencies, build: BuildResource, run: PipelineRunStatus): Promise<Reconciled> {
  const begun = [initiated, triggered];
  if (run.phase === 'Canceled') return over(canceled, {});
  if (run.phase !== 'Succeeded' && run.phase !== 'Failed') {
    const waits = run.conditions?.find(({ reason }) => reason === 'BuildPlaneNotFound');
    const state: BuildCondition = waits === undefined ? inProgress : { ...inProgress, message: waits.message };
    return { outcome: progressing('BuildInProgress', state.message, 60_000), conditions: [...begun, state] };
  }
  const result = await readResult(deps.images, build, run);
  return result.is === 'failed'
    ? over(failed(result.failure.message), { failure: result.failure })
    : over(completed, { imageStatus: { image: result.image }, ...result.found });
}

const over = (condition: BuildCondition, status: Partial<BuildStatus>): Reconciled => ({
  outcome: settled,
  status,
  conditions: [initiated, triggered, condition],
});
