import type { Type } from '../types/type.ts';
import type { Result, Value } from '../values/value.ts';

/** What a function does with values of the types that it declares. */
export type Implementation = (...args: Value[]) => Result;

/** One way to call a function. */
export interface Overload {
  id: string;
  /** Called as `a.f(b)`; its first parameter is then a. */
  isMember: boolean;
  params: readonly Type[];
  result: Type;
  /** Absent where the function does the same for all its overloads, or the evaluator does it itself. */
  run?: Implementation;
}

export interface FunctionDecl {
  name: string;
  overloads: readonly Overload[];
  /** For all overloads at once, after `accepts` has looked at the first argument. */
  run?: Implementation;
  accepts?: (first: Value) => boolean;
  /** Whether arguments are handed over without a look at their types. */
  isUnguarded?: true;
}

/** Functions by name. Libraries add overloads to functions that others began. */
export type FunctionTable = ReadonlyMap<string, FunctionDecl>;

/** A way to call a function as `name(a, b)`. */
export function overload(id: string, [params, result]: readonly [readonly Type[], Type], run?: Implementation): Overload {
  return { id, isMember: false, params, result, ...(run === undefined ? {} : { run }) };
}

/** A way to call a function as `a.name(b)`. */
export function method(id: string, signature: readonly [readonly Type[], Type], run?: Implementation): Overload {
  return { ...overload(id, signature, run), isMember: true };
}

/** All functions of some libraries; overloads keep the order of the libraries. */
export function joinLibraries(...libraries: readonly (readonly FunctionDecl[])[]): Map<string, FunctionDecl> {
  const table = new Map<string, FunctionDecl>();
  for (const declared of libraries.flat()) {
    const before = table.get(declared.name);
    table.set(
      declared.name,
      before === undefined ? declared : { ...before, ...declared, overloads: [...before.overloads, ...declared.overloads] },
    );
  }
  return table;
}
