/** What one evaluation may cost: roughly a tenth of a second on the API server that the units were made for. */
export const perCallLimit = 1_000_000;
/** What all rules of one object, or all validations of one policy binding, may cost together. */
export const perObjectBudget = 10_000_000;
/** What all match conditions of one object may cost together. */
export const matchConditionsBudget = 2_500_000;
/** What one rule may be estimated to cost. */
export const estimatedRuleLimit = 10_000_000n;
/** What all rules of a CustomResourceDefinition may be estimated to cost together. */
export const estimatedDefinitionLimit = 100_000_000n;
/** The longest message that an expression may make, in bytes. */
export const longestMessageBytes = 5 * 1024;

/** Why a rule is refused that could cost too much. `what` names it: `estimated rule cost`. */
export function describeExcess(what: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit);
  const times = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
