import type { WrittenSchema } from '../definition.ts';
import { isSchema, schemasOf } from '../schema-visit.ts';

/** One item of `x-kubernetes-validations`. */
export interface WrittenRule {
  rule?: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

export const keyword = 'x-kubernetes-validations';

export const rulesOf = (schema: WrittenSchema): WrittenRule[] => (Array.isArray(schema[keyword]) ? schema[keyword] : []);

/** Whether a schema has a rule anywhere. */
export function hasRules(schema: WrittenSchema): boolean {
  if (rulesOf(schema).length > 0) return true;
  const parts = [...schemasOf(schema.properties).map(([, part]) => part), schema.items, schema.additionalProperties];
  return parts.some((part) => isSchema(part) && hasRules(part));
}
