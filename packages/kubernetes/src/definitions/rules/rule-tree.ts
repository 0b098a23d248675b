import type { WrittenSchema } from '../definition.ts';
import { isSchema, schemasOf } from '../schema-visit.ts';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import { hasRules, rulesOf } from './written-rule.ts';

/** The rules of a schema, and of its parts that have any. */
export interface RuleTree {
  schema: WrittenSchema;
  rules: readonly CompiledRule[];
  properties: ReadonlyMap<string, RuleTree>;
  items: RuleTree | undefined;
  /** Of the values of a map. */
  values: RuleTree | undefined;
}

/** Undefined for a schema without rules. The language must be loaded. */
export function ruleTree(schema: WrittenSchema, isResource = true): RuleTree | undefined {
  if (!hasRules(schema)) return undefined;
  const below = (part: unknown): RuleTree | undefined =>
    isSchema(part) ? ruleTree(part, part['x-kubernetes-embedded-resource'] === true) : undefined;
  const properties = schemasOf(schema.properties).flatMap(([name, part]) => {
    const tree = below(part);
    return tree === undefined ? [] : [[name, tree] as const];
  });
  return {
    schema,
    rules: rulesOf(schema).map((rule) => compileRule(schema, rule, isResource)),
    properties: new Map(properties),
    items: below(schema.items),
    values: below(schema.additionalProperties),
  };
}
