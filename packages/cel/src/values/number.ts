import { type Type, types } from '../types/type.ts';
import { CelError, CelObject } from './value.ts';

/** 64 bits with a sign: a number while it is exact, else a bigint. Equal ints are equal by `===`. */
export type Int = number | bigint;

export class Double extends CelObject {
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }

  get type(): Type {
    return types.double;
  }
}

export class Uint extends CelObject {
  readonly value: bigint;

  constructor(value: bigint) {
    super();
    this.value = value;
  }

  get type(): Type {
    return types.uint;
  }
}

const minInt = -(2n ** 63n);
const maxInt = 2n ** 63n - 1n;
const maxUint = 2n ** 64n - 1n;

export const intOverflow = new CelError('integer overflow');
const uintOverflow = new CelError('unsigned integer overflow');
const divisionByZero = new CelError('division by zero');
const modulusByZero = new CelError('modulus by zero');

export const isInt = (value: unknown): value is Int => typeof value === 'number' || typeof value === 'bigint';

/** The int of that size, as a number if that is exact; past 64 bits an error. */
export function toInt(value: bigint): Int | CelError {
  if (value < minInt || value > maxInt) return intOverflow;
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

export function toUint(value: bigint): Uint | CelError {
  return value < 0n || value > maxUint ? uintOverflow : new Uint(value);
}

// Numbers are tried first; a result that is not exact is worked out again with bigints. Adding 0 makes -0 to 0.

export function addInts(one: Int, other: Int): Int | CelError {
  if (typeof one === 'number' && typeof other === 'number') {
    const sum = one + other;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toInt(BigInt(one) + BigInt(other));
}

export function subtractInts(one: Int, other: Int): Int | CelError {
  if (typeof one === 'number' && typeof other === 'number') {
    const difference = one - other;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toInt(BigInt(one) - BigInt(other));
}

export function multiplyInts(one: Int, other: Int): Int | CelError {
  if (typeof one === 'number' && typeof other === 'number') {
    const product = one * other;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return toInt(BigInt(one) * BigInt(other));
}

export function divideInts(one: Int, other: Int): Int | CelError {
  if (other === 0) return divisionByZero;
  if (typeof one === 'number' && typeof other === 'number') return Math.trunc(one / other) + 0;
  return toInt(BigInt(one) / BigInt(other));
}

export function moduloInts(one: Int, other: Int): Int | CelError {
  if (other === 0) return modulusByZero;
  if (typeof one === 'number' && typeof other === 'number') return (one % other) + 0;
  // What is left of the least int by -1 would be 0, but the division overflows.
  if (one === minInt && other === -1) return intOverflow;
  return toInt(BigInt(one) % BigInt(other));
}

export function divideUints(one: Uint, other: Uint): Uint | CelError {
  return other.value === 0n ? divisionByZero : new Uint(one.value / other.value);
}

export function moduloUints(one: Uint, other: Uint): Uint | CelError {
  return other.value === 0n ? modulusByZero : new Uint(one.value % other.value);
}

/** Without its fraction. At the very ends of the range, which a double cannot name exactly, it overflows. */
export function doubleToInt(value: number): Int | CelError {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return intOverflow;
  return toInt(BigInt(Math.trunc(value)));
}

export function doubleToUint(value: number): Uint | CelError {
  return value >= 0 && value < 2 ** 64 ? new Uint(BigInt(Math.trunc(value))) : uintOverflow;
}

/** The order of numbers of whatever types: -1, 0 or 1. NaN has none, which the callers see to. */
export function compareNumbers(one: Int | Double | Uint, other: Int | Double | Uint): number {
  if (typeof one === 'number' && typeof other === 'number') return Math.sign(one - other);
  if (one instanceof Double || other instanceof Double) return compareDoubles(plain(one), plain(other));
  const [left, right] = [plain(one), plain(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const plain = (value: Int | Double | Uint): Int => (isInt(value) ? value : value.value);

/** As cel-go has it: an int beside a double is taken as a double, so far neighbours of 2^53 may be equal. */
function compareDoubles(one: Int, other: Int): number {
  const [left, right] = [Number(one), Number(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
