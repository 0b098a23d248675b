import { DeploymentRecord, type DeploymentRecordSpec } from '@fairway/contracts';
import type { Resource, Resources } from '@fairway/resources/model';
import { annotations } from '../labels.ts';

export type RecordResource = Resource<DeploymentRecordSpec>;

/** Newest first. A record's name ends in its number, which counts the changes of the binding. */
export async function recordsOf(
  resources: Resources,
  at: { organization: string; kind: string; binding: string },
): Promise<RecordResource[]> {
  const { items } = await resources.list(DeploymentRecord, { namespace: at.organization, fieldSelector: `spec.binding=${at.binding}` });
  return items.filter(({ spec }) => spec?.bindingKind === at.kind).sort((a, b) => recordNumber(b) - recordNumber(a));
}

export const recordNumber = (record: RecordResource): number => Number(/-(\d+)$/.exec(record.metadata.name)?.[1] ?? 0);

export const wasHealthy = (record: RecordResource): boolean => record.metadata.annotations?.[annotations.healthyAt] !== undefined;
