import type { WrittenSchema } from '../definition.ts';
import { type Cel, cel } from './load-cel.ts';
import type { WrittenRule } from './written-rule.ts';

export type Program = ReturnType<Cel['compile']>;
export type Environment = NonNullable<ReturnType<Cel['createRuleEnvironment']>>;

/** A rule that can be run. */
export interface CompiledRule {
  written: WrittenRule;
  program: Program;
  /** What its message is made by. */
  message: Program | undefined;
  /** It speaks of a change, and holds for no other write. */
  isTransition: boolean;
}

/** Where expressions of a rule stand; undefined for a schema that expressions know no type of. */
export const environmentOf = (schema: WrittenSchema, rule: WrittenRule, isResource: boolean): Environment | undefined =>
  cel().createRuleEnvironment({ schema, isResource, hasOptionalOld: rule.optionalOldSelf === true });

/** Throws what the compiler throws. A rule that has been let in was compiled before. */
export function compileRule(schema: WrittenSchema, rule: WrittenRule, isResource: boolean): CompiledRule {
  const environment = environmentOf(schema, rule, isResource);
  if (environment === undefined) throw new Error('a rule stands where expressions know no type');
  const { compile } = cel();
  const program = compile(rule.rule ?? '', environment);
  const message = rule.messageExpression === undefined ? undefined : compile(rule.messageExpression, environment);
  return { written: rule, program, message, isTransition: program.uses('oldSelf') || message?.uses('oldSelf') === true };
}
