import { type Type, types } from '../types/type.ts';
import { Double, doubleToInt, doubleToUint, type Int, toInt, toUint, Uint } from '../values/number.ts';
import { printDouble } from '../values/print.ts';
import {
  Duration,
  isInRange,
  parseDuration,
  parseTimestamp,
  printDuration,
  printTimestamp,
  Timestamp,
  timestampOverflow,
} from '../values/time.ts';
import { Bytes, CelError, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, type Implementation, type Overload, overload } from './function.ts';

const { bool, bytes, double, duration, int, string, timestamp, uint } = types;

const conversionError = (from: Type, to: Type): CelError => new CelError(`type conversion error from '${from.name}' to '${to.name}'`);

const same: Implementation = (value = null) => value;

/** A conversion of text: what cannot be read is an error. */
const fromText =
  (to: Type, read: (text: string) => Result | undefined): Implementation =>
  (text = '') =>
    read(text as string) ?? conversionError(string, to);

/** Longer ones are past 64 bits; how long a text is does not count into the cost, so it is not read to its end. */
const mostIntDigits = 20;

function readInt(text: string): Int | undefined {
  const [, sign = '', digits] = /^([+-]?)0*(\d*)$/.exec(text) ?? [];
  if (digits === undefined || digits.length > mostIntDigits || !/\d$/.test(text)) return undefined;
  const value = toInt(BigInt(`${sign === '-' ? '-' : ''}${digits || '0'}`));
  return value instanceof CelError ? undefined : value;
}

function readUint(text: string): Uint | undefined {
  const [, digits] = /^0*(\d*)$/.exec(text) ?? [];
  if (digits === undefined || digits.length > mostIntDigits || text === '') return undefined;
  const value = toUint(BigInt(digits || '0'));
  return value instanceof CelError ? undefined : value;
}

function readDouble(text: string): Double | undefined {
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(text) ?? [];
  if (word !== undefined) {
    if (/^nan$/i.test(word)) return sign === '' ? new Double(Number.NaN) : undefined;
    return new Double(sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? new Double(value) : undefined;
}

const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
};
const readBool = (text: string): boolean | undefined => (Object.hasOwn(truths, text) ? truths[text] : undefined);

/** A timestamp, or why there is none. */
export function readTimestamp(text: string): Timestamp | CelError | undefined {
  const value = parseTimestamp(text);
  return value === undefined || isInRange(value.seconds) ? value : timestampOverflow;
}

function timestampOf(seconds: Int): Result {
  return typeof seconds === 'number' && isInRange(seconds) ? new Timestamp(seconds, 0) : timestampOverflow;
}

function textOf({ bytes: content }: Bytes): Result {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** One conversion for each type that can be converted. */
function conversion(name: string, to: Type, ...from: readonly (readonly [id: string, type: Type, run: Implementation])[]): FunctionDecl {
  const overloads: Overload[] = from.map(([id, type, run]) => overload(id, [[type], to], run));
  return { name, overloads };
}

// The values are of the types that the overloads declare: calls are guarded.
export const conversions: readonly FunctionDecl[] = [
  conversion('bool', bool, ['bool_to_bool', bool, same], ['string_to_bool', string, fromText(bool, readBool)]),
  conversion(
    'bytes',
    bytes,
    ['bytes_to_bytes', bytes, same],
    ['string_to_bytes', string, (text) => new Bytes(Buffer.from(text as string))],
  ),
  conversion(
    'double',
    double,
    ['double_to_double', double, same],
    ['int64_to_double', int, (value) => new Double(Number(value))],
    ['string_to_double', string, fromText(double, readDouble)],
    ['uint64_to_double', uint, (value) => new Double(Number((value as Uint).value))],
  ),
  conversion(
    'duration',
    duration,
    ['duration_to_duration', duration, same],
    // Declared, and refused when it runs.
    ['int64_to_duration', int, () => conversionError(int, duration)],
    ['string_to_duration', string, fromText(duration, parseDuration)],
  ),
  conversion(
    'int',
    int,
    ['int64_to_int64', int, same],
    ['double_to_int64', double, (value) => doubleToInt((value as Double).value)],
    ['duration_to_int64', duration, (value) => (value as Duration).nanos],
    ['string_to_int64', string, fromText(int, readInt)],
    ['timestamp_to_int64', timestamp, (value) => (value as Timestamp).seconds],
    ['uint64_to_int64', uint, (value) => toInt((value as Uint).value)],
  ),
  conversion(
    'string',
    string,
    ['string_to_string', string, same],
    ['bool_to_string', bool, (value) => String(value)],
    ['bytes_to_string', bytes, (value) => textOf(value as Bytes)],
    ['double_to_string', double, (value) => printDouble((value as Double).value)],
    ['duration_to_string', duration, (value) => printDuration(value as Duration)],
    ['int64_to_string', int, (value) => String(value)],
    ['timestamp_to_string', timestamp, (value) => printTimestamp(value as Timestamp)],
    ['uint64_to_string', uint, (value) => String((value as Uint).value)],
  ),
  conversion(
    'timestamp',
    timestamp,
    ['timestamp_to_timestamp', timestamp, same],
    ['int64_to_timestamp', int, (value) => timestampOf(value as Int)],
    ['string_to_timestamp', string, fromText(timestamp, readTimestamp)],
  ),
  conversion(
    'uint',
    uint,
    ['uint64_to_uint64', uint, same],
    ['double_to_uint64', double, (value) => doubleToUint((value as Double).value)],
    ['int64_to_uint64', int, (value) => toUint(BigInt(value as Int))],
    ['string_to_uint64', string, fromText(uint, readUint)],
  ),
];

/** Functions that are worked out ahead when their argument is known. */
export const conversionNames: ReadonlySet<string> = new Set([...conversions.map(({ name }) => name), 'dyn', 'type']);

/** A value as text, as `string()` makes it; undefined for types that it does not take. */
export function asText(value: Value): Result | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Double) return printDouble(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Bytes) return textOf(value);
  if (value instanceof Timestamp) return printTimestamp(value);
  return value instanceof Duration ? printDuration(value) : undefined;
}
