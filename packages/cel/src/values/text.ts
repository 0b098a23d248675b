/**
 * Strings are sequences of characters (code points) to the language, and of UTF-16 units here. Most have no character of two units,
 * and are counted and cut as they are.
 */
const surrogate = /[\ud800-\udfff]/;

/** A string's length is asked for at every comparison, for its cost. */
export function characterCount(text: string): number {
  return surrogate.test(text) ? countPairs(text) : text.length;
}

function countPairs(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (isPairAt(text, at)) at += 1;
    count += 1;
  }
  return count;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
const isPairAt = (text: string, at: number): boolean => isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1));

/** The place of a character among the units, past the end when there are not so many; both count from 0. */
export function unitIndex(text: string, character: number): number {
  if (!surrogate.test(text)) return character;
  let at = 0;
  for (let count = 0; count < character && at < text.length; count += 1) at += isPairAt(text, at) ? 2 : 1;
  return at;
}

/** Which character stands at a place among the units; -1 is nowhere. */
export const characterIndex = (text: string, unit: number): number => (unit === -1 ? -1 : characterCount(text.slice(0, unit)));

/** The characters, one an element, or the string itself when each of its units is one; both have a length and elements. */
export function charactersOf(text: string): string | readonly string[] {
  return surrogate.test(text) ? Array.from(text) : text;
}

export const joinCharacters = (characters: string | readonly string[]): string =>
  typeof characters === 'string' ? characters : characters.join('');

/** The order by code points, which is that of the UTF-8 bytes: -1, 0 or 1. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  if (!surrogate.test(one) && !surrogate.test(other)) return one < other ? -1 : 1;
  let at = 0;
  while (at < one.length && at < other.length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  if (at === one.length || at === other.length) return one.length < other.length ? -1 : 1;
  return rank(one.charCodeAt(at)) < rank(other.charCodeAt(at)) ? -1 : 1;
}

/** Halves of pairs stand for the highest characters, above all other units. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

/** As Go quotes a string: with `\x`, `\u` and `\U` for what cannot be printed. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]|\p{C}|(?! )\p{Z}/gu, escapeCharacter)}"`;
}

const escapes: Readonly<Record<string, string>> = {
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

function escapeCharacter(character: string): string {
  const known = escapes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
