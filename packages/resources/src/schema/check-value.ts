import type { FieldProblem, Schema } from '../model/index.ts';
import { checkScalar } from './check-scalar.ts';
import { createProblemCollector, jsonTypeOf, type ProblemCollector } from './field-problems.ts';

/** No kind nests half as deep; past it a crafted body could exhaust the stack. */
const maxDepth = 100;
const maxUnknownFields = 100;

export interface CheckedValue {
  /** A copy with defaults filled and undeclared fields pruned. Meaningful when there are no problems. */
  value: unknown;
  problems: FieldProblem[];
  /** Paths of the pruned fields, at most 100. */
  unknownFields: string[];
}

interface Walk {
  out: ProblemCollector;
  unknown: string[];
}
interface Place {
  path: string;
  depth: number;
}
type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const child = ({ path, depth }: Place, name: string): Place => ({ path: path === '' ? name : `${path}.${name}`, depth: depth + 1 });
const reportUnknown = (walk: Walk, path: string): void => {
  if (walk.unknown.length < maxUnknownFields) walk.unknown.push(path);
};

/** Copies a value that no schema describes; `__proto__` is dropped, because a later merge could write through it. */
const copyFreely = (walk: Walk, value: unknown, place: Place): unknown => {
  if (place.depth > maxDepth) {
    walk.out.invalid(place.path, value, `must not be nested deeper than ${maxDepth} levels`);
    return null;
  }
  if (Array.isArray(value))
    return value.map((item, index) => copyFreely(walk, item, { path: `${place.path}[${index}]`, depth: place.depth + 1 }));
  if (!isFields(value)) return value;
  const copy: Fields = {};
  for (const [name, field] of Object.entries(value)) {
    if (name === '__proto__') reportUnknown(walk, child(place, name).path);
    else copy[name] = copyFreely(walk, field, child(place, name));
  }
  return copy;
};

const patterns = new WeakMap<object, [RegExp, Schema][]>();
const patternsOf = (schema: Schema): [RegExp, Schema][] => {
  const declared = schema.patternProperties;
  if (!isFields(declared)) return [];
  const compiled =
    patterns.get(declared) ??
    Object.entries(declared).map(([source, rule]): [RegExp, Schema] => [new RegExp(source, 'su'), rule as Schema]);
  patterns.set(declared, compiled);
  return compiled;
};

/** The schema of one field; 'free' where anything goes; undefined where the field must not be. */
const schemaOfField = (schema: Schema, name: string): Schema | 'free' | undefined => {
  const properties = schema.properties;
  if (isFields(properties) && Object.hasOwn(properties, name)) return properties[name] as Schema;
  for (const [pattern, rule] of patternsOf(schema)) if (pattern.test(name)) return rule;
  const additional = schema.additionalProperties;
  if (isFields(additional)) return additional;
  const isFree = additional === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  return isFree ? 'free' : undefined;
};

const checkField = (walk: Walk, { schema, name, value, at }: { schema: Schema; name: string; value: unknown; at: Place }): unknown => {
  const rule = name === '__proto__' ? undefined : schemaOfField(schema, name);
  if (rule === undefined) {
    reportUnknown(walk, at.path);
    return undefined;
  }
  if (rule === 'free') return copyFreely(walk, value, at);
  // Go programs print unset fields as null; to them and to us that is the same as an absent field.
  if (value === null && !acceptsNull(rule)) return undefined;
  return walkValue(walk, { schema: rule, value, place: at });
};

const fillDefaults = (walk: Walk, { schema, copy, place }: { schema: Schema; copy: Fields; place: Place }): void => {
  if (!isFields(schema.properties)) return;
  for (const [name, rule] of Object.entries(schema.properties as Record<string, Schema>))
    if (rule.default !== undefined && !Object.hasOwn(copy, name))
      copy[name] = walkValue(walk, { schema: rule, value: structuredClone(rule.default), place: child(place, name) });
};

const checkFields = (walk: Walk, { schema, value, place }: { schema: Schema; value: Fields; place: Place }): Fields => {
  const copy: Fields = {};
  for (const [name, field] of Object.entries(value)) {
    if (walk.out.isFull) break;
    const checked = checkField(walk, { schema, name, value: field, at: child(place, name) });
    if (checked !== undefined) copy[name] = checked;
  }
  fillDefaults(walk, { schema, copy, place });
  const { required, minProperties, maxProperties } = schema as { required?: string[]; minProperties?: number; maxProperties?: number };
  for (const name of required ?? []) if (!Object.hasOwn(copy, name)) walk.out.required(child(place, name).path);
  const count = Object.keys(copy).length;
  if (minProperties !== undefined && count < minProperties)
    walk.out.invalid(place.path, value, `should have at least ${minProperties} properties`);
  if (maxProperties !== undefined && count > maxProperties) walk.out.tooMany(place.path, count, maxProperties);
  return copy;
};

const acceptsNull = (schema: Schema): boolean =>
  schema.nullable === true ||
  schema.type === 'null' ||
  (Array.isArray(schema.enum) && schema.enum.includes(null)) ||
  (Array.isArray(schema.anyOf) && schema.anyOf.some(acceptsNull));

const checkItems = (walk: Walk, { schema, value, place }: { schema: Schema; value: unknown[]; place: Place }): unknown[] => {
  const { minItems, maxItems, uniqueItems } = schema as { minItems?: number; maxItems?: number; uniqueItems?: boolean };
  if (minItems !== undefined && value.length < minItems) walk.out.invalid(place.path, value, `should have at least ${minItems} items`);
  if (maxItems !== undefined && value.length > maxItems) {
    walk.out.tooMany(place.path, value.length, maxItems);
    return value;
  }
  const rule = schema.items;
  const copy: unknown[] = [];
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    if (walk.out.isFull) break;
    const at = { path: `${place.path}[${index}]`, depth: place.depth + 1 };
    copy.push(isFields(rule) ? walkValue(walk, { schema: rule, value: item, place: at }) : copyFreely(walk, item, at));
    checkUnique(walk, { schema, item: copy.at(-1), at, seen, uniqueItems: uniqueItems === true });
  }
  return copy;
};

/** Sets and maps of Kubernetes lists may hold each item, or each key, once: ownership of fields is told by it. */
const checkUnique = (
  walk: Walk,
  { schema, item, at, seen, uniqueItems }: { schema: Schema; item: unknown; at: Place; seen: Set<string>; uniqueItems: boolean },
): void => {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  let identity: unknown;
  if (listType === 'map' && Array.isArray(keys) && isFields(item)) {
    const itemKeys = keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]);
    if (itemKeys.length === 0) return;
    identity = itemKeys;
  } else if (listType === 'set' || uniqueItems) identity = item;
  else return;
  const text = JSON.stringify(identity);
  if (seen.has(text)) walk.out.duplicate(at.path, listType === 'map' ? text : item);
  seen.add(text);
};

const checkAlternatives = (walk: Walk, { schema, value, place }: { schema: Schema; value: unknown; place: Place }): unknown => {
  const alternatives = schema.anyOf as Schema[];
  let nearest: Walk | undefined;
  for (const alternative of alternatives) {
    const trial: Walk = { out: createProblemCollector(), unknown: [] };
    const copy = walkValue(trial, { schema: alternative, value, place: { ...place, depth: place.depth + 1 } });
    if (trial.out.problems.length === 0) {
      for (const path of trial.unknown) reportUnknown(walk, path);
      return copy;
    }
    if (nearest === undefined || trial.out.problems.length < nearest.out.problems.length) nearest = trial;
  }
  const fixed = alternatives.map((alternative) => alternative.const);
  if (fixed.every((word) => word !== undefined)) walk.out.notSupported(place.path, value, fixed);
  else {
    walk.out.invalid(place.path, value, 'must validate at least one schema (anyOf)');
    walk.out.problems.push(...(nearest?.out.problems.slice(0, 5) ?? []));
  }
  return value;
};

const matchesType = (type: string, value: unknown): boolean => {
  const actual = jsonTypeOf(value);
  return actual === type || (type === 'number' && actual === 'integer');
};

const checkIntOrString = (walk: Walk, { schema, value, place }: { schema: Schema; value: unknown; place: Place }): unknown => {
  if (typeof value !== 'string' && !Number.isInteger(value)) walk.out.wrongType(place.path, value, 'integer or string');
  else checkScalar(schema, value, { path: place.path, out: walk.out });
  return value;
};

const walkValue = (walk: Walk, at: { schema: Schema; value: unknown; place: Place }): unknown => {
  const { schema, value, place } = at;
  if (place.depth > maxDepth) {
    walk.out.invalid(place.path, value, `must not be nested deeper than ${maxDepth} levels`);
    return null;
  }
  if (value === null && schema.nullable === true) return null;
  if (schema['x-kubernetes-int-or-string'] === true) return checkIntOrString(walk, at);
  const type = schema.type;
  if (typeof type === 'string' && !matchesType(type, value)) {
    walk.out.wrongType(place.path, value, type);
    return value;
  }
  if (Array.isArray(schema.anyOf)) return checkAlternatives(walk, at);
  if (Array.isArray(value)) return checkItems(walk, { schema, value, place });
  if (isFields(value)) {
    if (type === 'object' || schema.properties !== undefined) return checkFields(walk, { schema, value, place });
    if (schema.enum === undefined && !('const' in schema)) return copyFreely(walk, value, place);
  }
  checkScalar(schema, value, { path: place.path, out: walk.out });
  return value;
};

/** Checks any JSON value, for example a request body, against a structural schema. `path` begins the paths of its problems. */
export const checkValue = (schema: Schema, value: unknown, path = ''): CheckedValue => {
  const walk: Walk = { out: createProblemCollector(), unknown: [] };
  const copy = walkValue(walk, { schema, value, place: { path, depth: 0 } });
  return { value: copy, problems: walk.out.problems, unknownFields: walk.unknown };
};
