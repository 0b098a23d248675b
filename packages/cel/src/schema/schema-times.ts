import { addInts, type Int, multiplyInts } from '../values/number.ts';
import { quote } from '../values/text.ts';
import { Duration, parseDay, parseDuration, parseTimestamp, Timestamp } from '../values/time.ts';
import { CelError, type Result } from '../values/value.ts';

const second = 1_000_000_000;
/** Words for units; any word that begins with the last of a row is taken too. */
const units: readonly (readonly [nanos: number, ...words: string[]])[] = [
  [1, 'ns', 'nano'],
  [1_000, 'us', 'µs', 'micro'],
  [1_000_000, 'ms', 'milli'],
  [second, 's', 'sec'],
  [60 * second, 'm', 'min'],
  [3_600 * second, 'h', 'hr', 'hour'],
  [86_400 * second, 'd', 'day'],
  [604_800 * second, 'w', 'wk', 'week'],
];

/** A field of the format `duration`: as Go has it, or in words, such as `3 days`. */
export function parseSchemaDuration(text: string): Result {
  const problem = new CelError(`Invalid duration ${text}: unable to parse ${text} as duration`);
  const known = parseDuration(text);
  if (known !== undefined) return known;
  let sum: Int = 0;
  let found = false;
  for (const [, count = '', word = ''] of text.matchAll(/(\d{1,18})\s*([A-Za-zµ]+)/g)) {
    const [nanos] = units.find(([, ...words]) => isWord(word.toLowerCase(), words)) ?? [];
    if (nanos === undefined) continue;
    found = true;
    const part = multiplyInts(Number(count), nanos);
    const next: Int | CelError = part instanceof CelError ? part : addInts(sum, part);
    if (next instanceof CelError) return problem;
    sum = next;
  }
  return found ? new Duration(sum) : problem;
}

const isWord = (word: string, words: readonly string[]): boolean => words.includes(word) || word.startsWith(words.at(-1) ?? ' ');

const dayLayout = '2006-01-02';
const timeLayout = `${dayLayout}T15:04:05`;

/** A field of the format `date`. */
export function parseSchemaDay(text: string): Result {
  return parseDay(text) ?? new CelError(`Invalid date formatted string ${text}: ${describeTimeProblem(text, dayLayout)}`);
}

/** A field of the format `date-time`; without a zone it is UTC, and nothing at all is the beginning of time. */
export function parseSchemaDateTime(text: string): Result {
  if (text === '') return new Timestamp(0, 0);
  const problem = new CelError(`Invalid date-time formatted string ${text}: ${describeTimeProblem(text, timeLayout)}`);
  return parseTimestamp(text) ?? parseTimestamp(`${text}Z`) ?? problem;
}

const longest: Readonly<Record<string, number>> = { '01': 12, '15': 23, '04': 59, '05': 59 };
const names: Readonly<Record<string, string>> = { '01': 'month', '15': 'hour', '04': 'minute', '05': 'second' };

/** Where a text stops following the layout, in Go's words. */
function describeTimeProblem(text: string, layout: string): string {
  let rest = text;
  for (const part of layout.split(/(?<=\d)(?=\D)|(?<=\D)(?=\d)/)) {
    const found = /\d/.test(part) ? new RegExp(`^\\d{${part.length}}`).exec(rest)?.[0] : rest.startsWith(part) ? part : undefined;
    if (found === undefined) return `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(part)}`;
    if (Number(found) > (longest[part] ?? Number.POSITIVE_INFINITY) || (part === '01' && found === '00'))
      return `parsing time ${quote(text)}: ${names[part]} out of range`;
    rest = rest.slice(found.length);
  }
  return `parsing time ${quote(text)}: ${rest === '' ? 'day out of range' : `extra text: ${quote(rest)}`}`;
}
