import type { Schema } from '../model/index.ts';
import { formatOf } from './formats.ts';
import { type Place, pathOf, type Walk } from './walk.ts';

type CheckScalar = (walk: Walk, value: unknown, place: Place) => void;

/** Characters, not UTF-16 units: an emoji counts once, as JSON Schema says. */
const charactersOf = (value: string): number =>
  value.length > 65_536 || !/[\ud800-\udfff]/.test(value) ? value.length : [...value].length;

const compileString = (schema: Schema): ((walk: Walk, value: string, place: Place) => void) => {
  const {
    minLength = 0,
    maxLength = Number.POSITIVE_INFINITY,
    format,
  } = schema as { minLength?: number; maxLength?: number; format?: string };
  const isLimited = 'minLength' in schema || 'maxLength' in schema;
  const hasFormat = formatOf(format);
  const pattern = typeof schema.pattern === 'string' ? new RegExp(schema.pattern, 'u') : undefined;
  return (walk, value, place) => {
    const length = isLimited ? charactersOf(value) : 0;
    if (length < minLength) walk.out.invalid(pathOf(place), value, `should be at least ${minLength} chars long`);
    if (length > maxLength) {
      walk.out.tooLong(pathOf(place), maxLength);
      // A pattern is not tried on a text that is too long anyway: its cost may grow faster than the text.
      return;
    }
    if (pattern !== undefined && !pattern.test(value)) walk.out.invalid(pathOf(place), value, `should match '${String(schema.pattern)}'`);
    if (hasFormat !== undefined && !hasFormat(value)) walk.out.wrongFormat(pathOf(place), value, String(format));
  };
};

interface NumberRule {
  isBroken: (value: number) => boolean;
  says: string;
}

const numberRules = (schema: Schema): NumberRule[] => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as Record<string, number | boolean | undefined>;
  // OpenAPI 3.0 writes exclusive bounds as a boolean beside the bound, JSON Schema as a number of its own.
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : exclusiveMinimum === true ? minimum : undefined;
  const below = typeof exclusiveMaximum === 'number' ? exclusiveMaximum : exclusiveMaximum === true ? maximum : undefined;
  const rules: NumberRule[] = [];
  if (typeof above === 'number') rules.push({ isBroken: (value) => value <= above, says: `should be greater than ${above}` });
  if (typeof below === 'number') rules.push({ isBroken: (value) => value >= below, says: `should be less than ${below}` });
  if (typeof minimum === 'number' && exclusiveMinimum !== true)
    rules.push({ isBroken: (value) => value < minimum, says: `should be greater than or equal to ${minimum}` });
  if (typeof maximum === 'number' && exclusiveMaximum !== true)
    rules.push({ isBroken: (value) => value > maximum, says: `should be less than or equal to ${maximum}` });
  if (typeof multipleOf === 'number' && multipleOf > 0)
    rules.push({ isBroken: (value) => !Number.isInteger(value / multipleOf), says: `should be a multiple of ${multipleOf}` });
  if (schema.format === 'int32')
    rules.push({ isBroken: (value) => value > 2_147_483_647 || value < -2_147_483_648, says: 'must be of type int32' });
  return rules;
};

/** Rules of strings, numbers and fixed values; the type itself has been checked before. */
export const compileScalar = (schema: Schema): CheckScalar => {
  const allowed = Array.isArray(schema.enum) ? (schema.enum as unknown[]) : undefined;
  const isConstant = 'const' in schema;
  const checkString = compileString(schema);
  const rules = numberRules(schema);
  return (walk, value, place) => {
    if (allowed !== undefined && !allowed.includes(value)) walk.out.notSupported(pathOf(place), value, allowed);
    else if (isConstant && schema.const !== value) walk.out.notSupported(pathOf(place), value, [schema.const]);
    else if (typeof value === 'string') checkString(walk, value, place);
    else if (typeof value === 'number')
      for (const { isBroken, says } of rules) if (isBroken(value)) walk.out.invalid(pathOf(place), value, says);
  };
};
