import { ComponentRelease, DeploymentRecord } from '@fairway/contracts';
import { type Change, keyOf } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import type { BindingWork } from './binding-work.ts';
import { bindingsOf } from './find-bindings.ts';

/**
 * A write of a binding looks at all releases of its component, at most 1,000 of them; far fewer keep it quick, and hundreds are more than
 * anybody goes back through.
 */
const keptReleases = 300;
const prunedAtOnce = 100;

/** Deletes the oldest releases that no binding and no deployment record names. */
export async function pruneReleases({ row, scope, spec }: BindingWork, { resources, cause }: ReconcileContext): Promise<void> {
  const ofComponent = { namespace: scope.organization, fieldSelector: `spec.owner.componentName=${scope.component}` };
  const { items } = await resources.list(ComponentRelease, ofComponent);
  if (items.length <= keptReleases) return;
  const records = await resources.list(DeploymentRecord, ofComponent);
  const bindings = await bindingsOf(resources, row, scope);
  const named = new Set([
    spec.componentRelease,
    ...records.items.map((record) => record.spec?.componentRelease),
    ...bindings.flatMap((binding) => [binding.spec?.componentRelease, binding.status?.componentRelease]),
  ]);
  const oldest = items.sort((a, b) => (a.spec?.number ?? 0) - (b.spec?.number ?? 0)).slice(0, items.length - keptReleases);
  const changes = oldest
    .filter(({ metadata }) => !named.has(metadata.name))
    .slice(0, prunedAtOnce)
    .map((release): Change => ({ op: 'delete', kind: ComponentRelease, key: keyOf(release) }));
  if (changes.length > 0) await resources.commit(cause('component-release.prune'), changes);
}
