import { type CharItem, CharSet, perlClasses } from './char-set.ts';
import { parseClass } from './parse-class.ts';
import { type Assertion, type RegexNode, RegexProblem } from './regex-node.ts';
import { type RegexFlags, RegexReader } from './regex-reader.ts';

/** Deeper groups are refused, so that reading them does not exhaust the stack. */
const deepest = 1000;
const mostRepeats = 1000;

/** Reads the syntax of RE2, as Go has it: no backreferences, no looking around. What it does not know throws a RegexProblem. */
export function parseRegex(pattern: string): RegexNode {
  const parser = new RegexParser(pattern);
  const node = parser.parseAlternation();
  if (!parser.reader.atEnd) throw new RegexProblem('unexpected )', pattern);
  return node;
}

class RegexParser {
  readonly reader: RegexReader;
  #flags: RegexFlags = { isFolded: false, isMultiline: false, dotIsAll: false, isLazy: false };
  #depth = 0;

  constructor(pattern: string) {
    this.reader = new RegexReader(pattern);
  }

  parseAlternation(): RegexNode {
    const parts = [this.#parseSequence()];
    while (this.reader.takeIf('|')) parts.push(this.#parseSequence());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'alternate', parts };
  }

  #parseSequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (!this.reader.atEnd && !this.reader.looksAt('|') && !this.reader.looksAt(')')) {
      const start = this.reader.at;
      if (this.reader.takeIf('\\Q')) parts.push(...this.#parseQuoted());
      else {
        const node = this.#parseAtom();
        if (node !== undefined) parts.push(node);
        this.#parseRepeats(parts, { start, hasOperand: node !== undefined });
      }
    }
    return { kind: 'concat', parts };
  }

  /** A sign of repetition behind the last part. Two in a row are refused, but for the `?` that makes one lazy. */
  #parseRepeats(parts: RegexNode[], { start, hasOperand }: { start: number; hasOperand: boolean }): void {
    let previous: number | undefined;
    for (;;) {
      const at = this.reader.at;
      const range = this.#readRepeat();
      if (range === undefined) return;
      if (previous !== undefined) throw new RegexProblem('invalid nested repetition operator', this.reader.since(previous));
      const part = parts.pop();
      if (part === undefined || !hasOperand) throw new RegexProblem('missing argument to repetition operator', this.reader.since(at));
      const isLazy = this.reader.takeIf('?') !== this.#flags.isLazy;
      if (repeatProduct(part) * timesOf(range) > mostRepeats)
        throw new RegexProblem('invalid repeat count', this.reader.since(range.isCounted ? at : start));
      parts.push({ kind: 'repeat', part, min: range.min, max: range.max, isGreedy: !isLazy });
      previous = at;
    }
  }

  #readRepeat(): { min: number; max: number; isCounted: boolean } | undefined {
    const { reader } = this;
    if (reader.takeIf('*')) return { min: 0, max: Number.POSITIVE_INFINITY, isCounted: false };
    if (reader.takeIf('+')) return { min: 1, max: Number.POSITIVE_INFINITY, isCounted: false };
    if (reader.takeIf('?')) return { min: 0, max: 1, isCounted: false };
    const found = reader.match(/\{(\d+)(,(\d*))?\}/y);
    if (found === undefined) return undefined;
    const [text, low = '', comma, high = ''] = found;
    const min = Number(low);
    const max = comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (min > mostRepeats || (max !== Number.POSITIVE_INFINITY && (max > mostRepeats || min > max)))
      throw new RegexProblem('invalid repeat count', text);
    return { min, max, isCounted: true };
  }

  /** Undefined for what only sets flags. */
  #parseAtom(): RegexNode | undefined {
    const { reader } = this;
    if (reader.takeIf('(')) return this.#parseGroup();
    if (reader.looksAt('[')) return { kind: 'char', set: parseClass(reader, this.#flags) };
    if (reader.takeIf('^')) return assert(this.#flags.isMultiline ? 'line-start' : 'text-start');
    if (reader.takeIf('$')) return assert(this.#flags.isMultiline ? 'line-end' : 'text-end');
    if (reader.takeIf('.')) return { kind: 'char', set: new CharSet(this.#flags.dotIsAll ? [] : [{ ranges: [[10, 10]] }], true) };
    if (reader.looksAt('\\')) return this.#parseEscape();
    if (/[*+?]/.test(reader.peek())) return undefined;
    return this.#literal(reader.take());
  }

  #parseEscape(): RegexNode {
    const { reader } = this;
    for (const [text, assertion] of escapedAssertions) if (reader.takeIf(text)) return assert(assertion);
    const item = reader.takeClass(perlClasses) ?? reader.takeProperty();
    if (item !== undefined) return { kind: 'char', set: new CharSet([{ ...item, isFolded: this.#flags.isFolded }]) };
    return this.#literal(reader.takeEscaped());
  }

  #literal(code: number): RegexNode {
    const item: CharItem = {
      ranges: [[code, code]],
      isFolded: this.#flags.isFolded && !/^[^\p{L}\p{M}\p{N}\p{S}]$/u.test(String.fromCodePoint(code)),
    };
    return { kind: 'char', set: new CharSet([item]) };
  }

  #parseQuoted(): RegexNode[] {
    const parts: RegexNode[] = [];
    while (!this.reader.atEnd && !this.reader.takeIf('\\E')) parts.push(this.#literal(this.reader.take()));
    if (parts.length > 0) this.#parseRepeats(parts, { start: this.reader.at - 1, hasOperand: true });
    return parts;
  }

  #parseGroup(): RegexNode | undefined {
    const outer = this.#flags;
    if (this.reader.looksAt('?')) {
      const flags = this.reader.takeGroupHead(outer);
      if (flags !== undefined) {
        this.#flags = flags;
        // `(?i)` holds up to the end of the group that it stands in.
        if (this.reader.takeIf(')')) return undefined;
        this.reader.takeIf(':');
      }
    }
    this.#depth += 1;
    if (this.#depth > deepest) throw new RegexProblem('expression nests too deeply', this.reader.pattern);
    const node = this.parseAlternation();
    if (!this.reader.takeIf(')')) throw new RegexProblem('missing closing )', this.reader.pattern);
    this.#depth -= 1;
    this.#flags = outer;
    return node;
  }
}

const assert = (assertion: Assertion): RegexNode => ({ kind: 'assert', assertion });

const escapedAssertions: readonly (readonly [string, Assertion])[] = [
  ['\\A', 'text-start'],
  ['\\z', 'text-end'],
  ['\\b', 'word-boundary'],
  ['\\B', 'no-word-boundary'],
];

/** How often a part is written out for a repeat. */
const timesOf = ({ min, max }: { min: number; max: number }): number => Math.max(max === Number.POSITIVE_INFINITY ? min : max, 1);

/** How often counted repeats within each other repeat the innermost. */
function repeatProduct(node: RegexNode): number {
  switch (node.kind) {
    case 'repeat':
      return timesOf(node) * repeatProduct(node.part);
    case 'concat':
    case 'alternate':
      return node.parts.reduce((most, part) => Math.max(most, repeatProduct(part)), 1);
    default:
      return 1;
  }
}
