import { type AnyResource, type Kind, kindId, type PrinterColumn } from '@fairway/resources/model';
import type { TableColumns } from './handler-options.ts';
import { humanDuration } from './human-duration.ts';
import { compileJsonPath } from './json-path.ts';

interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}

const nameColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
};
const ageColumn = { name: 'Age', type: 'string', format: '', description: 'How long ago the object was created.', priority: 0 };

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

/** Columns from the kind's own JSON paths. */
function columnsOf(kind: Kind): TableColumns {
  const own = kind.columns.filter(({ name }) => name !== 'Name' && name !== 'Age');
  const paths = own.map((column) => compileJsonPath(column.jsonPath));
  return {
    columns: own.map(({ name, type, description = '', priority = 0 }) => ({
      // Dates are sent as durations, as text.
      name,
      type: type === 'date' ? 'string' : type,
      description,
      priority,
    })),
    cells: (object, nowMs) => own.map((column, index) => cellOf(column, paths[index]?.(object) ?? [], nowMs)),
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
export function createTablePrinter(kind: Kind, include: IncludeObject, tables: Readonly<Record<string, TableColumns>> = {}) {
  const printed = tables[kindId(kind)] ?? columnsOf(kind);
  const columnDefinitions = [
    nameColumn,
    ...printed.columns.map(({ name, type, description = '', priority = 0 }) => ({ name, type, format: '', description, priority })),
    ageColumn,
  ];
  const row = (object: AnyResource, nowMs: number) => ({
    cells: [object.metadata.name, ...printed.cells(object, nowMs), ageOf(object.metadata.creationTimestamp, nowMs)],
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
