import type { FunctionDecl } from '../library/function.ts';
import type { Type } from '../types/type.ts';

/** What names mean where an expression stands. */
export interface Declarations {
  /** A name may have dots: `authorizer.requestResource`. */
  variable(name: string): Type | undefined;
  function(name: string): FunctionDecl | undefined;
  /** The type that a name is of, such as `int`. */
  typeNamed(name: string): Type | undefined;
  /** The fields of an object type; undefined when the type is not known here. */
  fieldsOf(typeName: string): Fields | undefined;
}

export interface Fields {
  fieldType(name: string): Type | undefined;
}

/** Variables of macros, the innermost first, and then what is declared. */
export class Scope {
  readonly #names: ReadonlyMap<string, Type>;
  readonly #outer: Scope | undefined;

  constructor(names: Iterable<readonly [string, Type]>, outer?: Scope) {
    this.#names = new Map(names);
    this.#outer = outer;
  }

  find(name: string): Type | undefined {
    return this.#names.get(name) ?? this.#outer?.find(name);
  }
}
