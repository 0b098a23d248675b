import type { Expr } from '../syntax/expr.ts';
import type { Type } from '../types/type.ts';
import type { Range } from './range.ts';

/** What is known of an argument before anything runs. */
export interface Operand {
  type: Type;
  /** Where it stands in a variable: `['self', 'items', '@items']`; empty for what does not stand in one. */
  path: readonly string[];
  expr?: Expr;
  size?: Range;
}

/** A call whose cost is to be told. Of a method the target is there too. */
export interface EstimatedCall {
  name: string;
  overloadId: string;
  target?: Operand;
  args: readonly Operand[];
  /** How large what stands at a path can be by what its schema says. */
  sizeAt(operand: Operand): Range | undefined;
}

/** The whole number that an operand is, where it is written out. */
export function literalOf(operand: Operand | undefined): bigint | undefined {
  const value = operand?.expr?.kind === 'literal' ? operand.expr.value : undefined;
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined;
}

/** What a call may cost beside its arguments, and how large its result may be. */
export interface CallEstimate {
  cost: Range;
  size?: Range;
}
