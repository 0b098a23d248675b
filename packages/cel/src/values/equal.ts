import { Type } from '../types/type.ts';
import { CelList, CelMap, Opaque } from './collection.ts';
import { compareNumbers, Double, type Int, isInt, Uint } from './number.ts';
import { compareText } from './text.ts';
import { compareTimestamps, Duration, Timestamp } from './time.ts';
import { Bytes, CelError, noSuchOverload, Optional, type Value } from './value.ts';

/** Whether two values are equal. Values of different types are not, but for numbers; some Kubernetes types refuse to be compared. */
export function equal(one: Value, other: Value): boolean | CelError {
  if (one === null || other === null) return one === other;
  if (typeof one !== 'object') return one === other || (isInt(one) && equalNumber(one, other));
  if (one instanceof Double || one instanceof Uint) return equalNumber(one, other);
  if (one instanceof CelList || one instanceof CelMap || one instanceof Opaque) return one.equals(other);
  return equalScalar(one, other);
}

/** For where an error counts as not equal. */
export const isEqual = (one: Value, other: Value): boolean => equal(one, other) === true;

function equalNumber(one: Int | Double | Uint, other: Value): boolean {
  if (!isNumber(other) || isNotNumber(one) || isNotNumber(other)) return false;
  return compareNumbers(one, other) === 0;
}

const isNumber = (value: Value): value is Int | Double | Uint => isInt(value) || value instanceof Double || value instanceof Uint;
const isNotNumber = (value: Int | Double | Uint): boolean => value instanceof Double && Number.isNaN(value.value);

function equalScalar(one: Value, other: Value): boolean | CelError {
  if (one instanceof Bytes) return other instanceof Bytes && Buffer.compare(one.bytes, other.bytes) === 0;
  if (one instanceof Timestamp) return other instanceof Timestamp && compareTimestamps(one, other) === 0;
  if (one instanceof Duration) return other instanceof Duration && one.nanos === other.nanos;
  if (one instanceof Type) return other instanceof Type && one.name === other.name;
  return one instanceof Optional && other instanceof Optional && equalOptional(one, other);
}

function equalOptional({ value: one }: Optional, { value: other }: Optional): boolean | CelError {
  if (one === undefined || other === undefined) return one === other;
  return equal(one, other);
}

const nanHasNoOrder = new CelError('NaN values cannot be ordered');

/** The order of two values of one type, or of two numbers: -1, 0 or 1. */
export function compare(one: Value, other: Value): number | CelError {
  if (typeof one === 'string') return typeof other === 'string' ? compareText(one, other) : noSuchOverload;
  if (isNumber(one)) {
    if (!isNumber(other)) return isNotNumber(one) ? nanHasNoOrder : noSuchOverload;
    return isNotNumber(one) || isNotNumber(other) ? nanHasNoOrder : compareNumbers(one, other);
  }
  if (typeof one === 'boolean') return typeof other === 'boolean' ? Number(one) - Number(other) : noSuchOverload;
  return compareObjects(one, other);
}

function compareObjects(one: Value, other: Value): number | CelError {
  if (one instanceof Bytes && other instanceof Bytes) return Buffer.compare(one.bytes, other.bytes);
  if (one instanceof Timestamp && other instanceof Timestamp) return compareTimestamps(one, other);
  if (one instanceof Duration && other instanceof Duration) return one.nanos < other.nanos ? -1 : one.nanos > other.nanos ? 1 : 0;
  return noSuchOverload;
}

/** Whether values of its type have an order. */
export function isOrdered(value: Value): boolean {
  if (value === null) return false;
  return typeof value !== 'object' || isNumber(value) || value instanceof Bytes || value instanceof Timestamp || value instanceof Duration;
}
