import { ApiClass, ConfigurationGroup, DataPlane, Environment, Release, Secret, ServiceBinding } from '@fairway/contracts';
import { type AnyResource, type Key, type Kind, traceStep } from '@fairway/resources/model';
import type { Controller, ReconcileContext, Reconciled } from '@fairway/resources/reconcile';
import { progressing, settled } from '@fairway/resources/reconcile';
import { type BindingResource, type BindingRow, bindingRows } from './binding-kinds.ts';
import { type BindingDependencies, type BindingWork, notReady, type Step } from './binding-work.ts';
import { createDependencyIndex, type DependencyIndex, dependencyOf } from './dependency-index.ts';
import { followHealth } from './follow-health.ts';
import { recordDeployment } from './record-deployment.ts';
import { renderObjects } from './render-binding.ts';
import { checkPlacement, resolveClass } from './resolve-class.ts';
import { resolveConfiguration, secretsOfComponent } from './resolve-configuration.ts';
import { bindingOf, resolveConnections } from './resolve-connections.ts';
import { writeRelease } from './write-release.ts';

/** From a binding to what runs, in this order. The first step that stops says why; what runs already is left as it is. */
const steps: readonly Step[] = [
  resolveClass,
  checkPlacement,
  resolveConfiguration,
  resolveConnections,
  renderObjects,
  recordDeployment,
  writeRelease,
  followHealth,
];

export const bindingControllers = (deps: BindingDependencies): Controller[] => bindingRows.map((row) => bindingController(row, deps));

function bindingController(row: BindingRow, deps: BindingDependencies): Controller {
  const index = createDependencyIndex();
  const users = (kind: Kind) => (changed: Key) => index.usersOf(dependencyOf(kind, changed.namespace, changed.name));
  const controller: Controller<BindingRow['binding']> = {
    name: `delivery/${row.word}-binding`,
    kind: row.binding,
    conditionStyle: 'own',
    watches: [
      { kind: Release, wakes: (release) => ownersOf(release, row.binding) },
      ...[row.class, ...(row.type === 'Service' ? [ApiClass] : []), Environment, DataPlane, ConfigurationGroup].map((kind) => ({
        kind,
        wakesByKey: users(kind),
      })),
      { kind: Secret, wakes: (secret) => [...users(Secret)(secret.metadata), ...index.usersOf(secretOwner(secret))] },
      { kind: ServiceBinding, wakes: (binding) => index.usersOf(connectionTarget(binding)) },
    ],
    reconcile: (binding, context) => reconcileBinding({ row, index, deps }, binding, context),
  };
  return controller as unknown as Controller;
}

const ownersOf = ({ metadata }: AnyResource, kind: Kind): readonly Key[] =>
  (metadata.ownerReferences ?? [])
    .filter((owner) => owner.kind === kind.kind)
    .map(({ name }) => (metadata.namespace === undefined ? { name } : { namespace: metadata.namespace, name }));

const secretOwner = ({ metadata, spec }: AnyResource): string =>
  secretsOfComponent(metadata.namespace ?? '', String((spec as { component?: string } | undefined)?.component ?? ''));

function connectionTarget({ metadata, spec }: AnyResource): string {
  const { owner, environment } = (spec ?? {}) as { owner?: { componentName?: string }; environment?: string };
  return bindingOf(metadata.namespace ?? '', owner?.componentName ?? '', environment ?? '');
}

interface Rails {
  row: BindingRow;
  index: DependencyIndex;
  deps: BindingDependencies;
}

async function reconcileBinding({ row, index, deps }: Rails, binding: BindingResource, context: ReconcileContext): Promise<Reconciled> {
  const { metadata, spec } = binding;
  const namespace = metadata.namespace ?? '';
  if (spec === undefined) return { outcome: settled };
  if (spec.releaseState === 'Undeploy') {
    index.forget({ namespace, name: metadata.name });
    return observed(binding, await undeploy(binding, context));
  }
  let work: BindingWork = startOf(row, binding, spec);
  for (const step of steps) {
    const input = work;
    const result = await traceStep(`binding ${step.name}`, () => step(input, context, deps));
    if ('stop' in result) {
      index.learn({ namespace, name: metadata.name }, result.dependencies ?? work.dependencies);
      return observed(binding, result.stop);
    }
    work = result.next;
  }
  throw new Error('the last step of a binding always stops');
}

const observed = ({ metadata }: BindingResource, reconciled: Reconciled): Reconciled => ({
  ...reconciled,
  status: { observedGeneration: metadata.generation, ...reconciled.status },
});

const startOf = (row: BindingRow, binding: BindingResource, spec: NonNullable<BindingResource['spec']>): BindingWork => ({
  row,
  binding,
  spec,
  scope: {
    organization: binding.metadata.namespace ?? '',
    project: spec.owner.projectName,
    component: spec.owner.componentName,
    environment: spec.environment,
  },
  classSpec: {},
  apiClasses: {},
  configuration: { values: {}, secrets: {}, secretVersions: {} },
  connected: [],
  resources: [],
  renderedDigest: '',
  record: undefined,
  release: undefined,
  dependencies: [],
});

/** The release's finalizer clears the data plane; the binding waits until it is gone. */
async function undeploy({ metadata }: BindingResource, { resources, cause }: ReconcileContext): Promise<Reconciled> {
  const key = { namespace: metadata.namespace ?? '', name: metadata.name };
  const release = await resources.get(Release, key);
  const isOurs = (release?.metadata.ownerReferences ?? []).some(({ uid }) => uid === metadata.uid);
  const gone = { endpoints: [], urls: [], componentRelease: undefined };
  if (release === undefined || !isOurs) {
    return { outcome: settled, status: gone, conditions: [notReady('ResourcesUndeployed', 'Resources undeployed')] };
  }
  if (release.metadata.deletionTimestamp === undefined) {
    await resources.commit(cause('release.delete'), [{ op: 'delete', kind: Release, key }]);
  }
  const message = 'Resources being undeployed';
  return {
    outcome: progressing('ResourcesUndeployed', message, 10_000),
    status: gone,
    conditions: [notReady('ResourcesUndeployed', message)],
  };
}
