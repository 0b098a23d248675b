/**
 * Delivery: which component release an environment runs, and bringing data planes to it.
 * Owns the classes, the bindings, ComponentRelease, DeploymentRecord and Release. Builds nothing, and reaches clusters through `DataPlanes` only.
 * Start with binding/binding-reconciler.ts (the steps from a binding to what runs), then binding/binding-rules.ts (what a write of a binding
 * means), release/release-reconciler.ts (apply, prune, health), operations/ (promote, roll back) and retention/ (what goes, and when).
 */
import { ComponentRelease, DeploymentRecord, Release, ScheduledTaskClass, ServiceClass, WebApplicationClass } from '@fairway/contracts';
import type { KindRegistry } from '@fairway/resources/model';
import type { Controller } from '@fairway/resources/reconcile';
import { bindingRows } from './binding/binding-kinds.ts';
import { bindingControllers } from './binding/binding-reconciler.ts';
import { bindingRules } from './binding/binding-rules.ts';
import type { BindingDependencies } from './binding/binding-work.ts';
import { typedControllers } from './binding/typed-reconciler.ts';
import { environmentController, projectNamespacesController } from './environment-reconciler.ts';
import { componentReleaseRules, deploymentRecordRules, releaseRules } from './immutable-rules.ts';
import { type ReleaseDependencies, releaseController } from './release/release-reconciler.ts';
import type { DeliveryRetention } from './retention/retention.ts';
import { retentionController } from './retention/retention-controller.ts';

export { bindingRows } from './binding/binding-kinds.ts';
export { bindingsOf } from './binding/find-bindings.ts';
export { pipelineOfProject } from './operations/find-component.ts';
export { listReleases } from './operations/list-releases.ts';
export { promoteComponent } from './operations/promote-component.ts';
export { rollbackComponent } from './operations/rollback-component.ts';
export { setReleaseState } from './operations/set-release-state.ts';
export type {
  DataPlane,
  DataPlanes,
  HealthOf,
  ObjectKind,
  ObjectReference,
  OpenSecret,
} from './ports.ts';
export { followDataPlanes } from './release/follow-data-planes.ts';
export { environmentsOf } from './root-environment.ts';
export type DeliveryDependencies = BindingDependencies & ReleaseDependencies & { retention: DeliveryRetention };
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
  retentionController(deps.retention),
];
