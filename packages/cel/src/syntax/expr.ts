import type { Literal } from '../values/value.ts';

/** Each node has a number of its own, from 1, and the index in the source at which its errors are told. */
interface Node {
  id: number;
  at: number;
}

export interface LiteralExpr extends Node {
  kind: 'literal';
  value: Literal;
}
export interface IdentExpr extends Node {
  kind: 'ident';
  name: string;
}
/** `operand.field`, or with `isTest` the test of `has()` whether it is there. */
export interface SelectExpr extends Node {
  kind: 'select';
  operand: Expr;
  field: string;
  isTest: boolean;
}
/** Operators are calls too, of functions with names such as `_+_`. */
export interface CallExpr extends Node {
  kind: 'call';
  name: string;
  target?: Expr;
  args: readonly Expr[];
}
export interface ListExpr extends Node {
  kind: 'list';
  elements: readonly Expr[];
  /** Indices of elements that are left out when their optional is empty. */
  optionals: ReadonlySet<number>;
}
export interface MapEntry extends Node {
  key: Expr;
  value: Expr;
  isOptional: boolean;
}
export interface MapExpr extends Node {
  kind: 'map';
  entries: readonly MapEntry[];
}
export interface FieldInit extends Node {
  field: string;
  value: Expr;
  isOptional: boolean;
}
export interface StructExpr extends Node {
  kind: 'struct';
  typeName: string;
  fields: readonly FieldInit[];
}
/**
 * What the macros become: for each element of the range, while the condition holds, the accumulator is what the step makes of it.
 * With a second variable the first is the index or key.
 */
export interface ComprehensionExpr extends Node {
  kind: 'comprehension';
  range: Expr;
  variable: string;
  secondVariable?: string;
  accumulator: string;
  initial: Expr;
  condition: Expr;
  step: Expr;
  result: Expr;
}

export type Expr = LiteralExpr | IdentExpr | SelectExpr | CallExpr | ListExpr | MapExpr | StructExpr | ComprehensionExpr;

/** The name of the accumulator of the macros; no expression can write it. */
export const hiddenAccumulator = '@result';
/** The name that accumulators had once. A variable of a macro may not have it. */
export const oldAccumulator = '__result__';

/** Makes nodes and numbers them. */
export class ExprFactory {
  #last = 0;

  id(): number {
    this.#last += 1;
    return this.#last;
  }

  literal(at: number, value: Literal): LiteralExpr {
    return { id: this.id(), at, kind: 'literal', value };
  }

  ident(at: number, name: string): IdentExpr {
    return { id: this.id(), at, kind: 'ident', name };
  }

  select(at: number, operand: Expr, field: string): SelectExpr {
    return { id: this.id(), at, kind: 'select', operand, field, isTest: false };
  }

  call(at: number, name: string, ...args: Expr[]): CallExpr {
    return { id: this.id(), at, kind: 'call', name, args };
  }

  method(at: number, name: string, { target, args }: { target: Expr; args: readonly Expr[] }): CallExpr {
    return { id: this.id(), at, kind: 'call', name, target, args };
  }

  list(at: number, ...elements: Expr[]): ListExpr {
    return { id: this.id(), at, kind: 'list', elements, optionals: new Set() };
  }

  map(at: number, ...entries: MapEntry[]): MapExpr {
    return { id: this.id(), at, kind: 'map', entries };
  }

  comprehension(at: number, parts: Omit<ComprehensionExpr, 'id' | 'at' | 'kind'>): ComprehensionExpr {
    return { id: this.id(), at, kind: 'comprehension', ...parts };
  }

  /** The same again with numbers of its own. */
  copy(expr: Expr): Expr {
    const again = { ...expr, id: this.id() };
    switch (again.kind) {
      case 'select':
        return { ...again, operand: this.copy(again.operand) };
      case 'call': {
        const args = again.args.map((arg) => this.copy(arg));
        return again.target === undefined ? { ...again, args } : { ...again, args, target: this.copy(again.target) };
      }
      case 'list':
        return { ...again, elements: again.elements.map((element) => this.copy(element)) };
      case 'map':
        return {
          ...again,
          entries: again.entries.map((entry) => ({ ...entry, id: this.id(), key: this.copy(entry.key), value: this.copy(entry.value) })),
        };
      case 'struct':
        return { ...again, fields: again.fields.map((field) => ({ ...field, id: this.id(), value: this.copy(field.value) })) };
      case 'comprehension':
        return this.#copyComprehension(again);
      case 'literal':
      case 'ident':
        return again;
    }
  }

  #copyComprehension(expr: ComprehensionExpr): ComprehensionExpr {
    const { range, initial, condition, step, result } = expr;
    return {
      ...expr,
      range: this.copy(range),
      initial: this.copy(initial),
      condition: this.copy(condition),
      step: this.copy(step),
      result: this.copy(result),
    };
  }
}

/** Every node below and with this one, the outer before the inner. */
export function* eachExpr(expr: Expr): Generator<Expr> {
  yield expr;
  for (const part of partsOf(expr)) yield* eachExpr(part);
}

/** The expressions right below a node, in their order. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list':
      return expr.elements;
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'comprehension':
      return [expr.range, expr.initial, expr.condition, expr.step, expr.result];
  }
}

/** The dotted name that an expression may be: `a.b.c`. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.isTest) return undefined;
  const operand = qualifiedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}
