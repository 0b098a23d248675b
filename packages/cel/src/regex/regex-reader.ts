import { type CharItem, lastCodePoint, propertyNamed } from './char-set.ts';
import { RegexProblem } from './regex-node.ts';

export interface RegexFlags {
  isFolded: boolean;
  isMultiline: boolean;
  dotIsAll: boolean;
  isLazy: boolean;
}

const simpleEscapes: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Walks over a pattern by characters. */
export class RegexReader {
  readonly pattern: string;
  at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  get atEnd(): boolean {
    return this.at >= this.pattern.length;
  }

  looksAt(text: string): boolean {
    return this.pattern.startsWith(text, this.at);
  }

  takeIf(text: string): boolean {
    if (!this.looksAt(text)) return false;
    this.at += text.length;
    return true;
  }

  peek(): string {
    const code = this.pattern.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  take(): number {
    const character = this.peek();
    this.at += character.length;
    return character.codePointAt(0) ?? 0;
  }

  since(start: number): string {
    return this.pattern.slice(start, this.at);
  }

  /** What a sticky pattern finds here. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.pattern);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  /** `\d` and the like. */
  takeClass(classes: Readonly<Record<string, CharItem>>): CharItem | undefined {
    const name = this.looksAt('\\') ? (this.pattern[this.at + 1] ?? '') : '';
    const item = Object.hasOwn(classes, name) ? classes[name] : undefined;
    if (item !== undefined) this.at += 2;
    return item;
  }

  /** `\pL`, `\p{Greek}`, `\P{^Greek}`. */
  takeProperty(): CharItem | undefined {
    const start = this.at;
    const sign = this.match(/\\([pP])/y);
    if (sign === undefined) return undefined;
    const braced = this.match(/\{(\^?)([^}]*)\}/y);
    const [, caret = '', name = ''] = braced ?? ['', '', this.looksAt('{') ? '' : this.peek()];
    if (braced === undefined) this.at += name.length;
    const property = propertyNamed(name);
    if (property === undefined) throw new RegexProblem('invalid character class range', this.since(start));
    return { ranges: [], property, isNegated: (sign[1] === 'P') !== (caret === '^') };
  }

  /** The character that an escape means. */
  takeEscaped(): number {
    const start = this.at;
    this.at += 1;
    if (this.atEnd) throw new RegexProblem('trailing backslash at end of expression', '');
    const octal = this.match(/[1-7][0-7]{1,2}|0[0-7]{0,2}/y);
    if (octal !== undefined) return Number.parseInt(octal[0], 8);
    const hex = this.match(/x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/y);
    const code = hex === undefined ? undefined : Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    if (code !== undefined && code <= lastCodePoint) return code;
    const character = this.peek();
    const simple = Object.hasOwn(simpleEscapes, character) ? simpleEscapes[character] : undefined;
    this.at += character.length;
    if (simple !== undefined) return simple;
    if (hex === undefined && /^[\x00-\x7f]$/.test(character) && !/^[a-zA-Z0-9]$/.test(character)) return character.codePointAt(0) ?? 0;
    throw new RegexProblem('invalid escape sequence', this.since(start));
  }

  /**
   * What stands between `(?` and the body of a group: flags, with which the reader stops at `:` or `)`, or a name, for which it is
   * undefined.
   */
  takeGroupHead(flags: RegexFlags): RegexFlags | undefined {
    const start = this.at - 1;
    if (this.match(/\?P?</y) !== undefined) {
      const name = this.match(/([^>]*)>/y);
      if (name === undefined) throw new RegexProblem('invalid named capture', this.pattern.slice(start));
      if (!/^\w+$/.test(name[1] ?? '')) throw new RegexProblem('invalid named capture', this.since(start));
      return undefined;
    }
    const found = this.match(/\?([imsU]*)(-[imsU]+)?(?=[:)])/y);
    if (found === undefined) {
      const bad = this.match(/\?[imsU-]*.?/sy);
      throw new RegexProblem(
        this.atEnd && !/[^imsU?-]$/.test(bad?.[0] ?? '') ? 'missing closing )' : 'invalid or unsupported Perl syntax',
        this.since(start),
      );
    }
    const [, on = '', off = ''] = found;
    return setFlags(setFlags(flags, on, true), off, false);
  }
}

const flagNames = { i: 'isFolded', m: 'isMultiline', s: 'dotIsAll', U: 'isLazy' } as const;

function setFlags(flags: RegexFlags, letters: string, value: boolean): RegexFlags {
  const changed = Object.entries(flagNames).filter(([letter]) => letters.includes(letter));
  return { ...flags, ...Object.fromEntries(changed.map(([, name]) => [name, value])) };
}
