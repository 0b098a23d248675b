import { createProblemCollector, type ProblemCollector } from './field-problems.ts';

/** No kind nests half as deep; past it a crafted body could exhaust the stack. */
export const maxDepth = 100;
const maxUnknownFields = 100;

/** What one check has found so far. */
export interface Walk {
  readonly out: ProblemCollector;
  /** Paths of pruned fields. */
  readonly unknown: string[];
}

/** Where the walk stands. Its path becomes a text only when something is said about it: most values are right. */
export interface Place {
  readonly up: Place | undefined;
  /** A field's name, an item's index, or at the root the beginning of all paths. */
  readonly step: string | number;
  readonly depth: number;
}

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

export const createWalk = (): Walk => ({ out: createProblemCollector(), unknown: [] });

export const stepTo = (up: Place, step: string | number): Place => ({ up, step, depth: up.depth + 1 });

export const pathOf = ({ up, step }: Place): string => {
  if (up === undefined) return String(step);
  const before = pathOf(up);
  if (typeof step === 'number') return `${before}[${step}]`;
  return before === '' ? step : `${before}.${step}`;
};

export const reportUnknown = (walk: Walk, place: Place): void => {
  if (walk.unknown.length < maxUnknownFields) walk.unknown.push(pathOf(place));
};

/** Says that a value lies too deep. */
export const reportDepth = (walk: Walk, value: unknown, place: Place): null => {
  walk.out.invalid(pathOf(place), value, `must not be nested deeper than ${maxDepth} levels`);
  return null;
};

/** A value that no schema describes, as it is; `__proto__` is dropped wherever it stands, because a later merge could write through it. */
export const checkFreely = (walk: Walk, value: unknown, place: Place): unknown => {
  if (place.depth > maxDepth) return reportDepth(walk, value, place);
  if (Array.isArray(value)) return checkEach(value, (item, index) => checkFreely(walk, item, stepTo(place, index)));
  if (!isFields(value)) return value;
  return checkFieldsOf(value, (field, name) => {
    if (name !== '__proto__') return checkFreely(walk, field, stepTo(place, name));
    reportUnknown(walk, stepTo(place, name));
    return undefined;
  });
};

/** Items as `check` answers them: the very same list where it changes none. */
export const checkEach = (items: unknown[], check: (item: unknown, index: number) => unknown): unknown[] => {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    const checked = check(item, index);
    if (checked === item && copy === undefined) continue;
    copy ??= items.slice(0, index);
    copy.push(checked);
  }
  return copy ?? items;
};

const firstOf = (fields: Fields, names: readonly string[], count: number): Fields => {
  const copy: Fields = {};
  for (let index = 0; index < count; index += 1) {
    const name = names[index] ?? '';
    // Assigned, it would become the copy's prototype.
    if (name !== '__proto__') copy[name] = fields[name];
  }
  return copy;
};

/** Fields as `check` answers them, without those that are undefined: the very same object where it changes none. */
export const checkFieldsOf = (fields: Fields, check: (field: unknown, name: string) => unknown): Fields => {
  const names = Object.keys(fields);
  let copy: Fields | undefined;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    const field = fields[name];
    const checked = field === undefined ? undefined : check(field, name);
    if (checked === field && checked !== undefined && copy === undefined) continue;
    copy ??= firstOf(fields, names, index);
    if (checked !== undefined) copy[name] = checked;
  }
  return copy ?? fields;
};
