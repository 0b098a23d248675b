import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem, Schema } from '../model/index.ts';
import { subjectOf } from './field-problems.ts';
import { type Fields, isFields } from './walk.ts';

/** The same place in an object before and after a change. */
interface Pair {
  schema: Schema;
  before: unknown;
  after: unknown;
}

/** The field that a path goes on with: the longest name that fits, as names may hold dots. */
const nameAt = (fields: Fields, path: string): string | undefined =>
  Object.keys(fields)
    .filter((name) => path.startsWith(name) && /^($|[.[])/.test(path.slice(name.length)))
    .reduce<string | undefined>((longest, name) => (longest === undefined || name.length > longest.length ? name : longest), undefined);

const schemaOfField = (schema: Schema, name: string): Schema => {
  const { properties, additionalProperties } = schema as { properties?: Record<string, Schema>; additionalProperties?: unknown };
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name] ?? {};
  return isFields(additionalProperties) ? additionalProperties : {};
};

const keysOf = (keys: readonly string[], item: unknown): unknown[] => keys.map((key) => (isFields(item) ? item[key] : undefined));

/** The item that an item was before: told by its keys, and by nothing in lists without. */
const itemBefore = ({ schema, before }: Pair, item: unknown): unknown => {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys) || !Array.isArray(before)) return undefined;
  return before.find((old) => isDeepStrictEqual(keysOf(keys as string[], old), keysOf(keys as string[], item)));
};

const isUnchanged = (pair: Pair, path: string): boolean => {
  const { schema, before, after } = pair;
  if (isDeepStrictEqual(before, after)) return true;
  if (path === '' || before === undefined || before === null) return false;
  if (Array.isArray(after)) {
    const [whole = '', index = ''] = /^\[(\d+)\]/.exec(path) ?? [];
    const item = whole === '' ? undefined : after[Number(index)];
    const rest = path.slice(whole.length).replace(/^\./, '');
    return item !== undefined && isUnchanged({ schema: (schema.items ?? {}) as Schema, before: itemBefore(pair, item), after: item }, rest);
  }
  if (!isFields(after) || !isFields(before)) return false;
  const name = nameAt(after, path);
  if (name === undefined) return false;
  return isUnchanged(
    { schema: schemaOfField(schema, name), before: before[name], after: after[name] },
    path.slice(name.length).replace(/^\./, ''),
  );
};

/** The value that breaks the rule: what is absent, or there twice, is the mistake of what holds it. */
const placeOf = (problem: FieldProblem): string => {
  const { type } = problem;
  const field = subjectOf(problem);
  if (type === 'FieldValueRequired') return field.replace(/\.?[^.[\]]+$/, '');
  return type === 'FieldValueDuplicate' ? field.replace(/\[\d+\]$/, '') : field;
};

/**
 * The problems that a change is to blame for. A value that was there before, broken as it is, stays tolerated when a schema has become stricter, as
 * Kubernetes does it from 1.33 on: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
export const tolerateUnchanged = (change: Pair, problems: readonly FieldProblem[]): FieldProblem[] =>
  problems.filter((problem) => !isUnchanged(change, placeOf(problem)));
