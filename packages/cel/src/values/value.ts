import { runtimeTypes, Type, types } from '../types/type.ts';
import type { Double, Int, Uint } from './number.ts';

/** A value that JavaScript has no own type for. */
export abstract class CelObject {
  abstract readonly type: Type;

  /** The value without what a schema says of it. */
  bare(): Value {
    return this;
  }

  /** Why its type may not be asked for. */
  get typeProblem(): CelError | undefined {
    return undefined;
  }
}

/**
 * A value of the language. An int is a number as long as that is exact, else a bigint; so whole numbers from JSON are values as they
 * are. Doubles and uints are boxed, because the language tells 1, 1.0 and 1u apart.
 */
export type Value = null | boolean | string | Int | CelObject | Type;

export type Literal = null | boolean | string | Int | Double | Uint | Bytes;

/** Why there is no value. `||`, `&&` and macros may still find one, so it travels as a result, not as an exception. */
export class CelError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export type Result = Value | CelError;

export class Bytes extends CelObject {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }

  get type(): Type {
    return types.bytes;
  }
}

export class Optional extends CelObject {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    super();
    this.value = value;
  }

  get type(): Type {
    return runtimeTypes.optional;
  }
}

export const none = new Optional(undefined);

/** The type that a value has while the expression runs. */
export function typeOf(value: Value): Type {
  switch (typeof value) {
    case 'string':
      return types.string;
    case 'number':
    case 'bigint':
      return types.int;
    case 'boolean':
      return types.bool;
    default:
      if (value === null) return types.null;
      return value instanceof Type ? types.type : value.type;
  }
}

export const noSuchOverload = new CelError('no such overload');

/** The call of a function that is not there for values of these types. An argument that is an error is told instead. */
export function noSuchCall(name: string, args: readonly Result[]): CelError {
  const failed = args.find((arg) => arg instanceof CelError);
  if (failed !== undefined) return failed;
  const names = args.map((arg) => (arg instanceof CelError ? '' : typeOf(arg).name));
  return new CelError(`no such overload: ${name}(${names.join(', ')})`);
}
