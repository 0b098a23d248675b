import { listOf, types } from '../types/type.ts';
import type { CelList } from '../values/collection.ts';
import { spendText } from '../values/effort.ts';
import { findLastText, findText, splitText } from '../values/find-text.ts';
import { ValueList } from '../values/lists.ts';
import type { Int } from '../values/number.ts';
import { print } from '../values/print.ts';
import { characterCount, characterIndex, charactersOf, joinCharacters, unitIndex } from '../values/text.ts';
import { CelError, type Result } from '../values/value.ts';
import { formatString } from './format-string.ts';
import { type FunctionDecl, method, overload } from './function.ts';

const { dyn, int, string } = types;

const outOfRange = (index: Int): CelError => new CelError(`index out of range: ${index}`);

function charAt(text: string, index: Int): Result {
  const characters = charactersOf(text);
  if (index < 0 || index > characters.length) return outOfRange(index);
  return characters[Number(index)] ?? '';
}

function indexOf(text: string, part: string, from: Int): Result {
  if (part === '') return from;
  if (from < 0) return outOfRange(from);
  const start = unitIndex(text, Number(from));
  return start >= text.length ? -1 : characterIndex(text, findText(text, part, start));
}

function lastIndexOf(text: string, part: string, from: Int | undefined): Result {
  const length = characterCount(text);
  if (part === '') return from ?? length;
  if (from === undefined && Buffer.byteLength(text) < Buffer.byteLength(part)) return -1;
  const start = from ?? length - 1;
  if (start < 0) return outOfRange(start);
  return start >= length ? -1 : characterIndex(text, findLastText(text, part, unitIndex(text, Number(start))));
}

/** All places, or as many as the limit says when it is not negative. An empty part is found before each character and at the end. */
function replace(text: string, [from, to]: readonly [string, string], limit: Int): string {
  const most = limit < 0 ? Number.POSITIVE_INFINITY : Number(limit);
  if (from === '') return replaceEmpty(text, to, most);
  const parts = splitText(text, from);
  const count = Math.min(most, parts.length - 1);
  spendText(count * to.length);
  return [parts.slice(0, count + 1).join(to), ...parts.slice(count + 1)].join(from);
}

function replaceEmpty(text: string, to: string, limit: number): string {
  const characters = Array.from(text);
  spendText(Math.min(limit, characters.length + 1) * to.length);
  const replaced = characters.map((character, index) => (index < limit ? to : '') + character);
  return replaced.join('') + (characters.length < limit ? to : '');
}

/** The parts between separators, at most so many when the limit is not negative; the last is then the rest. */
function split(text: string, separator: string, limit: Int): ValueList {
  if (limit === 0) return new ValueList([]);
  const parts = separator === '' ? Array.from(text) : splitText(text, separator);
  if (limit < 0 || parts.length <= limit) return new ValueList(parts);
  const whole = parts.slice(0, Number(limit) - 1);
  return new ValueList([...whole, parts.slice(whole.length).join(separator)]);
}

function substring(text: string, from: Int, to: Int | undefined): Result {
  const characters = charactersOf(text);
  const end = to ?? characters.length;
  if (to !== undefined && from > end) return new CelError(`invalid substring range. start: ${from}, end: ${end}`);
  if (from < 0 || from > characters.length) return outOfRange(from);
  if (end < 0 || end > characters.length) return outOfRange(end);
  return joinCharacters(characters.slice(Number(from), Number(end)));
}

/** White space as Go's unicode.IsSpace has it. */
const isSpace = (unit: string | undefined): boolean =>
  unit !== undefined && /[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(unit);

/** From both ends by hand: an expression would look at long gaps in the middle again and again. */
function trim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text[from])) from += 1;
  while (to > from && isSpace(text[to - 1])) to -= 1;
  return text.slice(from, to);
}

const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

function join(list: CelList, separator: string): Result {
  const parts: string[] = [];
  for (const element of list.elements()) {
    if (element instanceof CelError) return element;
    if (typeof element !== 'string') return new CelError(`join: invalid input: ${print(element)}`);
    spendText(element.length + separator.length);
    parts.push(element);
  }
  return parts.join(separator);
}

const quoted: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quoteText = (text: string): string => `"${text.replace(/[\x07\b\f\n\r\t\v\\"]/g, (character) => quoted[character] ?? character)}"`;

/** cel-go's extension for text. */
export const strings: readonly FunctionDecl[] = [
  {
    name: 'charAt',
    overloads: [method('string_char_at_int', [[string, int], string], (text, index) => charAt(text as string, index as Int))],
  },
  {
    name: 'indexOf',
    overloads: [
      method('string_index_of_string', [[string, string], int], (text, part) => indexOf(text as string, part as string, 0)),
      method('string_index_of_string_int', [[string, string, int], int], (text, part, from) =>
        indexOf(text as string, part as string, from as Int),
      ),
    ],
  },
  {
    name: 'lastIndexOf',
    overloads: [
      method('string_last_index_of_string', [[string, string], int], (text, part) =>
        lastIndexOf(text as string, part as string, undefined),
      ),
      method('string_last_index_of_string_int', [[string, string, int], int], (text, part, from) =>
        lastIndexOf(text as string, part as string, from as Int),
      ),
    ],
  },
  { name: 'lowerAscii', overloads: [method('string_lower_ascii', [[string], string], (text) => lowerAscii(text as string))] },
  {
    name: 'replace',
    overloads: [
      method('string_replace_string_string', [[string, string, string], string], (text, from, to) =>
        replace(text as string, [from as string, to as string], -1),
      ),
      method('string_replace_string_string_int', [[string, string, string, int], string], (text, from, to, limit) =>
        replace(text as string, [from as string, to as string], limit as Int),
      ),
    ],
  },
  {
    name: 'split',
    overloads: [
      method('string_split_string', [[string, string], listOf(string)], (text, separator) =>
        split(text as string, separator as string, -1),
      ),
      method('string_split_string_int', [[string, string, int], listOf(string)], (text, separator, limit) =>
        split(text as string, separator as string, limit as Int),
      ),
    ],
  },
  {
    name: 'substring',
    overloads: [
      method('string_substring_int', [[string, int], string], (text, from) => substring(text as string, from as Int, undefined)),
      method('string_substring_int_int', [[string, int, int], string], (text, from, to) =>
        substring(text as string, from as Int, to as Int),
      ),
    ],
  },
  { name: 'trim', overloads: [method('string_trim', [[string], string], (text) => trim(text as string))] },
  { name: 'upperAscii', overloads: [method('string_upper_ascii', [[string], string], (text) => upperAscii(text as string))] },
  {
    name: 'format',
    overloads: [method('string_format', [[string, listOf(dyn)], string], (text, args) => formatString(text as string, args as CelList))],
  },
  { name: 'strings.quote', overloads: [overload('strings_quote', [[string], string], (text) => quoteText(text as string))] },
  {
    name: 'join',
    overloads: [
      method('list_join', [[listOf(string)], string], (list) => join(list as CelList, '')),
      method('list_join_string', [[listOf(string), string], string], (list, separator) => join(list as CelList, separator as string)),
    ],
  },
];
