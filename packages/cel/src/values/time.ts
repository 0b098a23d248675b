import { type Type, types } from '../types/type.ts';
import { addInts, type Int, intOverflow, subtractInts, toInt } from './number.ts';
import { CelError, CelObject } from './value.ts';

/** Nanoseconds, at most 64 bits of them. */
export class Duration extends CelObject {
  readonly nanos: Int;

  constructor(nanos: Int) {
    super();
    this.nanos = nanos;
  }

  get type(): Type {
    return types.duration;
  }
}

/** A moment between the years 1 and 9999, and the offset from UTC in which it was written and is printed. */
export class Timestamp extends CelObject {
  /** Since 1970. */
  readonly seconds: number;
  readonly nanos: number;
  readonly offsetSeconds: number;

  constructor(seconds: number, nanos: number, offsetSeconds = 0) {
    super();
    this.seconds = seconds;
    this.nanos = nanos;
    this.offsetSeconds = offsetSeconds;
  }

  get type(): Type {
    return types.timestamp;
  }
}

const minSeconds = -62_135_596_800;
const maxSeconds = 253_402_300_799;
const billion = 1_000_000_000n;
export const timestampOverflow = new CelError('timestamp overflow');

export const isInRange = (seconds: number): boolean => seconds >= minSeconds && seconds <= maxSeconds;

export const durationOf = (nanos: Int | CelError): Duration | CelError => (nanos instanceof CelError ? nanos : new Duration(nanos));

export const addDurations = (one: Duration, other: Duration): Duration | CelError => durationOf(addInts(one.nanos, other.nanos));
export const subtractDurations = (one: Duration, other: Duration): Duration | CelError => durationOf(subtractInts(one.nanos, other.nanos));

/** The moment later by the duration, or earlier by a negative one. */
export function addDuration(moment: Timestamp, nanos: Int): Timestamp | CelError {
  const sum = BigInt(moment.nanos) + BigInt(nanos);
  // Rounds down, also below zero.
  const carried = (sum - (((sum % billion) + billion) % billion)) / billion;
  const seconds = moment.seconds + Number(carried);
  if (!isInRange(seconds)) return timestampOverflow;
  return new Timestamp(seconds, Number(sum - carried * billion), moment.offsetSeconds);
}

export function subtractDuration(moment: Timestamp, { nanos }: Duration): Timestamp | CelError {
  const negated = subtractInts(0, nanos);
  return negated instanceof CelError ? negated : addDuration(moment, negated);
}

export function betweenTimestamps(one: Timestamp, other: Timestamp): Duration | CelError {
  const whole = toInt(BigInt(one.seconds - other.seconds) * billion);
  if (whole instanceof CelError) return intOverflow;
  return durationOf(addInts(whole, one.nanos - other.nanos));
}

export function compareTimestamps(one: Timestamp, other: Timestamp): number {
  return Math.sign(one.seconds - other.seconds) || Math.sign(one.nanos - other.nanos);
}

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: billion,
  m: 60n * billion,
  h: 3600n * billion,
};
/** Longer ones are past 64 bits. */
const mostDurationDigits = 20;
const durationPart = /(\d*)(\.\d*)?(ns|us|µs|μs|ms|s|m|h)/y;

/** Reads Go's form, such as `1h15m30.918273645s`; undefined when it is not that. */
export function parseDuration(text: string): Duration | undefined {
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return new Duration(0);
  if (unsigned === '') return undefined;
  let sum = 0n;
  durationPart.lastIndex = 0;
  while (durationPart.lastIndex < unsigned.length) {
    const [found, whole = '', fraction = '', unit = ''] = durationPart.exec(unsigned) ?? [];
    if (found === undefined || whole.length > mostDurationDigits || (whole === '' && fraction.length < 2)) return undefined;
    const size = unitNanos[unit] ?? 0n;
    const digits = fraction.slice(1, 19);
    sum += BigInt(whole || '0') * size + (BigInt(digits || '0') * size) / 10n ** BigInt(digits.length);
  }
  const nanos = toInt(text.startsWith('-') ? -sum : sum);
  return nanos instanceof CelError ? undefined : new Duration(nanos);
}

/** In seconds, as `90s` or `1.5s`. */
export function printDuration({ nanos }: Duration): string {
  const seconds = Number(BigInt(nanos) / billion) + Number(BigInt(nanos) % billion) / 1e9;
  return `${printPlain(seconds)}s`;
}

/** The shortest digits that mean the number, never with an exponent. */
function printPlain(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  const [, sign = '', whole = '', fraction = '', exponent = ''] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === '') return text;
  const shift = Number(exponent);
  const digits = whole + fraction;
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - whole.length)}${digits}`;
  return sign + digits.padEnd(whole.length + shift, '0');
}
const timestampForm = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Reads RFC 3339 as Go does; undefined when it is not that. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const parts = timestampForm.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  const [, , , , , , , fraction = '', sign = '+', offsetHours = '0', offsetMinutes = '0'] = parts;
  const seconds = secondsOf({ year: year ?? 0, month: month ?? 0, day: day ?? 0 }, [hour ?? 0, minute ?? 0, second ?? 0]);
  // Go reads hours of an offset up to 24 and minutes up to 60.
  if (seconds === undefined || Number(offsetHours) > 24 || Number(offsetMinutes) > 60) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -60 : 60);
  return new Timestamp(seconds - offset, Number(fraction.slice(0, 9).padEnd(9, '0')), offset);
}

/** A day without a time, as `2006-01-02`. */
export function parseDay(text: string): Timestamp | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const seconds = secondsOf({ year, month, day }, [0, 0, 0]);
  return seconds === undefined ? undefined : new Timestamp(seconds, 0);
}

/** Undefined when there is no such day or time. */
function secondsOf(
  { year, month, day }: { year: number; month: number; day: number },
  [hour, minute, second]: [number, number, number],
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

/** RFC 3339 with as many digits of the second as it has. */
export function printTimestamp({ seconds, nanos, offsetSeconds }: Timestamp): string {
  const date = new Date((seconds + offsetSeconds) * 1000);
  const [, year = '', rest = ''] = /^([+-]?\d+)(-.*)\.\d+Z$/.exec(date.toISOString()) ?? [];
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${printYear(Number(year))}${rest}${fraction}${printOffset(offsetSeconds)}`;
}

const printYear = (year: number): string => (year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0'));

function printOffset(seconds: number): string {
  if (seconds === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}
