import { ComponentRelease, DeploymentRecord } from '@fairway/contracts';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import type { BindingResource } from '../binding/binding-kinds.ts';
import { type DeliveryRetention, deletionsOf, lookBehind, pruneActions } from './retention.ts';
import type { ComponentScope } from './retention-controller.ts';

/** Deletes the oldest releases of a component that no binding and no deployment record names. Answers how many went. */
export async function pruneReleases(
  { scope, bindings, keep }: { scope: ComponentScope; bindings: readonly BindingResource[]; keep: DeliveryRetention },
  { resources, cause, clock }: ReconcileContext,
): Promise<number> {
  const ofComponent = { namespace: scope.organization, fieldSelector: `spec.owner.componentName=${scope.component}`, newestFirst: true };
  const newest = await resources.list(ComponentRelease, { ...ofComponent, limit: keep.releases + 1 });
  if (newest.items.length <= keep.releases) return 0;
  const { items } = await resources.list(ComponentRelease, { ...ofComponent, limit: keep.releases + lookBehind });
  const records = await resources.list(DeploymentRecord, ofComponent);
  const named = new Set([
    ...records.items.map((record) => record.spec?.componentRelease),
    ...bindings.flatMap(({ spec, status }) => [spec?.componentRelease, status?.componentRelease]),
  ]);
  const changes = deletionsOf(
    ComponentRelease,
    items.slice(keep.releases).filter(({ metadata }) => !named.has(metadata.name)),
    clock.now(),
  );
  if (changes.length > 0) await resources.commit(cause(pruneActions.release), changes);
  return changes.length;
}
