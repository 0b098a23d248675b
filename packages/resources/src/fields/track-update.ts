import { type AnyResource, apiVersionOf, type Kind, type ManagedFieldsEntry, timestamp } from '../model/index.ts';
import { compareValues, type Differences } from './compare.ts';
import { objectSchema } from './field-schema.ts';
import { difference, hasAll, hasAny, isEmptySet, parseFieldSet, union } from './field-set.ts';
import { encodeEntries, entryWithout, isReadable, isSameEntry, orderEntries, ownableFields } from './managed-entries.ts';
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

/** The manager's own entry after it changed and removed fields. */
const ownEntry = (
  { kind, manager, subresource, now }: UpdateToTrack,
  own: ManagedFieldsEntry | undefined,
  { changed, removed }: Differences,
): ManagedFieldsEntry[] => {
  const time = isEmptySet(changed) && own?.time !== undefined ? own.time : timestamp(now);
  // The usual case: a controller writes the same fields again and again.
  if (own !== undefined && hasAll(own.fieldsV1, changed) && !hasAny(own.fieldsV1, removed)) return [{ ...own, time }];
  const fields = difference(union(parseFieldSet(own?.fieldsV1), changed), removed);
  const place = subresource === undefined ? {} : { subresource };
  return encodeEntries([{ manager, operation: 'Update', apiVersion: apiVersionOf(kind), time, ...place, fields }]);
};

/** Managed fields after an ordinary write: what it changed belongs to its manager, what it removed belongs to nobody. */
export const trackUpdate = (update: UpdateToTrack): ManagedFieldsEntry[] => {
  const { kind, before, after, manager, subresource } = update;
  if (before === undefined && after.metadata.managedFields === undefined) return trackCreate(update);
  const differences = compareValues(objectSchema(kind), before ?? {}, after);
  const changed = ownableFields(kind, differences.changed, subresource);
  const { removed } = differences;
  const base = (after.metadata.managedFields ?? before?.metadata.managedFields ?? []).filter(isReadable);
  if (isEmptySet(changed) && isEmptySet(ownableFields(kind, removed, subresource))) return base;

  const identity = { kind, manager, operation: 'Update' as const, subresource };
  const own = base.find((entry) => isSameEntry(entry, identity));
  const gone = union(changed, removed);
  const others = base.filter((entry) => entry !== own).flatMap((entry) => entryWithout(entry, gone));
  return orderEntries([...others, ...ownEntry(update, own, { changed, removed })]);
};
