import type { CharSet } from './char-set.ts';

/** `line-…` hold at every line of `(?m)`, `text-…` only at the ends of the text. */
export type Assertion = 'line-start' | 'line-end' | 'text-start' | 'text-end' | 'word-boundary' | 'no-word-boundary';

/** A regular expression as it was read. Groups are only their parts: nobody asks for what they matched. */
export type RegexNode =
  | { kind: 'empty' }
  | { kind: 'char'; set: CharSet }
  | { kind: 'assert'; assertion: Assertion }
  | { kind: 'concat'; parts: readonly RegexNode[] }
  | { kind: 'alternate'; parts: readonly RegexNode[] }
  | { kind: 'repeat'; part: RegexNode; min: number; max: number; isGreedy: boolean };

export class RegexProblem extends Error {
  constructor(problem: string, text: string) {
    super(`error parsing regexp: ${problem}: \`${text}\``);
  }
}
