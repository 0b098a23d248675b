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

/** Copies a value that no schema describes; `__proto__` is dropped, because a later merge could write through it. */
export const copyFreely = (walk: Walk, value: unknown, place: Place): unknown => {
  if (typeof value !== 'object' || value === null) return place.depth > maxDepth ? reportDepth(walk, value, place) : value;
  if (place.depth > maxDepth) return reportDepth(walk, value, place);
  if (Array.isArray(value)) return value.map((item, index) => copyFreely(walk, item, stepTo(place, index)));
  const copy: Fields = {};
  for (const name of Object.keys(value)) {
    const field = (value as Fields)[name];
    if (name === '__proto__') reportUnknown(walk, stepTo(place, name));
    else if (field !== undefined) copy[name] = copyFreely(walk, field, stepTo(place, name));
  }
  return copy;
};
