import type { Schema } from '../model/index.ts';
import type { ProblemCollector } from './field-problems.ts';

const patterns = new WeakMap<Schema, RegExp>();
const patternOf = (schema: Schema): RegExp | undefined => {
  const source = schema.pattern;
  if (typeof source !== 'string') return undefined;
  const compiled = patterns.get(schema) ?? new RegExp(source, 'u');
  patterns.set(schema, compiled);
  return compiled;
};

const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const checkString = (schema: Schema, value: string, { path, out }: { path: string; out: ProblemCollector }): void => {
  const { minLength, maxLength, format } = schema as { minLength?: number; maxLength?: number; format?: string };
  // Characters, not UTF-16 units: an emoji counts once, as JSON Schema says. Counted only where a limit could be broken.
  const length = minLength === undefined && maxLength === undefined ? 0 : value.length > 65_536 ? value.length : [...value].length;
  if (minLength !== undefined && length < minLength) out.invalid(path, value, `should be at least ${minLength} chars long`);
  if (maxLength !== undefined && length > maxLength) {
    out.tooLong(path, maxLength);
    // A pattern is not tried on a text that is too long anyway: its cost may grow faster than the text.
    return;
  }
  const pattern = patternOf(schema);
  if (pattern !== undefined && !pattern.test(value)) out.invalid(path, value, `should match '${String(schema.pattern)}'`);
  if (format === 'date-time' && (!dateTime.test(value) || Number.isNaN(Date.parse(value.replace(':60', ':59')))))
    out.invalid(path, value, `must be of type date-time: ${JSON.stringify(value.slice(0, 100))}`);
};

const checkNumber = (schema: Schema, value: number, { path, out }: { path: string; out: ProblemCollector }): void => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<string, number | boolean | undefined>;
  // OpenAPI 3.0 writes exclusive bounds as a boolean beside the bound, JSON Schema as a number of its own.
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : exclusiveMinimum === true ? minimum : undefined;
  const below = typeof exclusiveMaximum === 'number' ? exclusiveMaximum : exclusiveMaximum === true ? maximum : undefined;
  const rules: [boolean, string][] = [
    [typeof above === 'number' && value <= above, `should be greater than ${above}`],
    [typeof below === 'number' && value >= below, `should be less than ${below}`],
    [typeof minimum === 'number' && exclusiveMinimum !== true && value < minimum, `should be greater than or equal to ${minimum}`],
    [typeof maximum === 'number' && exclusiveMaximum !== true && value > maximum, `should be less than or equal to ${maximum}`],
    [schema.format === 'int32' && (value > 2_147_483_647 || value < -2_147_483_648), 'must be of type int32'],
  ];
  for (const [isBroken, rule] of rules) if (isBroken) out.invalid(path, value, rule);
};

/** Rules of strings, numbers and fixed values; the type itself has been checked before. */
export const checkScalar = (schema: Schema, value: unknown, { path, out }: { path: string; out: ProblemCollector }): void => {
  const allowed = schema.enum;
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    out.notSupported(path, value, allowed);
    return;
  }
  if ('const' in schema && schema.const !== value) {
    out.notSupported(path, value, [schema.const]);
    return;
  }
  if (typeof value === 'string') checkString(schema, value, { path, out });
  if (typeof value === 'number') checkNumber(schema, value, { path, out });
};
