import { DeploymentRecord, type DeploymentRecordSpec } from '@fairway/contracts';
import { apiVersionOf, type Change, isProblem } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { annotations } from '../labels.ts';
import type { BindingWork, Step } from './binding-work.ts';
import { type RecordResource, recordNumber, recordsOf } from './deployment-records.ts';

/**
 * One immutable record for every change of what an environment runs. Its name carries the number after the newest one's, so that a crash
 * between this and the next step finds the record again instead of making a second.
 */
export const recordDeployment: Step = async (work, context) => {
  const { resources } = context;
  const at = { organization: work.scope.organization, kind: work.row.binding.kind, binding: work.binding.metadata.name };
  const named = work.binding.status?.deploymentRecord;
  const known = named === undefined ? undefined : await resources.get(DeploymentRecord, { namespace: at.organization, name: named });
  if (known !== undefined && isSame(known, work)) return { next: { ...work, record: known.metadata.name } };
  const records = await recordsOf(resources, at);
  const newest = records[0];
  if (newest !== undefined && isSame(newest, work)) return { next: { ...work, record: newest.metadata.name } };
  const record = newRecord(work, newest);
  await resources.commit(context.cause('deployment.record'), [{ op: 'create', object: record }]);
  return { next: { ...work, record: record.metadata.name } };
};

const isSame = ({ spec }: RecordResource, work: BindingWork): boolean =>
  spec?.renderedDigest === work.renderedDigest &&
  spec.componentRelease === work.spec.componentRelease &&
  spec.bindingKind === work.row.binding.kind &&
  spec.rollbackOf === work.spec.deploymentRecord;

function newRecord(work: BindingWork, newest: RecordResource | undefined): RecordResource {
  const { binding, spec, scope, row } = work;
  const isRollback = spec.deploymentRecord !== undefined;
  const isConfigurationChange = newest?.spec?.componentRelease === spec.componentRelease && !isRollback;
  const content: DeploymentRecordSpec = {
    owner: spec.owner,
    environment: scope.environment,
    bindingKind: row.binding.kind,
    binding: binding.metadata.name,
    componentRelease: spec.componentRelease ?? '',
    configuration: work.configuration.values,
    secretVersions: work.configuration.secretVersions,
    renderedDigest: work.renderedDigest,
    principal: isConfigurationChange
      ? 'service:fairway/delivery'
      : (binding.metadata.annotations?.[annotations.changedBy] ?? 'service:fairway/delivery'),
    ...(spec.deploymentRecord === undefined ? {} : { rollbackOf: spec.deploymentRecord }),
  };
  return {
    apiVersion: apiVersionOf(DeploymentRecord),
    kind: DeploymentRecord.kind,
    metadata: {
      namespace: scope.organization,
      name: `${binding.metadata.name}-${row.word}-${(newest === undefined ? 0 : recordNumber(newest)) + 1}`,
      ownerReferences: [
        { apiVersion: binding.apiVersion, kind: binding.kind, name: binding.metadata.name, uid: binding.metadata.uid ?? '' },
      ],
    },
    spec: content,
  };
}

/** Marks the record as one that a rollback may choose. Its spec stays as it is. */
export async function markHealthy(work: BindingWork, { resources, cause, clock }: ReconcileContext): Promise<void> {
  if (work.record === undefined) return;
  const key = { namespace: work.scope.organization, name: work.record };
  const record = await resources.get(DeploymentRecord, key);
  if (record === undefined || record.metadata.annotations?.[annotations.healthyAt] !== undefined) return;
  const healthyAt = new Date(clock.now()).toISOString();
  const change = {
    op: 'mutate',
    kind: DeploymentRecord,
    key,
    change: (current) => marked(current as RecordResource | undefined, healthyAt),
  } satisfies Change;
  await resources.commit(cause('deployment.healthy'), [change]).catch((error: unknown) => {
    // Deleted meanwhile: nothing is left to mark.
    if (!isProblem(error, 'not-found')) throw error;
  });
}

const marked = (current: RecordResource | undefined, healthyAt: string): RecordResource | undefined =>
  current === undefined
    ? undefined
    : {
        ...current,
        metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, [annotations.healthyAt]: healthyAt } },
      };
