/**
 * The Common Expression Language as Kubernetes 1.36 has it in validation rules of CustomResourceDefinitions and in admission policies.
 * An environment says which variables there are; `compile` reads and checks an expression in it and gives a program that can be run, and
 * whose cost can be estimated. Knows nothing of requests and objects: what a result means is for the caller. Imports nothing of ours.
 * Start with compile.ts; docs/decisions/0013-cel.md says why this is our own.
 */
export { CompileProblem, compile, type Outcome, type Program } from './compile.ts';
export { composeVariables } from './composed-variables.ts';
export type { Range } from './cost/range.ts';
export {
  type AdmissionScope,
  authorizerBindings,
  createAdmissionEnvironment,
  createRuleEnvironment,
  type Environment,
  type RuleEnvironment,
  type RuleScope,
} from './environment.ts';
export type { AuthorizationAnswer, AuthorizationQuestion, Authorize } from './library/authorizer.ts';
export {
  describeExcess,
  estimatedDefinitionLimit,
  estimatedRuleLimit,
  longestMessageBytes,
  matchConditionsBudget,
  perCallLimit,
  perObjectBudget,
} from './limits.ts';
export type { StructuralSchema } from './schema/structural-schema.ts';
export { type Type, types } from './types/type.ts';
export type { Value } from './values/value.ts';
