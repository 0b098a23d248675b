import type { Schema } from '../model/index.ts';
import type { Compile } from './compile-schema.ts';
import { createWalk, isFields, type Place, pathOf, type Walk } from './walk.ts';

type CheckJunctions = (walk: Walk, value: unknown, place: Place) => void;

const each = (schemas: unknown): Record<string, unknown> =>
  isFields(schemas) ? Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, asRule(schema)])) : {};

/** A schema that says something about a value whose structure is said elsewhere: it prunes nothing and fills nothing. */
function asRule(schema: unknown): unknown {
  if (!isFields(schema)) return schema;
  const rule: Record<string, unknown> = { ...schema, 'x-kubernetes-preserve-unknown-fields': true, properties: each(schema.properties) };
  if (isFields(schema.items)) rule.items = asRule(schema.items);
  return rule;
}

// The nearest alternative explains best; all of its mistakes would bury the sentence itself.
const maxReasons = 5;

interface Trials {
  passed: number;
  /** Of the alternative with the fewest mistakes. */
  nearest: Walk | undefined;
}

const tryAll = (checks: readonly ReturnType<Compile>[], value: unknown, place: Place): Trials => {
  let passed = 0;
  let nearest: Walk | undefined;
  for (const check of checks) {
    const trial = createWalk();
    check(trial, value, { ...place, depth: place.depth + 1 });
    if (trial.out.problems.length === 0) passed += 1;
    else if (nearest === undefined || trial.out.problems.length < nearest.out.problems.length) nearest = trial;
  }
  return { passed, nearest };
};

/** What is broken when so many of all alternatives pass; undefined when nothing is. */
const verdicts: Readonly<Record<string, (passed: number, all: number) => string | undefined>> = {
  not: (passed) => (passed > 0 ? 'must not validate the schema (not)' : undefined),
  anyOf: (passed) => (passed === 0 ? 'must validate at least one schema (anyOf)' : undefined),
  oneOf: (passed) => {
    if (passed === 1) return undefined;
    return `must validate one and only one schema (oneOf). Found ${passed === 0 ? 'none valid' : `${passed} valid alternatives`}`;
  },
  allOf: (passed, all) => {
    if (passed === all) return undefined;
    return `must validate all the schemas (allOf)${passed === 0 ? '. None validated' : ''}`;
  },
};

/** Of what should not hold, or holds twice, there is no nearest miss. */
const isMissed = (keyword: string, passed: number): boolean => keyword === 'allOf' || (keyword !== 'not' && passed === 0);

/** `allOf`, `anyOf`, `oneOf` and `not` beside the structure of a value; undefined where a schema has none of them. */
export function compileJunctions(schema: Schema, compile: Compile): CheckJunctions | undefined {
  const junctions = Object.entries(verdicts).flatMap(([keyword, verdict]) => {
    const parts = Array.isArray(schema[keyword]) ? (schema[keyword] as unknown[]) : isFields(schema[keyword]) ? [schema[keyword]] : [];
    return parts.length === 0 ? [] : [{ keyword, verdict, checks: parts.map((part) => compile(asRule(part) as Schema)) }];
  });
  if (junctions.length === 0) return undefined;
  return (walk, value, place) => {
    for (const { keyword, verdict, checks } of junctions) {
      const { passed, nearest } = tryAll(checks, value, place);
      const broken = verdict(passed, checks.length);
      if (broken === undefined) continue;
      const reasons = isMissed(keyword, passed) ? (nearest?.out.problems.slice(0, maxReasons) ?? []) : [];
      if (keyword === 'allOf') walk.out.problems.push(...reasons);
      walk.out.breaks(pathOf(place), broken);
      if (keyword !== 'allOf') walk.out.problems.push(...reasons);
    }
  };
}
