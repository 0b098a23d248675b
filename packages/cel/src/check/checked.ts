import type { Expr } from '../syntax/expr.ts';
import { type Type, types } from '../types/type.ts';

/** What a node turned out to mean. */
export type Reference =
  | { kind: 'variable'; name: string }
  /** A type as a value. */
  | { kind: 'type'; name: string; type: Type }
  /** `isGlobal` says that what looked like the target of a method was the beginning of the function's name. */
  | { kind: 'call'; name: string; overloads: readonly string[]; isGlobal: boolean };

/** An expression whose types agree. */
export class CheckedExpression {
  readonly expr: Expr;
  readonly #types: readonly (Type | undefined)[];
  readonly #references: ReadonlyMap<number, Reference>;

  constructor(expr: Expr, types: readonly (Type | undefined)[], references: ReadonlyMap<number, Reference>) {
    this.expr = expr;
    this.#types = types;
    this.#references = references;
  }

  typeOf(expr: Expr): Type {
    return this.#types[expr.id] ?? types.dyn;
  }

  referenceOf(expr: Expr): Reference | undefined {
    return this.#references.get(expr.id);
  }

  /** Names of all variables that are used; those of macros among them. */
  variables(): Set<string> {
    const names = [...this.#references.values()].flatMap((reference) => (reference.kind === 'variable' ? [reference.name] : []));
    return new Set(names);
  }
}
