import { spendEffort } from '../values/effort.ts';
import type { CharSet } from './char-set.ts';
import { type Assertion, type RegexNode, RegexProblem } from './regex-node.ts';

/** A step of a match. `next` and `other` are indices of steps; of a fork the first is tried before the other. */
export type Instruction =
  | { kind: 'char'; set: CharSet; next: number }
  | { kind: 'fork'; next: number; other: number }
  | { kind: 'assert'; assertion: Assertion; next: number }
  | { kind: 'match' };

export interface RegexProgram {
  instructions: readonly Instruction[];
  start: number;
}

/** A program that is longer would hold too much memory, and each character of a text could cost as many steps. */
const mostInstructions = 100_000;

/** Turns a regular expression into steps, counted repeats written out. */
export function compileProgram(node: RegexNode, pattern: string): RegexProgram {
  const compiler = new ProgramCompiler(pattern);
  const match = compiler.add({ kind: 'match' });
  const start = compiler.compile(node, match);
  spendEffort(compiler.instructions.length);
  return { instructions: compiler.instructions, start };
}

/** Works from the end: each part is told where to go on. */
class ProgramCompiler {
  readonly instructions: Instruction[] = [];
  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  add(instruction: Instruction): number {
    if (this.instructions.length >= mostInstructions) throw new RegexProblem('expression too large', this.#pattern);
    this.instructions.push(instruction);
    return this.instructions.length - 1;
  }

  compile(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'char':
        return this.add({ kind: 'char', set: node.set, next });
      case 'assert':
        return this.add({ kind: 'assert', assertion: node.assertion, next });
      case 'concat':
        return node.parts.reduceRight((after, part) => this.compile(part, after), next);
      case 'alternate':
        return this.#compileAlternatives(node.parts, next);
      case 'repeat':
        return this.#compileRepeat(node, next);
    }
  }

  #compileAlternatives(parts: readonly RegexNode[], next: number): number {
    const starts = parts.map((part) => this.compile(part, next));
    return starts.reduceRight((other, start) => this.#fork(start, other, true));
  }

  #fork(first: number, second: number, isGreedy: boolean): number {
    return this.add(isGreedy ? { kind: 'fork', next: first, other: second } : { kind: 'fork', next: second, other: first });
  }

  #compileRepeat({ part, min, max, isGreedy }: Extract<RegexNode, { kind: 'repeat' }>, next: number): number {
    let start = next;
    if (max === Number.POSITIVE_INFINITY) start = this.#compileLoop(part, next, isGreedy);
    else for (let count = min; count < max; count += 1) start = this.#fork(this.compile(part, start), next, isGreedy);
    for (let count = 0; count < min; count += 1) start = this.compile(part, start);
    return start;
  }

  #compileLoop(part: RegexNode, next: number, isGreedy: boolean): number {
    const loop = this.add({ kind: 'fork', next, other: next });
    const body = this.compile(part, loop);
    this.instructions[loop] = isGreedy ? { kind: 'fork', next: body, other: next } : { kind: 'fork', next, other: body };
    return loop;
  }
}
