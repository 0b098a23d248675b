import { DeploymentRecord } from '@fairway/contracts';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import type { BindingResource } from '../binding/binding-kinds.ts';
import { type RecordResource, wasHealthy } from '../binding/deployment-records.ts';
import { type DeliveryRetention, deletionsOf, lookBehind, pruneActions } from './retention.ts';

/** However many deployments have failed since, a rollback finds so many that were healthy. */
const healthyRecords = 5;

/** Deletes the oldest deployment records of a binding; what it runs or is rolled back to stays. Answers how many went. */
export async function pruneRecords(
  { binding, keep }: { binding: BindingResource; keep: DeliveryRetention },
  { resources, cause, clock }: ReconcileContext,
): Promise<number> {
  const { namespace = '', name } = binding.metadata;
  const ofBinding = { namespace, fieldSelector: `spec.binding=${name}`, newestFirst: true };
  const newest = await resources.list(DeploymentRecord, { ...ofBinding, limit: keep.deployments + 1 });
  if (newest.items.length <= keep.deployments) return 0;
  const { items } = await resources.list(DeploymentRecord, { ...ofBinding, limit: keep.deployments + lookBehind });
  const changes = deletionsOf(DeploymentRecord, unneeded(items, binding, keep.deployments), clock.now());
  if (changes.length > 0) await resources.commit(cause(pruneActions.record), changes);
  return changes.length;
}

/** Newest first. Bindings of two kinds may have one name: only its own records are the binding's. */
function unneeded(records: readonly RecordResource[], { kind, spec, status }: BindingResource, keep: number): RecordResource[] {
  const own = records.filter((record) => record.spec?.bindingKind === kind);
  const needed = new Set([spec?.deploymentRecord, status?.deploymentRecord]);
  for (const { metadata } of own.filter(wasHealthy).slice(0, healthyRecords)) needed.add(metadata.name);
  return own.slice(keep).filter(({ metadata }) => !needed.has(metadata.name));
}
