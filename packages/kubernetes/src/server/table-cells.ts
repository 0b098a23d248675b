import type { AnyResource } from '@fairway/resources/model';
import type { TableColumns } from './handler-options.ts';
import { humanDuration } from './human-duration.ts';

export type Cell = (object: AnyResource, nowMs: number) => unknown;
export type Column = readonly [name: string, cell: Cell, options?: { type?: string; priority?: number }];

/** Shown with `-o wide` alone. */
export const wide = { priority: 1 } as const;
export const count = { type: 'integer' } as const;

/** A table of these columns. */
export const table = (columns: readonly Column[]): TableColumns => ({
  columns: columns.map(([name, , options]) => ({ name, type: options?.type ?? 'string', priority: options?.priority ?? 0 })),
  cells: (object, nowMs) => columns.map(([, cell]) => cell(object, nowMs)),
});

/** How long ago, as kubectl says it. */
export const since = (value: unknown, nowMs: number, absent = '<unknown>'): string => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? absent : humanDuration(nowMs - at);
};

// Fields of objects that clients wrote: everything may be absent.
export const spec = <Spec>(object: AnyResource): Partial<Spec> => (object.spec ?? {}) as Partial<Spec>;
export const status = <Status>(object: AnyResource): Partial<Status> => (object.status ?? {}) as Partial<Status>;
/** Listed, or `<none>`. */
export const joined = (items: readonly unknown[] | undefined): string =>
  items === undefined || items.length === 0 ? '<none>' : items.join(',');
export const pairs = (labels: Readonly<Record<string, string>> | undefined): string =>
  joined(Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`));

export const name: Column = ['Name', ({ metadata }) => metadata.name];
export const age: Column = ['Age', ({ metadata }, nowMs) => since(metadata.creationTimestamp, nowMs)];
