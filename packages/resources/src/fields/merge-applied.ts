import { isDeepStrictEqual } from 'node:util';
import {
  type AnyResource,
  apiVersionOf,
  conflict,
  type FieldProblem,
  invalid,
  type Kind,
  type ManagedFieldsEntry,
  type Metadata,
  timestamp,
} from '../model/index.ts';
import { compareValues, ownedFields } from './compare.ts';
import { isFields, objectSchema } from './field-schema.ts';
import { difference, emptySet, type FieldSet, intersection, isEmptySet, pathsOf, printFieldSet, union } from './field-set.ts';
import { decodeEntries, encodeEntries, isSameEntry, type ManagedEntry, ownableFields } from './managed-entries.ts';
import { mergeValues, pruneValue } from './merge-values.ts';

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

/** Fields of an unset pointer are printed as null by Go programs; applying them says nothing. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => field !== null && name !== '__proto__')
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
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

const managerName = (entry: ManagedEntry): string => {
  const name = JSON.stringify(entry.manager);
  const place = entry.subresource === undefined ? name : `${name} with subresource ${JSON.stringify(entry.subresource)}`;
  return entry.operation === 'Update' ? `${place} using ${entry.apiVersion}` : place;
};

const refuseConflicts = (kind: Kind, name: string, found: readonly { entry: ManagedEntry; fields: FieldSet }[]): void => {
  const fields = found.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((field): FieldProblem => ({ field, type: 'FieldManagerConflict', message: `conflict with ${managerName(entry)}` })),
  );
  if (fields.length === 0) return;
  const list = fields.slice(0, 20).map(({ field, message }) => `${message}: ${field}`);
  throw conflict(`Apply failed with ${fields.length} conflict${fields.length === 1 ? '' : 's'}: ${list.join('\n')}`, {
    kind: kind.kind,
    group: kind.group,
    name,
    fields: fields.slice(0, 100),
  });
};

/** Fields of an object that nobody tracked so far belong to its past: the first applier may not take them unseen. */
const entriesOf = ({ kind, live }: Apply): ManagedEntry[] => {
  if (live === undefined) return [];
  const entries = decodeEntries(live.metadata.managedFields);
  if (entries.length > 0) return entries;
  const fields = ownableFields(kind, ownedFields(objectSchema(kind), live));
  return [{ manager: 'before-first-apply', operation: 'Update', apiVersion: apiVersionOf(kind), fields }];
};

/**
 * Server-side apply: lays `applied` over `live`, removes what this manager applied before and applies no longer (unless somebody else owns it),
 * and answers the merged object with its managed fields. Throws `conflict` where it would change another manager's field, unless `force`.
 */
export const mergeApplied = (apply: Apply): AnyResource => {
  const { kind, live, manager, subresource } = apply;
  const schema = objectSchema(kind);
  const sent = mergeable(apply);
  const identity = { kind, manager, operation: 'Apply' as const, subresource };
  const entries = entriesOf(apply);
  const own = entries.find((entry) => isSameEntry(entry, identity));
  const fields = ownableFields(kind, ownedFields(schema, sent), subresource);

  const merged = mergeValues(schema, live ?? {}, sent);
  const { changed } = compareValues(schema, live ?? {}, merged);
  const clashes = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ entry, fields: intersection(entry.fields, changed) }))
    .filter((clash) => !isEmptySet(clash.fields));
  if (apply.force !== true) refuseConflicts(kind, sent.metadata.name, clashes);
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fields: difference(entry.fields, clashes.find((clash) => clash.entry === entry)?.fields ?? emptySet) }));

  const kept = others.reduce((all, entry) => union(all, entry.fields), fields);
  const given = difference(own?.fields ?? emptySet, fields);
  const object = pruneValue(schema, merged, { given, kept }) as AnyResource;
  const { removed } = compareValues(schema, live ?? {}, object);
  const time = unchangedTime({ own, fields, live, object }) ?? timestamp(apply.now);
  const managedFields: ManagedFieldsEntry[] = encodeEntries([
    ...others.map((entry) => ({ ...entry, fields: difference(entry.fields, removed) })),
    { manager, operation: 'Apply', apiVersion: apiVersionOf(kind), time, ...(subresource === undefined ? {} : { subresource }), fields },
  ]);
  return { ...object, metadata: { ...object.metadata, managedFields } };
};

/** Applying the same again must not even change a time: it would be a new version for every watcher. */
const unchangedTime = ({
  own,
  fields,
  live,
  object,
}: {
  own: ManagedEntry | undefined;
  fields: FieldSet;
  live: AnyResource | undefined;
  object: AnyResource;
}): string | undefined => {
  if (own === undefined || !isDeepStrictEqual(printFieldSet(own.fields), printFieldSet(fields))) return undefined;
  return isDeepStrictEqual(live, object) ? own.time : undefined;
};
