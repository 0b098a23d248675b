import { Workload } from '@fairway/contracts';
import { type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { superseded, workloadUpdated } from './build-conditions.ts';
import { buildAnnotation, buildOrderAnnotation } from './build-labels.ts';
import type { BuildResource } from './decide-build.ts';

/** A succeeded build says when its workload was written. Who writes workloads marks them with the build; a change of one wakes the build. */
export async function followWorkload({ metadata, spec }: BuildResource, { resources }: ReconcileContext): Promise<Reconciled> {
  const { items } = await resources.list(Workload, {
    namespace: metadata.namespace ?? '',
    fieldSelector: `spec.owner.componentName=${spec?.owner.componentName ?? ''}`,
  });
  const marks = items.map((workload) => workload.metadata.annotations ?? {});
  if (marks.some((mark) => mark[buildAnnotation] === metadata.name)) return { outcome: settled, conditions: [workloadUpdated] };
  // Creation time, then uid: the order that the writer of workloads keeps.
  const order = `${metadata.creationTimestamp ?? ''}/${metadata.uid ?? ''}`;
  const newer = marks.find((mark) => (mark[buildOrderAnnotation] ?? '') > order)?.[buildAnnotation];
  return newer === undefined ? { outcome: settled } : { outcome: settled, conditions: [superseded(newer)] };
}
