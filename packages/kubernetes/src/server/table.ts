import { type AnyResource, type Kind, kindId, type PrinterColumn } from '@fairway/resources/model';
import { builtinTables } from './builtin-tables.ts';
import type { TableColumns } from './handler-options.ts';
import { humanDuration } from './human-duration.ts';
import { compileJsonPath } from './json-path.ts';

interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}

const nameColumn = { name: 'Name', type: 'string', description: 'Unique among the objects of its kind and namespace.' };
const ageColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'How long ago the object was created.',
} as const;

/** How long ago a time was, in kubectl's words. */
const ageOf = (value: unknown, nowMs: number): string => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? '<unknown>' : humanDuration(nowMs - at);
};

const cellOf = (column: PrinterColumn, found: readonly unknown[], nowMs: number): unknown => {
  if (found.length === 0) return column.type === 'string' ? '' : null;
  if (column.type === 'date') return ageOf(found[0], nowMs);
  if (column.type !== 'string') return found[0];
  return found.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))).join(',');
};

/** As kube-apiserver prints columns of users' own kinds: the first thing found, if it is of the column's type. */
const exactCellOf = ({ type }: PrinterColumn, [found]: readonly unknown[], nowMs: number): unknown => {
  if (found === undefined) return null;
  if (type === 'string') return typeof found === 'object' ? JSON.stringify(found) : String(found);
  if (type === 'date') return typeof found === 'string' ? ageOf(found, nowMs) : null;
  if (type === 'boolean') return typeof found === 'boolean' ? found : null;
  if (typeof found !== 'number') return null;
  return type === 'integer' ? Math.trunc(found) : found;
};

/** Of a path that a user wrote and nobody can read, nothing is found. */
const readerOf = (path: string): ReturnType<typeof compileJsonPath> => {
  try {
    return compileJsonPath(path);
  } catch {
    return () => [];
  }
};

/** Name, the kind's own JSON paths, and Age, which a kind may place itself. */
function columnsOf(kind: Kind): TableColumns {
  const isExact = kind.hasExactColumns === true;
  const own: PrinterColumn[] = kind.columns.filter(({ name }) => isExact || name !== 'Name');
  if (!isExact && !own.some(({ name }) => name === 'Age')) own.push(ageColumn);
  const paths = own.map((column) => (isExact ? readerOf(column.jsonPath) : compileJsonPath(column.jsonPath)));
  const print = isExact ? exactCellOf : cellOf;
  return {
    columns: [nameColumn, ...own],
    cells: (object, nowMs) => [object.metadata.name, ...own.map((column, index) => print(column, paths[index]?.(object) ?? [], nowMs))],
  };
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export const isIncludeObject = (word: string): word is IncludeObject => word === 'None' || word === 'Metadata' || word === 'Object';

/** What a PartialObjectMetadata shows of an object. */
export const metadataOnly = (object: AnyResource) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

/** Makes `Table` objects of one kind. Compiled once a request: a watch prints thousands of rows. */
export function createTablePrinter(kind: Kind, include: IncludeObject, tables: Readonly<Record<string, TableColumns>> = builtinTables) {
  const id = kindId(kind);
  const printed = (Object.hasOwn(tables, id) ? tables[id] : undefined) ?? columnsOf(kind);
  const columnDefinitions = printed.columns.map(({ name, type, format = '', description = '', priority = 0 }, index) => ({
    name,
    type,
    format: index === 0 && name === 'Name' ? 'name' : format,
    description,
    priority,
  }));
  const row = (object: AnyResource, nowMs: number) => ({
    cells: printed.cells(object, nowMs),
    ...(include === 'None' ? {} : { object: include === 'Object' ? object : metadataOnly(object) }),
  });
  return (objects: readonly AnyResource[], metadata: ListMeta, nowMs: number) => ({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions,
    rows: objects.map((object) => row(object, nowMs)),
  });
}
