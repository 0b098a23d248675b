import { spendEffort } from '../values/effort.ts';
import { isWordCode } from './char-set.ts';
import { parseRegex } from './parse-regex.ts';
import type { Assertion } from './regex-node.ts';
import { compileProgram, type Instruction, type RegexProgram } from './regex-program.ts';
import { StateTable } from './state-table.ts';

/**
 * A regular expression of RE2's syntax that takes time in proportion to the text, whatever the pattern is: it follows all ways of a
 * match at once instead of trying one after the other.
 */
export class Regex {
  readonly #program: RegexProgram;
  /** Where only the ends of the text are asserted, sets of ways are remembered as states. */
  readonly #states: StateTable | undefined;

  /** Throws a RegexProblem for what is not of that syntax. */
  constructor(pattern: string) {
    this.#program = compileProgram(parseRegex(pattern), pattern);
    this.#states = this.#program.instructions.every(isPlain) ? new StateTable(this.#program) : undefined;
  }

  /** How many steps the pattern has become. */
  get size(): number {
    return this.#program.instructions.length;
  }

  /** Whether any part of the text matches. */
  test(text: string): boolean {
    return this.#states === undefined ? this.find(text, 0) !== undefined : this.#states.test(text);
  }

  /** The leftmost match from an index on, and of those the one that the pattern prefers. */
  find(text: string, from: number): { start: number; end: number } | undefined {
    return new Search(this.#program, text).run(from);
  }

  /** All matches that do not overlap, at most so many; a negative number is all. An empty match right behind another does not count. */
  findAll(text: string, most: number): string[] {
    const search = new Search(this.#program, text);
    const found: string[] = [];
    let previousEnd = -1;
    for (let at = 0; at <= text.length && (most < 0 || found.length < most); ) {
      const match = search.run(at);
      if (match === undefined) break;
      const isEmpty = match.end === at;
      if (!isEmpty || match.start !== previousEnd) found.push(text.slice(match.start, match.end));
      at = isEmpty ? at + widthAt(text, at) : match.end;
      previousEnd = match.end;
    }
    return found;
  }
}

/** A step of a search takes a part of the time of looking at an element. */
const stepsPerElement = 4;

const isPlain = (instruction: Instruction): boolean =>
  instruction.kind !== 'assert' || instruction.assertion === 'text-start' || instruction.assertion === 'text-end';

const widthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** The ways that a match may go on, those that are preferred first, each once. */
interface Threads {
  steps: number[];
  /** Where the match of the step at the same index begins. */
  starts: number[];
}

class Search {
  readonly #program: RegexProgram;
  readonly #text: string;
  /** In which round a step was last added. */
  readonly #seen: Uint32Array;
  #round = 0;

  constructor(program: RegexProgram, text: string) {
    this.#program = program;
    this.#text = text;
    this.#seen = new Uint32Array(program.instructions.length);
  }

  run(from: number): { start: number; end: number } | undefined {
    let threads: Threads = { steps: [], starts: [] };
    let found: { start: number; end: number } | undefined;
    this.#round += 1;
    for (let at = from; ; at += widthAt(this.#text, at)) {
      // Once something matched, a later start would not be leftmost.
      if (found === undefined) this.#add(threads, { step: this.#program.start, start: at }, at);
      if (threads.steps.length === 0 && found !== undefined) return found;
      const step = this.#step(threads, at);
      found = step.found ?? found;
      threads = step.threads;
      if (at >= this.#text.length) return found;
    }
  }

  /** One character further. Ways behind one that has matched are given up. */
  #step({ steps, starts }: Threads, at: number): { threads: Threads; found?: { start: number; end: number } } {
    spendEffort((1 + steps.length) / stepsPerElement);
    const next: Threads = { steps: [], starts: [] };
    const code = this.#text.codePointAt(at);
    const behind = at + widthAt(this.#text, at);
    this.#round += 1;
    for (const [index, step] of steps.entries()) {
      const instruction = this.#program.instructions[step];
      const start = starts[index] ?? at;
      if (instruction?.kind === 'match') return { threads: next, found: { start, end: at } };
      if (instruction?.kind === 'char' && code !== undefined && instruction.set.has(code))
        this.#add(next, { step: instruction.next, start }, behind);
    }
    return { threads: next };
  }

  /** Adds a step, or the steps that it leads to without a character. */
  #add(threads: Threads, { step, start }: { step: number; start: number }, at: number): void {
    const open = [step];
    for (let current = open.pop(); current !== undefined; current = open.pop()) {
      if (this.#seen[current] === this.#round) continue;
      this.#seen[current] = this.#round;
      const instruction = this.#program.instructions[current];
      if (instruction === undefined) continue;
      if (instruction.kind === 'fork') open.push(instruction.other, instruction.next);
      else if (instruction.kind === 'assert') {
        if (this.#holds(instruction.assertion, at)) open.push(instruction.next);
      } else {
        threads.steps.push(current);
        threads.starts.push(start);
      }
    }
  }

  #holds(assertion: Assertion, at: number): boolean {
    const text = this.#text;
    switch (assertion) {
      case 'text-start':
        return at === 0;
      case 'text-end':
        return at === text.length;
      case 'line-start':
        return at === 0 || text[at - 1] === '\n';
      case 'line-end':
        return at === text.length || text[at] === '\n';
      case 'word-boundary':
        return this.#isWordAt(at - 1) !== this.#isWordAt(at);
      case 'no-word-boundary':
        return this.#isWordAt(at - 1) === this.#isWordAt(at);
    }
  }

  #isWordAt(at: number): boolean {
    return at >= 0 && at < this.#text.length && isWordCode(this.#text.charCodeAt(at));
  }
}
