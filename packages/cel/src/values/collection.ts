import { runtimeTypes, type Type } from '../types/type.ts';
import { spendEffort } from './effort.ts';
import { Double, isInt, Uint } from './number.ts';
import { print } from './print.ts';
import { CelError, CelObject, type Result, typeOf, type Value } from './value.ts';

/** A list. How two of them are compared and joined depends on what they hold and where they come from. */
export abstract class CelList extends CelObject {
  abstract readonly size: number;

  get type(): Type {
    return runtimeTypes.list;
  }

  /** The element of an index within the size; an element that its schema does not allow is an error. */
  abstract get(index: number): Result;
  abstract equals(other: Value): boolean | CelError;
  abstract contains(value: Value): boolean | CelError;
  abstract plus(other: CelList): Value;

  *elements(): Generator<Result> {
    const { size } = this;
    for (let index = 0; index < size; index += 1) {
      spendEffort(1);
      yield this.get(index);
    }
  }
}

export abstract class CelMap extends CelObject {
  abstract readonly size: number;

  get type(): Type {
    return runtimeTypes.map;
  }

  /** Undefined without that key. */
  abstract find(key: Value): Result | undefined;
  abstract keys(): Iterable<Value>;
  abstract equals(other: Value): boolean | CelError;

  /** Why there is nothing under a key. */
  missing(key: Value): CelError {
    return new CelError(`no such key: ${print(key)}`);
  }
}

/** A value of a type that only functions know: an address, a quantity, an authorizer. */
export abstract class Opaque extends CelObject {
  abstract equals(other: Value): boolean | CelError;
  /** As it is written, for tests and messages. */
  abstract override toString(): string;
}

/** The index that a value means in a list; -1 is never in one. */
export function indexOrError(value: Value): number | CelError {
  if (typeof value === 'number') return value;
  if (isInt(value)) return -1;
  if (value instanceof Double) return Number.isSafeInteger(value.value) ? value.value : unsupportedIndex(value);
  if (value instanceof Uint) return value.value < 2n ** 63n ? Number(value.value) : unsupportedIndex(value);
  return new CelError(`unsupported index type '${typeOf(value).name}' in list`);
}

const unsupportedIndex = (value: Value): CelError => new CelError(`unsupported index value ${print(value)} in list`);
