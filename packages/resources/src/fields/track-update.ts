import { type AnyResource, apiVersionOf, type Kind, type ManagedFieldsEntry, timestamp } from '../model/index.ts';
import { compareValues } from './compare.ts';
import { objectSchema } from './field-schema.ts';
import { difference, emptySet, isEmptySet, union } from './field-set.ts';
import { decodeEntries, encodeEntries, isSameEntry, ownableFields } from './managed-entries.ts';
import { printCreated } from './print-created.ts';

export interface UpdateToTrack {
  kind: Kind;
  /** Absent for a create. */
  before: AnyResource | undefined;
  after: AnyResource;
  manager: string;
  subresource?: string;
  /** Epoch ms. */
  now: number;
}

const trackCreate = ({ kind, after, manager, now }: UpdateToTrack): ManagedFieldsEntry[] => {
  const fieldsV1 = printCreated(kind, after);
  if (Object.keys(fieldsV1).length === 0) return [];
  return [{ manager, operation: 'Update', apiVersion: apiVersionOf(kind), time: timestamp(now), fieldsType: 'FieldsV1', fieldsV1 }];
};

/** Managed fields after an ordinary write: what it changed belongs to its manager, what it removed belongs to nobody. */
export const trackUpdate = (update: UpdateToTrack): ManagedFieldsEntry[] => {
  const { kind, before, after, manager, subresource, now } = update;
  if (before === undefined && after.metadata.managedFields === undefined) return trackCreate(update);
  const differences = compareValues(objectSchema(kind), before ?? {}, after);
  const changed = ownableFields(kind, differences.changed, subresource);
  const removed = differences.removed;
  const base = after.metadata.managedFields ?? before?.metadata.managedFields ?? [];
  if (isEmptySet(changed) && isEmptySet(ownableFields(kind, removed, subresource)))
    return base.filter((entry) => typeof entry.manager === 'string');

  const identity = { kind, manager, operation: 'Update' as const, subresource };
  const entries = decodeEntries(base);
  const own = entries.find((entry) => isSameEntry(entry, identity));
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fields: difference(difference(entry.fields, removed), changed) }));
  const ownFields = difference(union(own?.fields ?? emptySet, changed), removed);
  const time = isEmptySet(changed) && own?.time !== undefined ? own.time : timestamp(now);
  return encodeEntries([
    ...others,
    {
      manager,
      operation: 'Update',
      apiVersion: apiVersionOf(kind),
      time,
      ...(subresource === undefined ? {} : { subresource }),
      fields: ownFields,
    },
  ]);
};
