import {
  type AnyResource,
  apiVersionOf,
  conflict,
  type FieldProblem,
  invalid,
  type Kind,
  type ManagedFieldsEntry,
  type Metadata,
  type Schema,
  timestamp,
} from '../model/index.ts';
import { compareValues, ownedFields } from './compare.ts';
import { type Fields, objectSchema } from './field-schema.ts';
import { difference, type FieldSet, hasAny, intersection, isEmptySet, parseFieldSet, pathsOf, union } from './field-set.ts';
import { encodeEntries, entryWithout, isReadable, isSameEntry, orderEntries, ownableFields } from './managed-entries.ts';
import { mergeValues, pruneValue } from './merge-values.ts';
import { printApplied } from './print-created.ts';

export interface Apply {
  kind: Kind;
  /** Absent: the object does not exist yet. */
  live: AnyResource | undefined;
  applied: AnyResource;
  manager: string;
  /** Takes fields from other managers instead of refusing. */
  force?: boolean;
  subresource?: string;
  /** Epoch ms. */
  now: number;
}

/** Fields of an unset pointer are printed as null by Go programs; applying them says nothing. The very value where it has none. */
const withoutNulls = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const fields = value as Fields;
  let copy: Fields | undefined;
  for (const name of Object.keys(fields)) {
    const field = withoutNulls(fields[name]);
    if (field === fields[name] && field !== null && name !== '__proto__') continue;
    copy ??= { ...fields };
    if (field === null || name === '__proto__') delete copy[name];
    else copy[name] = field;
  }
  return copy ?? fields;
};

/** The part of a sent object that may be merged: no bookkeeping, and status only through its subresource. */
const mergeable = ({ kind, applied, subresource }: Apply): AnyResource => {
  if ((applied.metadata.managedFields ?? []).length > 0)
    throw invalid('metadata.managedFields must be nil: server-side apply writes it; send the object without it', [
      { field: 'metadata.managedFields', type: 'FieldValueForbidden', message: 'Forbidden: must be nil' },
    ]);
  const { status, ...rest } = withoutNulls(applied) as AnyResource;
  const { labels, annotations, finalizers, ownerReferences, name, namespace } = rest.metadata;
  const identity = { name, ...(namespace === undefined ? {} : { namespace }) };
  if (subresource === 'status')
    return { apiVersion: rest.apiVersion, kind: rest.kind, metadata: identity, ...(status === undefined ? {} : { status }) };
  const owned = { labels, annotations, finalizers, ownerReferences };
  const metadata = { ...identity, ...Object.fromEntries(Object.entries(owned).filter(([, value]) => value !== undefined)) } as Metadata;
  const withStatus = status !== undefined && !kind.hasStatus ? { status } : {};
  return { ...rest, ...withStatus, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
};

const managerName = (entry: ManagedFieldsEntry): string => {
  const name = JSON.stringify(entry.manager);
  const place = entry.subresource === undefined ? name : `${name} with subresource ${JSON.stringify(entry.subresource)}`;
  return entry.operation === 'Update' ? `${place} using ${entry.apiVersion}` : place;
};

/** One conflict in a line; several under the manager that owns them. */
const conflictList = (fields: readonly FieldProblem[]): string => {
  if (fields.length === 1) return `${fields[0]?.message}: ${fields[0]?.field}`;
  const ofManagers = Map.groupBy(fields, ({ message }) => message.replace('conflict with', 'conflicts with'));
  return [...ofManagers].map(([manager, own]) => [`${manager}:`, ...own.map(({ field }) => `- ${field}`)].join('\n')).join('\n');
};

const refuseConflicts = (found: readonly { entry: ManagedFieldsEntry; fields: FieldSet }[]): void => {
  const fields = found.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((field): FieldProblem => ({ field, type: 'FieldManagerConflict', message: `conflict with ${managerName(entry)}` })),
  );
  throw conflict(`Apply failed with ${fields.length} conflict${fields.length === 1 ? '' : 's'}: ${conflictList(fields.slice(0, 20))}`, {
    fields: fields.slice(0, 100),
  });
};

/** Fields of an object that nobody tracked so far belong to its past: the first applier may not take them unseen. */
const entriesOf = ({ kind, live }: Apply): ManagedFieldsEntry[] => {
  if (live === undefined) return [];
  const entries = (live.metadata.managedFields ?? []).filter(isReadable);
  if (entries.length > 0) return entries;
  const fields = ownableFields(kind, ownedFields(objectSchema(kind), live));
  return encodeEntries([{ manager: 'before-first-apply', operation: 'Update', apiVersion: apiVersionOf(kind), fields }]);
};

/** The others' entries without what is taken from them; refuses to take anything unless `force`. */
const othersAfter = ({ force }: Apply, others: readonly ManagedFieldsEntry[], changed: FieldSet): readonly ManagedFieldsEntry[] => {
  const touched = others.filter((entry) => hasAny(entry.fieldsV1, changed));
  if (touched.length === 0) return others;
  if (force !== true) {
    const clashes = touched.map((entry) => ({ entry, fields: intersection(parseFieldSet(entry.fieldsV1), changed) }));
    refuseConflicts(clashes);
  }
  return others.flatMap((entry) => entryWithout(entry, changed));
};

/** The object without what its manager applied before, applies no longer, and nobody else owns. */
const withoutGivenUp = (
  schema: Schema,
  merged: unknown,
  { before, after, others }: { before: object; after: object; others: readonly ManagedFieldsEntry[] },
): unknown => {
  const own = parseFieldSet(after);
  const given = difference(parseFieldSet(before), own);
  if (isEmptySet(given)) return merged;
  const kept = others.reduce((all, entry) => union(all, parseFieldSet(entry.fieldsV1)), own);
  return pruneValue(schema, merged, { given, kept });
};

/**
 * Server-side apply: lays `applied` over `live`, removes what this manager applied before and applies no longer (unless somebody else owns it),
 * and answers the merged object with its managed fields. Throws `conflict` where it would change another manager's field, unless `force`.
 * Managed fields are read into sets only where this apply touches them.
 */
export const mergeApplied = (apply: Apply): AnyResource => {
  const { kind, live, manager, subresource } = apply;
  const schema = objectSchema(kind);
  const sent = mergeable(apply);
  const entries = entriesOf(apply);
  const own = entries.find((entry) => isSameEntry(entry, { kind, manager, operation: 'Apply', subresource }));
  const before = live ?? {};
  const merged = mergeValues(schema, before, sent);
  const differences = compareValues(schema, before, merged);
  const others = othersAfter(
    apply,
    entries.filter((entry) => entry !== own),
    differences.changed,
  );

  const fieldsV1 = printApplied(kind, sent, subresource);
  // Both are printed in one order.
  const isSameOwn = own !== undefined && JSON.stringify(own.fieldsV1) === JSON.stringify(fieldsV1);
  const object = (
    own === undefined || isSameOwn ? merged : withoutGivenUp(schema, merged, { before: own.fieldsV1, after: fieldsV1, others })
  ) as AnyResource;
  const { removed } = object === merged ? differences : compareValues(schema, before, object);
  // Applying the same again must not even change a time: it would be a new version for every watcher.
  const time = (isSameOwn && object === live ? own.time : undefined) ?? timestamp(apply.now);
  const place = subresource === undefined ? {} : { subresource };
  const ownAfter: ManagedFieldsEntry = {
    manager,
    operation: 'Apply' as const,
    apiVersion: apiVersionOf(kind),
    time,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...place,
  };
  const managedFields = orderEntries([
    ...others.flatMap((entry) => entryWithout(entry, removed)),
    ...(Object.keys(fieldsV1).length === 0 ? [] : [ownAfter]),
  ]);
  return { ...object, metadata: { ...object.metadata, managedFields } };
};
