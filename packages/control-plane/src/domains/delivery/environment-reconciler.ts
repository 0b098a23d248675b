import { DataPlane, Environment, Project, Release, type ReleaseSpec } from '@fairway/contracts';
import { type Change, isProblem, type Key, keyOf } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import { bindingRows } from './binding/binding-kinds.ts';
import { createDependencyIndex, dependencyOf } from './binding/dependency-index.ts';
import { releaseFieldManager } from './labels.ts';
import type { DataPlanes } from './ports.ts';
import { namespaceName } from './render/names.ts';

const lookAgainMs = 2_000;
const batch = 100;

/** An environment is ready when its data plane is known. Before it goes, everything that runs in it is removed. */
export function environmentController({ dataPlanes }: { dataPlanes: DataPlanes }): Controller {
  const index = createDependencyIndex();
  const controller: Controller<typeof Environment> = {
    name: 'delivery/environment',
    kind: Environment,
    finalizer: 'openchoreo.dev/environment-cleanup',
    conditionStyle: 'own',
    watches: [
      { kind: DataPlane, wakesByKey: ({ namespace, name }) => index.usersOf(dependencyOf(DataPlane, namespace, name)) },
      { kind: Release, wakes: ({ metadata, spec }) => keyIn(metadata.namespace, (spec as ReleaseSpec | undefined)?.environmentName) },
    ],
    reconcile: async ({ metadata, spec }, { resources }) => {
      const namespace = metadata.namespace ?? '';
      const plane = spec?.dataPlaneRef ?? 'default';
      index.learn({ namespace, name: metadata.name }, [dependencyOf(DataPlane, namespace, plane)]);
      if ((await resources.get(DataPlane, { namespace, name: plane })) === undefined) {
        const message = `DataPlane "${plane}" not found: create it, or set spec.dataPlaneRef`;
        return {
          outcome: waiting('DataPlaneNotFound', message, 60_000),
          conditions: [{ type: 'Ready', status: 'False', reason: 'DataPlaneNotFound', message }],
        };
      }
      const message = 'Environment is ready';
      return { outcome: settled, conditions: [{ type: 'Ready', status: 'True', reason: 'EnvironmentReady', message }] };
    },
    finalize: (environment, context) =>
      clear({ dataPlanes, organization: environment.metadata.namespace ?? '', environment: environment.metadata.name }, context),
  };
  return controller as unknown as Controller;
}

async function clear(
  { dataPlanes, organization, environment }: { dataPlanes: DataPlanes; organization: string; environment: string },
  context: ReconcileContext,
): Promise<Reconciled> {
  const { resources, cause } = context;
  const left: Change[] = [];
  for (const { binding } of bindingRows) {
    const { items } = await resources.list(binding, {
      namespace: organization,
      fieldSelector: `spec.environment=${environment}`,
      limit: batch,
    });
    left.push(
      ...items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map((item) => ({ op: 'delete', kind: binding, key: keyOf(item) }) as const),
    );
  }
  if (left.length > 0) await resources.commit(cause('binding.delete'), left);
  const releases = await resources.list(Release, {
    namespace: organization,
    fieldSelector: `spec.environmentName=${environment}`,
    limit: batch,
  });
  if (left.length + releases.items.length > 0) {
    const message = `${releases.items.length} components are being removed from the environment`;
    return {
      outcome: progressing('EnvironmentFinalizing', message, lookAgainMs),
      conditions: [{ type: 'Ready', status: 'False', reason: 'EnvironmentFinalizing', message }],
    };
  }
  const projects = await resources.list(Project, { namespace: organization });
  for (const { metadata } of projects.items) {
    await removeNamespace(dataPlanes, { organization, project: metadata.name, environment }, context.signal);
  }
  return { outcome: settled };
}

/** A project's namespaces go when nothing of it runs any more; until then it waits with the others that clear it. */
export function projectNamespacesController({ dataPlanes }: { dataPlanes: DataPlanes }): Controller {
  const controller: Controller<typeof Project> = {
    name: 'delivery/project',
    kind: Project,
    finalizer: 'fairway.dev/data-plane-namespaces',
    conditionStyle: 'own',
    watches: [
      { kind: Release, wakes: ({ metadata, spec }) => keyIn(metadata.namespace, (spec as ReleaseSpec | undefined)?.owner.projectName) },
    ],
    reconcile: async () => ({ outcome: settled }),
    finalize: async ({ metadata }, { resources, signal }) => {
      const organization = metadata.namespace ?? '';
      const releases = await resources.list(Release, {
        namespace: organization,
        fieldSelector: `spec.owner.projectName=${metadata.name}`,
        limit: batch,
      });
      if (releases.items.length > 0) {
        return { outcome: progressing('ProjectFinalizing', `${releases.items.length} components still run somewhere`, lookAgainMs) };
      }
      const environments = await resources.list(Environment, { namespace: organization });
      for (const environment of environments.items) {
        await removeNamespace(dataPlanes, { organization, project: metadata.name, environment: environment.metadata.name }, signal);
      }
      return { outcome: settled };
    },
  };
  return controller as unknown as Controller;
}

const keyIn = (namespace: string | undefined, name: string | undefined): readonly Key[] =>
  namespace === undefined || name === undefined ? [] : [{ namespace, name }];

/** Only a namespace that delivery made; one that was there before belongs to somebody else. */
async function removeNamespace(
  dataPlanes: DataPlanes,
  at: { organization: string; project: string; environment: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    const plane = await dataPlanes.forEnvironment(at.organization, at.environment, signal);
    const reference = { apiVersion: 'v1', kind: 'Namespace', name: namespaceName({ ...at, component: '' }) };
    const namespace = await plane.get(reference, signal);
    if (namespace?.metadata.labels?.['openchoreo.dev/created-by'] === releaseFieldManager) await plane.remove(reference, signal);
  } catch (error) {
    // A data plane that was removed before took its namespaces along.
    if (!isProblem(error, 'not-found')) throw error;
  }
}
