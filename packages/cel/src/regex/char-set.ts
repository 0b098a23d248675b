/** Some of a set: ranges of code points, or a property of Unicode. With `isFolded` letters of both cases are meant. */
export interface CharItem {
  ranges: readonly (readonly [number, number])[];
  /** As in `\p{…}` of JavaScript, instead of ranges. */
  property?: string;
  isNegated?: boolean;
  isFolded?: boolean;
}

export const lastCodePoint = 0x10ffff;

/** Code points that one step of a match accepts. */
export class CharSet {
  readonly #items: readonly ((code: number) => boolean)[];
  readonly #isNegated: boolean;

  constructor(items: readonly CharItem[], isNegated = false) {
    this.#items = items.map(compileItem);
    this.#isNegated = isNegated;
  }

  has(code: number): boolean {
    return this.#items.some((item) => item(code)) !== this.#isNegated;
  }
}

function compileItem(item: CharItem): (code: number) => boolean {
  const isIn = item.property === undefined && !item.isFolded ? rangeTest(item.ranges) : patternTest(item);
  return item.isNegated ? (code) => !isIn(code) : isIn;
}

function rangeTest(ranges: readonly (readonly [number, number])[]): (code: number) => boolean {
  return (code) => ranges.some(([from, to]) => code >= from && code <= to);
}

/** One character against one class is all that JavaScript's own expressions do here: they know Unicode and its cases. */
function patternTest({ ranges, property, isFolded }: CharItem): (code: number) => boolean {
  const inside = property === undefined ? ranges.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('') : `\\p{${property}}`;
  const pattern = new RegExp(`^[${inside}]$`, isFolded ? 'iu' : 'u');
  return (code) => pattern.test(String.fromCodePoint(code));
}

const escaped = (code: number): string => `\\u{${code.toString(16)}}`;

const digits = [[0x30, 0x39]] as const;
const spaces = [
  [9, 10],
  [12, 13],
  [32, 32],
] as const;
const wordCharacters = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
] as const;

/** `\d` and the like; all of ASCII only. */
export const perlClasses: Readonly<Record<string, CharItem>> = {
  d: { ranges: digits },
  D: { ranges: digits, isNegated: true },
  s: { ranges: spaces },
  S: { ranges: spaces, isNegated: true },
  w: { ranges: wordCharacters },
  W: { ranges: wordCharacters, isNegated: true },
};

/** `[:alpha:]` and the like. */
export const posixClasses: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  alnum: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  ascii: [[0, 0x7f]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: digits,
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: [[0x41, 0x5a]],
  word: wordCharacters,
  xdigit: [
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ],
};

/** Whether a character is of a word, for `\b`. */
export const isWordCode = (code: number): boolean => wordCharacters.some(([from, to]) => code >= from && code <= to);

/** The property that a name in `\p{…}` means: a category or a script; undefined when there is none of that name. */
export function propertyNamed(name: string): string | undefined {
  const plain = name.replace(/[ _-]/g, '').toLowerCase();
  const special = { any: 'Any', ascii: 'ASCII', assigned: 'Assigned', lc: 'LC', cn: 'Cn' }[plain];
  if (special !== undefined) return special;
  const capital = name.replace(/(^|_)([a-z])/g, (_, gap: string, letter: string) => gap + letter.toUpperCase());
  return [name, capital].flatMap((spelling) => [`General_Category=${spelling}`, `Script=${spelling}`]).find(isProperty);
}

function isProperty(property: string): boolean {
  if (!/^\w+=\w+$/.test(property)) return false;
  try {
    return new RegExp(`\\p{${property}}`, 'u') !== undefined;
  } catch {
    // Asking is the only way to learn which names there are.
    return false;
  }
}
