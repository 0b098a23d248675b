import { DeploymentPipeline, Environment, Project, Workload, type WorkloadSpec } from '@fairway/contracts';
import { apiVersionOf, type Key, type Kind, type Resource } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import { canonicalDigest } from '../canonical-digest.ts';
import { annotations } from '../labels.ts';
import { rootEnvironment } from '../root-environment.ts';
import { type BindingResource, type BindingRow, bindingRows, type TypedResource } from './binding-kinds.ts';
import { createDependencyIndex, type DependencyIndex, dependencyOf } from './dependency-index.ts';
import { findBinding, freeBindingName } from './find-bindings.ts';
import { contentHash, type ReleaseContent } from './release-content.ts';

/** A Service, WebApplication or ScheduledTask and its Workload become the binding of the pipeline's first environment. */
export const typedControllers = (): Controller[] => bindingRows.map(typedController);

function typedController(row: BindingRow): Controller {
  const index = createDependencyIndex();
  const users = (kind: Kind) => (changed: Key) => index.usersOf(dependencyOf(kind, changed.namespace, changed.name));
  const controller: Controller<BindingRow['typed']> = {
    name: `delivery/${row.word}`,
    kind: row.typed,
    watches: [
      ...[Workload, Project, DeploymentPipeline, Environment].map((kind) => ({ kind, wakesByKey: users(kind) })),
      {
        kind: row.binding,
        wakes: ({ metadata }) =>
          (metadata.ownerReferences ?? [])
            .filter(({ kind }) => kind === row.typed.kind)
            .map(({ name }) => ({ namespace: metadata.namespace ?? '', name })),
      },
    ],
    reconcile: (typed, context) => reconcileTyped({ row, index }, typed, context),
  };
  return controller as unknown as Controller;
}

async function reconcileTyped(
  { row, index }: { row: BindingRow; index: DependencyIndex },
  typed: TypedResource,
  context: ReconcileContext,
): Promise<Reconciled> {
  const { spec, metadata } = typed;
  const namespace = metadata.namespace ?? '';
  if (spec === undefined) return { outcome: settled };
  const dependencies = [dependencyOf(Workload, namespace, spec.workloadName), dependencyOf(Project, namespace, spec.owner.projectName)];
  const learn = (): void => index.learn({ namespace, name: metadata.name }, dependencies);
  learn();
  const workload = await context.resources.get(Workload, { namespace, name: spec.workloadName });
  if (workload?.spec === undefined) {
    return { outcome: waiting('WorkloadNotFound', `Workload "${spec.workloadName}" is not there yet`, 60_000) };
  }
  if (workload.spec.owner.componentName !== spec.owner.componentName) {
    const message = `Workload "${spec.workloadName}" belongs to component "${workload.spec.owner.componentName}": name one of "${spec.owner.componentName}" in spec.workloadName`;
    return { outcome: waiting('WorkloadOfAnotherComponent', message, 600_000) };
  }
  const project = await context.resources.get(Project, { namespace, name: spec.owner.projectName });
  if (project?.spec === undefined) {
    return { outcome: waiting('ProjectNotFound', `Project "${spec.owner.projectName}" not found: create it`, 60_000) };
  }
  const pipelineName = project.spec.deploymentPipelineRef;
  dependencies.push(dependencyOf(DeploymentPipeline, namespace, pipelineName));
  learn();
  const pipeline = await context.resources.get(DeploymentPipeline, { namespace, name: pipelineName });
  const environment = pipeline?.spec === undefined ? undefined : rootEnvironment(pipeline.spec);
  if (environment === undefined) {
    const message = `DeploymentPipeline "${pipelineName}" of project "${project.metadata.name}" ${pipeline === undefined ? 'not found: create it' : 'has no first environment: add a promotion path'}`;
    return { outcome: waiting(pipeline === undefined ? 'DeploymentPipelineNotFound' : 'NoEnvironment', message, 60_000) };
  }
  dependencies.push(dependencyOf(Environment, namespace, environment));
  learn();
  const place = await context.resources.get(Environment, { namespace, name: environment });
  if (place === undefined || place.metadata.deletionTimestamp !== undefined) {
    const message = `Environment "${environment}", the first one of DeploymentPipeline "${pipelineName}", not found: create it, or change the pipeline`;
    return { outcome: waiting('EnvironmentNotFound', message, 60_000) };
  }
  await writeBinding({ row, typed, workload, environment }, context);
  return { outcome: settled };
}

interface Source {
  row: BindingRow;
  typed: TypedResource;
  workload: Resource<WorkloadSpec>;
  environment: string;
}

/**
 * Only what is new since the last time is written. A binding that was rolled back differs from its workload on purpose, and stays so until the
 * next build or edit.
 */
async function writeBinding(source: Source, { resources, cause }: ReconcileContext): Promise<void> {
  const { row, typed, workload, environment } = source;
  if (typed.spec === undefined || workload.spec === undefined) return;
  const namespace = typed.metadata.namespace ?? '';
  const scope = { organization: namespace, project: typed.spec.owner.projectName, component: typed.spec.owner.componentName, environment };
  const content = contentOfSource(typed, workload.spec);
  const mark = canonicalDigest({
    content: contentHash(row.type, content),
    build: workload.metadata.annotations?.[annotations.build],
  }).slice(0, 16);
  const existing = await findBinding(resources, row, scope);
  if (existing?.metadata.annotations?.[annotations.source] === mark) return;
  const name = existing?.metadata.name ?? (await freeBindingName(resources, row, scope, typed.metadata.name));
  await resources.commit(cause('binding.deploy'), [
    {
      op: 'mutate',
      kind: row.binding,
      key: { namespace, name },
      create: true,
      change: (current) => bindingOfSource(source, { content, mark, name }, current as BindingResource | undefined),
    },
  ]);
}

function contentOfSource({ spec }: TypedResource, { containers, endpoints, connections, schedule }: WorkloadSpec): ReleaseContent {
  return {
    className: spec?.className ?? 'default',
    workloadSpec: {
      ...(containers === undefined ? {} : { containers }),
      ...(endpoints === undefined ? {} : { endpoints }),
      ...(connections === undefined ? {} : { connections }),
      ...(schedule === undefined ? {} : { schedule }),
    },
    ...(spec?.apis === undefined ? {} : { apis: spec.apis }),
    ...(spec?.overrides === undefined ? {} : { overrides: spec.overrides }),
  };
}

function bindingOfSource(
  { row, typed, workload, environment }: Source,
  { content, mark, name }: { content: ReleaseContent; mark: string; name: string },
  current: BindingResource | undefined,
): BindingResource | undefined {
  if (typed.spec === undefined) return undefined;
  const { deploymentRecord: _record, apis: _apis, overrides: _overrides, ...kept } = current?.spec ?? {};
  const said = workload.metadata.annotations ?? {};
  const passedOn = [annotations.build, annotations.commit, annotations.toolchain, annotations.changedBy].flatMap((key) =>
    said[key] === undefined ? [] : [[key, said[key]] as const],
  );
  const metadata = current?.metadata ?? {
    name,
    ...(typed.metadata.namespace === undefined ? {} : { namespace: typed.metadata.namespace }),
    ownerReferences: [
      { apiVersion: typed.apiVersion, kind: typed.kind, name: typed.metadata.name, uid: typed.metadata.uid ?? '', controller: true },
    ],
  };
  return {
    apiVersion: apiVersionOf(row.binding),
    kind: row.binding.kind,
    metadata: {
      ...metadata,
      labels: { ...typed.metadata.labels, ...metadata.labels },
      annotations: { ...metadata.annotations, ...Object.fromEntries(passedOn), [annotations.source]: mark },
    },
    spec: { ...kept, owner: typed.spec.owner, environment, ...content },
  };
}
