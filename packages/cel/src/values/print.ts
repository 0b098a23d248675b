import { Type } from '../types/type.ts';
import { Double, Uint } from './number.ts';
import { Duration, printDuration, printTimestamp, Timestamp } from './time.ts';
import { Bytes, Optional, typeOf, type Value } from './value.ts';

/** A value in a message. Null is the number of its enumeration there, as in cel-go. */
export function print(value: Value): string {
  if (value === null) return '0';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Double) return printDouble(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Bytes) return `[${value.bytes.join(' ')}]`;
  if (value instanceof Timestamp) return printTimestamp(value);
  if (value instanceof Duration) return printDuration(value);
  if (value instanceof Optional) return value.value === undefined ? 'optional.none()' : `optional(${print(value.value)})`;
  return value instanceof Type ? String(value) : typeOf(value).name;
}

/** The shortest digits that mean the number; with an exponent below 1e-4 and from 1e6 on, as Go's %g. */
export function printDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
