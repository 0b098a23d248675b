/**
 * Delivery: which component release an environment runs, and bringing data planes to it.
 * Owns the classes, the bindings, ComponentRelease, DeploymentRecord and Release. Builds nothing, and reaches clusters through `DataPlanes` only.
 * Start with binding-reconciler.ts (the steps from a binding to what runs), then binding-rules.ts (what a write of a binding means),
 * release-reconciler.ts (apply, prune, health) and the operations: promote-component.ts, rollback-component.ts, set-release-state.ts.
 */
import { ComponentRelease, DeploymentRecord, Release, ScheduledTaskClass, ServiceClass, WebApplicationClass } from '@fairway/contracts';
import type { KindRegistry } from '@fairway/resources/model';
import type { Controller } from '@fairway/resources/reconcile';
import { bindingRows } from './binding-kinds.ts';
import { bindingControllers } from './binding-reconciler.ts';
import { bindingRules } from './binding-rules.ts';
import type { BindingDependencies } from './binding-work.ts';
import { environmentController, projectNamespacesController } from './environment-reconciler.ts';
import { componentReleaseRules, deploymentRecordRules, releaseRules } from './immutable-rules.ts';
import { type ReleaseDependencies, releaseController } from './release-reconciler.ts';
import { typedControllers } from './typed-reconciler.ts';

export type { BindingResource, BindingRow, ComponentType } from './binding-kinds.ts';
export { bindingRows, rowOfType } from './binding-kinds.ts';
export { bindingsOf, findBinding } from './find-bindings.ts';
export { pipelineOfProject, rowOfComponent } from './find-component.ts';
export { type FollowDependencies, followDataPlanes } from './follow-data-planes.ts';
export { generateName } from './generate-name.ts';
export { type ListedRelease, listReleases } from './list-releases.ts';
export type {
  BaseOfImage,
  DataPlane,
  DataPlanes,
  GatewayAddress,
  Health,
  HealthOf,
  HealthStatus,
  ObjectKind,
  ObjectReference,
  OpenSecret,
  SecretVersionReference,
} from './ports.ts';
export { type Promotion, promoteComponent } from './promote-component.ts';
export { namespaceName } from './render/names.ts';
export { type Rollback, rollbackComponent } from './rollback-component.ts';
export { environmentsOf, rootEnvironment } from './root-environment.ts';
export { setReleaseState } from './set-release-state.ts';

export type DeliveryDependencies = BindingDependencies & ReleaseDependencies;

export function registerDelivery(registry: KindRegistry): void {
  for (const kind of [ServiceClass, WebApplicationClass, ScheduledTaskClass]) registry.register(kind);
  for (const row of bindingRows) registry.register(row.binding, bindingRules(row));
  registry.register(ComponentRelease, componentReleaseRules);
  registry.register(DeploymentRecord, deploymentRecordRules);
  registry.register(Release, releaseRules);
}

export const deliveryControllers = (deps: DeliveryDependencies): Controller[] => [
  ...typedControllers(),
  ...bindingControllers(deps),
  releaseController(deps),
  environmentController(deps),
  projectNamespacesController(deps),
];
