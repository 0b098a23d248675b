import { Type } from '../types/type.ts';
import { CelList, CelMap } from '../values/collection.ts';
import { spendEffort, spendText } from '../values/effort.ts';
import { Double, isInt, Uint } from '../values/number.ts';
import { compareText, quote } from '../values/text.ts';
import { Duration, printDuration, printTimestamp, Timestamp } from '../values/time.ts';
import { Bytes, CelError, type Result, typeOf, type Value } from '../values/value.ts';
import { asText } from './conversions.ts';
import { type FormatClause, FormatProblem, interpolate, wrongType } from './format-clauses.ts';
import { formatFixed, formatScientific } from './format-number.ts';

const defaultPrecision = 6;
/** Writing an entry of a map takes as long as looking at so many. */
const perEntry = 5;

/** `'%s is %d'.format(['a', 1])`. */
export function formatString(format: string, args: CelList): Result {
  try {
    return interpolate(format, args.size, (index, clause) => {
      const arg = args.get(index);
      if (arg instanceof CelError) throw new FormatProblem(arg.message);
      const text = write(arg, clause);
      spendText(text.length);
      return text;
    });
  } catch (error) {
    if (error instanceof FormatProblem) return new CelError(error.message);
    throw error;
  }
}

function write(value: Value, { verb, precision = defaultPrecision }: FormatClause): string {
  switch (verb) {
    case 's':
      return writeText(value);
    case 'd':
      if (isInt(value) || value instanceof Uint) return writeInteger(value, 10);
      throw wrongType(verb, typeOf(value).name);
    case 'f':
      return formatFixed(doubleOf(value, verb), precision);
    case 'e':
      return formatScientific(doubleOf(value, verb), precision);
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : writeInteger(value, 2, verb);
    case 'o':
      return writeInteger(value, 8, verb);
    case 'x':
      return writeHex(value, verb);
    case 'X':
      return writeHex(value, verb).toUpperCase();
  }
}

function writeInteger(value: Value, base: number, verb: FormatClause['verb'] = 'd'): string {
  if (isInt(value)) return value.toString(base);
  if (value instanceof Uint) return value.value.toString(base);
  throw wrongType(verb, typeOf(value).name);
}

function writeHex(value: Value, verb: 'x' | 'X'): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return value instanceof Bytes ? Buffer.from(value.bytes).toString('hex') : writeInteger(value, 16, verb);
}

const numberWords: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function doubleOf(value: Value, verb: 'f' | 'e'): number {
  if (value instanceof Double) return value.value;
  const word = typeof value === 'string' && Object.hasOwn(numberWords, value) ? numberWords[value] : undefined;
  if (word === undefined) throw wrongType(verb, typeOf(value).name);
  return word;
}

const failed = (problem: string): FormatProblem => new FormatProblem(`error during formatting: ${problem}`);

function writeText(value: Value): string {
  if (value === null) return 'null';
  if (value instanceof CelList) return writeList(value);
  if (value instanceof CelMap) return writeMap(value);
  if (value instanceof Type) return value.name;
  const text = asText(value);
  if (text instanceof CelError) throw failed(`could not convert argument ${quote(text.message)} to string`);
  if (typeof text === 'string') return text;
  throw wrongType('s', typeOf(value).name);
}

/** As part of a list or map, where text has its quotes. */
function writeMember(value: Value): string {
  if (typeof value === 'string') {
    spendText(value.length);
    return quote(value);
  }
  if (value instanceof Bytes) return `b${quote(writeText(value))}`;
  if (value instanceof Timestamp) return `timestamp(${quote(printTimestamp(value))})`;
  if (value instanceof Duration) return `duration(${quote(printDuration(value))})`;
  if (value instanceof Double) return writeDouble(value.value);
  const isWritable = typeof value !== 'object' || value === null || value instanceof Uint || value instanceof Type;
  if (isWritable || value instanceof CelList || value instanceof CelMap) return writeText(value);
  throw failed(`no formatting function for ${typeOf(value).name}`);
}

function writeDouble(value: number): string {
  if (!Number.isFinite(value)) return quote(Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');
  return formatFixed(value, defaultPrecision).replaceAll(',', '');
}

function writeList(list: CelList): string {
  const parts: string[] = [];
  for (const element of list.elements()) {
    if (element instanceof CelError) throw failed(`no formatting function for error`);
    parts.push(writeMember(element));
  }
  return `[${parts.join(', ')}]`;
}

function writeMap(map: CelMap): string {
  const entries: { key: string; value: string }[] = [];
  for (const key of map.keys()) {
    spendEffort(perEntry);
    if (typeof key === 'object' && !(key instanceof Uint)) throw failed(`no formatting function for map key of type ${typeOf(key).name}`);
    const value = map.find(key) ?? null;
    if (value instanceof CelError) throw failed('no formatting function for error');
    entries.push({ key: writeMember(key), value: writeMember(value) });
  }
  entries.sort((one, other) => compareText(one.key, other.key));
  return `{${entries.map(({ key, value }) => `${key}:${value}`).join(', ')}}`;
}
