import type { Schema } from '../model/index.ts';
import { compileFields } from './compile-fields.ts';
import { compileItems } from './compile-items.ts';
import { compileJunctions } from './compile-junctions.ts';
import { compileScalar } from './compile-scalar.ts';
import { jsonTypeOf } from './field-problems.ts';
import { checkFreely, createWalk, isFields, maxDepth, type Place, pathOf, reportDepth, type Walk } from './walk.ts';

/** Checks one value: answers it with defaults filled and undeclared fields pruned, itself where neither was needed, and tells the walk what is wrong. */
export type Check = (walk: Walk, value: unknown, place: Place) => unknown;
export type Compile = (schema: Schema) => Check;

const matchesType = (type: string, value: unknown): boolean => {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'object':
      return isFields(value);
    case 'array':
      return Array.isArray(value);
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isInteger(value);
    default:
      return jsonTypeOf(value) === type;
  }
};

const compileIntOrString = (schema: Schema): Check => {
  const checkScalar = compileScalar(schema);
  return (walk, value, place) => {
    if (typeof value !== 'string' && !Number.isInteger(value)) walk.out.wrongType(pathOf(place), value, 'integer,string');
    else checkScalar(walk, value, place);
    return value;
  };
};

const compileAlternatives = (alternatives: readonly Schema[]): Check => {
  const checks = alternatives.map(compileSchema);
  const fixed = alternatives.map((alternative) => alternative.const);
  return (walk, value, place) => {
    let nearest: Walk | undefined;
    for (const check of checks) {
      const trial = createWalk();
      const copy = check(trial, value, { ...place, depth: place.depth + 1 });
      if (trial.out.problems.length === 0) {
        walk.unknown.push(...trial.unknown.slice(0, Math.max(0, 100 - walk.unknown.length)));
        return copy;
      }
      if (nearest === undefined || trial.out.problems.length < nearest.out.problems.length) nearest = trial;
    }
    if (fixed.every((word) => word !== undefined)) walk.out.notSupported(pathOf(place), value, fixed);
    else {
      walk.out.invalid(pathOf(place), value, 'must validate at least one schema (anyOf)');
      walk.out.problems.push(...(nearest?.out.problems.slice(0, 5) ?? []));
    }
    return value;
  };
};

/** What is checked after the type: an object, a list or a single value. */
const compileContent = (schema: Schema): Check => {
  const items = compileItems(schema, compileSchema);
  const fields = schema.type === 'object' || schema.properties !== undefined ? compileFields(schema, compileSchema) : undefined;
  const isFixed = schema.enum !== undefined || 'const' in schema;
  const checkScalar = compileScalar(schema);
  return (walk, value, place) => {
    if (Array.isArray(value)) return items(walk, value, place);
    if (isFields(value)) {
      if (fields !== undefined) return fields(walk, value, place);
      if (!isFixed) return checkFreely(walk, value, place);
    }
    checkScalar(walk, value, place);
    return value;
  };
};

/** True where alternatives are the whole schema; beside a structure they say more about its values alone. */
const isUnion = (schema: Schema): boolean =>
  Array.isArray(schema.anyOf) && schema.type === undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true;

const build = (schema: Schema): Check => {
  const isNullable = schema.nullable === true;
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const type = typeof schema.type === 'string' && !isIntOrString ? schema.type : undefined;
  const isAlternatives = !isIntOrString && isUnion(schema);
  const content = isIntOrString
    ? compileIntOrString(schema)
    : isAlternatives
      ? compileAlternatives(schema.anyOf as Schema[])
      : compileContent(schema);
  const checkJunctions = isAlternatives ? undefined : compileJunctions(schema, compileSchema);
  return (walk, value, place) => {
    if (place.depth > maxDepth) return reportDepth(walk, value, place);
    if (value === null && isNullable) return null;
    if (type !== undefined && !matchesType(type, value)) {
      walk.out.wrongType(pathOf(place), value, type);
      return value;
    }
    const checked = content(walk, value, place);
    // With its defaults, as it will be stored.
    checkJunctions?.(walk, checked, place);
    return checked;
  };
};

const compiled = new WeakMap<Schema, Check>();

/** A schema as a function, made at its first use: reading the keywords again for every value was a fifth of a write. */
export function compileSchema(schema: Schema): Check {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = build(schema);
  compiled.set(schema, made);
  return made;
}
