import { apiVersionOf, type Kind, type ManagedFieldsEntry } from '../model/index.ts';
import { difference, emptySet, type FieldSet, hasAny, isEmptySet, leaf, node, parseFieldSet, printFieldSet, union } from './field-set.ts';

/** A manager and the fields that it owns. */
export interface ManagedEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  subresource?: string;
  fields: FieldSet;
}

/** Controllers of many versions would otherwise each leave an entry for ever; Kubernetes folds at the same number. */
const maxUpdateEntries = 10;

export const isReadable = ({ manager, operation, fieldsV1 }: ManagedFieldsEntry): boolean =>
  typeof manager === 'string' && (operation === 'Apply' || operation === 'Update') && typeof fieldsV1 === 'object' && fieldsV1 !== null;

const decodeEntries = (entries: readonly ManagedFieldsEntry[] | undefined): ManagedEntry[] =>
  (entries ?? []).filter(isReadable).map(({ manager, operation, apiVersion, time, subresource, fieldsV1 }) => ({
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
    fields: parseFieldSet(fieldsV1),
  }));

const compareText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

const foldOldUpdates = (entries: ManagedEntry[]): ManagedEntry[] => {
  const updates = entries.filter((entry) => entry.operation === 'Update' && entry.subresource === undefined);
  if (updates.length <= maxUpdateEntries) return entries;
  const folded = updates.sort((a, b) => compareText(a.time, b.time)).slice(0, updates.length - maxUpdateEntries + 1);
  const last = folded.at(-1);
  if (last === undefined) return entries;
  const ancient = { ...last, manager: 'ancient-changes', fields: folded.reduce((all, entry) => union(all, entry.fields), emptySet) };
  return [...entries.filter((entry) => !folded.includes(entry)), ancient];
};

type Named = Pick<ManagedEntry, 'operation' | 'manager' | 'time'>;
const compareEntries = (a: Named, b: Named): number =>
  compareText(a.operation, b.operation) || compareText(a.time, b.time) || compareText(a.manager, b.manager);

/** Back to the wire: entries without fields are left out; appliers first, then by time and name. */
export const encodeEntries = (entries: readonly ManagedEntry[]): ManagedFieldsEntry[] =>
  foldOldUpdates(entries.filter((entry) => !isEmptySet(entry.fields)))
    .sort(compareEntries)
    .map(({ fields, time, subresource, ...entry }) => ({
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: printFieldSet(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }));

/** An entry without the fields of a set; read and printed again only where it has one of them. */
export const entryWithout = (entry: ManagedFieldsEntry, gone: FieldSet): ManagedFieldsEntry[] => {
  if (!hasAny(entry.fieldsV1, gone)) return [entry];
  return encodeEntries(decodeEntries([entry]).map((decoded) => ({ ...decoded, fields: difference(decoded.fields, gone) })));
};

/** Printed entries in their order, with the oldest folded where there are too many. */
export const orderEntries = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] =>
  entries.length > maxUpdateEntries ? encodeEntries(decodeEntries(entries)) : entries.toSorted(compareEntries);

const path = (...names: string[]): FieldSet => names.reduceRight<FieldSet>((below, name) => node(false, [[`f:${name}`, below]]), leaf);

/** Identity and bookkeeping belong to the server, whoever sends them. */
export const serverMetadata: ReadonlySet<string> = new Set([
  'name',
  'generateName',
  'namespace',
  'uid',
  'selfLink',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

const serverFields = [path('apiVersion'), path('kind'), ...[...serverMetadata].map((name) => path('metadata', name))].reduce(
  union,
  emptySet,
);

/** The part of a set that a write to this place can own: `/status` writes own status alone, all other writes everything else. */
export const ownableFields = (kind: Kind, set: FieldSet, subresource?: string): FieldSet => {
  const isStatus = (element: string): boolean => element === 'f:status';
  const children =
    subresource === 'status'
      ? [...set.children].filter(([element]) => isStatus(element))
      : [...set.children].filter(([element]) => !(kind.hasStatus && isStatus(element)));
  // The parts of every object are there anyway; owning them would say nothing. An empty `spec: {}` that was sent does say something.
  const withoutRoots = children.map(([element, child]) => {
    const isRoot = element === 'f:metadata' || ((element === 'f:spec' || element === 'f:status') && child.children.size > 0);
    return [element, isRoot ? { ...child, isMember: false } : child] as const;
  });
  return difference(node(false, withoutRoots), serverFields);
};

export const isSameEntry = (
  entry: Pick<ManagedEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>,
  {
    kind,
    manager,
    operation,
    subresource,
  }: { kind: Kind; manager: string; operation: ManagedEntry['operation']; subresource?: string | undefined },
): boolean =>
  entry.manager === manager &&
  entry.operation === operation &&
  (entry.subresource === '' ? undefined : entry.subresource) === subresource &&
  (operation === 'Apply' || entry.apiVersion === apiVersionOf(kind));
