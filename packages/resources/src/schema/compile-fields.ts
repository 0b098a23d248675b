import type { Schema } from '../model/index.ts';
import type { Check, Compile } from './compile-schema.ts';
import { checkFieldsOf, checkFreely, type Fields, isFields, type Place, pathOf, reportUnknown, stepTo, type Walk } from './walk.ts';

interface FieldRule {
  check: Check;
  acceptsNull: boolean;
}

const acceptsNull = (schema: Schema): boolean =>
  schema.nullable === true ||
  schema.type === 'null' ||
  (Array.isArray(schema.enum) && schema.enum.includes(null)) ||
  (Array.isArray(schema.anyOf) && schema.anyOf.some(acceptsNull));

/** The rule of one field; 'free' where anything goes; undefined where the field must not be. */
const compileLookup = (schema: Schema, compile: Compile): ((name: string) => FieldRule | 'free' | undefined) => {
  const ruleOf = (rule: Schema): FieldRule => ({ check: compile(rule), acceptsNull: acceptsNull(rule) });
  const entries = (keyword: unknown): [string, Schema][] => (isFields(keyword) ? (Object.entries(keyword) as [string, Schema][]) : []);
  const declared = new Map(entries(schema.properties).map(([name, rule]) => [name, ruleOf(rule)]));
  const patterns = entries(schema.patternProperties).map(([source, rule]) => ({ pattern: new RegExp(source, 'su'), rule: ruleOf(rule) }));
  const additional = schema.additionalProperties;
  const isFree = additional === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const others = isFields(additional) ? ruleOf(additional) : isFree ? ('free' as const) : undefined;
  return (name) => declared.get(name) ?? patterns.find(({ pattern }) => pattern.test(name))?.rule ?? others;
};

// A default is small JSON: structuredClone would leave for C++ and come back for each of them.
const copyOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copyOf);
  return isFields(value) ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyOf(field)])) : value;
};

/** Answers the object itself where nothing is missing. */
const compileDefaults = (schema: Schema, compile: Compile): ((walk: Walk, fields: Fields, place: Place) => Fields) => {
  const defaults = Object.entries(isFields(schema.properties) ? (schema.properties as Record<string, Schema>) : {})
    .filter(([, rule]) => rule.default !== undefined)
    .map(([name, rule]) => ({ name, value: rule.default, check: compile(rule) }));
  return (walk, fields, place) => {
    let filled = fields;
    for (const { name, value, check } of defaults) {
      if (Object.hasOwn(fields, name)) continue;
      if (filled === fields) filled = { ...fields };
      // Copied, so that no two objects share a default.
      filled[name] = check(walk, copyOf(value), stepTo(place, name));
    }
    return filled;
  };
};

/** The check of an object against `properties` and their like. */
export const compileFields = (schema: Schema, compile: Compile): ((walk: Walk, value: Fields, place: Place) => Fields) => {
  const lookup = compileLookup(schema, compile);
  const fillDefaults = compileDefaults(schema, compile);
  const { required = [], minProperties, maxProperties } = schema as { required?: string[]; minProperties?: number; maxProperties?: number };

  const checkField = (walk: Walk, value: unknown, place: Place): unknown => {
    const name = String(place.step);
    const rule = name === '__proto__' ? undefined : lookup(name);
    if (rule === undefined) {
      reportUnknown(walk, place);
      return undefined;
    }
    if (rule === 'free') return checkFreely(walk, value, place);
    // Go programs print unset fields as null; to them and to us that is the same as an absent field.
    return value === null && !rule.acceptsNull ? undefined : rule.check(walk, value, place);
  };
  const checkCount = (walk: Walk, copy: Fields, place: Place): void => {
    const count = Object.keys(copy).length;
    if (minProperties !== undefined && count < minProperties)
      walk.out.invalid(pathOf(place), count, `should have at least ${minProperties} properties`);
    if (maxProperties !== undefined && count > maxProperties) walk.out.tooMany(pathOf(place), count, maxProperties);
  };
  return (walk, value, place) => {
    const checked = checkFieldsOf(value, (field, name) => (walk.out.isFull ? field : checkField(walk, field, stepTo(place, name))));
    const copy = fillDefaults(walk, checked, place);
    for (const name of required) if (!Object.hasOwn(copy, name)) walk.out.required(pathOf(stepTo(place, name)));
    if (minProperties !== undefined || maxProperties !== undefined) checkCount(walk, copy, place);
    return copy;
  };
};
