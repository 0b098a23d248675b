import { spendEffort } from '../values/effort.ts';
import type { CharSet } from './char-set.ts';
import type { RegexProgram } from './regex-program.ts';

/** When there are more states, steps in them, or characters that were seen, all are forgotten and found again: memory stays small. */
const mostStates = 500;
const mostSteps = 50_000;
const mostCharacters = 2_000;

/** A set of steps that a match may stand at, and where each kind of character leads from there. */
interface State {
  steps: readonly number[];
  matches: boolean;
  /** Whether it would match if the text ended here. */
  matchesAtEnd: boolean;
  next: (State | undefined)[];
  /** What was made before all was forgotten leads nowhere, so that nothing holds it. */
  generation: number;
}

/** Tests texts by states that are made when they are first come to. Knows no assertions but the ends of the text. */
export class StateTable {
  readonly #program: RegexProgram;
  readonly #sets: readonly CharSet[];
  readonly #states = new Map<string, State>();
  /** Characters that all sets treat alike are of one kind. */
  readonly #kinds = new Map<string, number>();
  readonly #kindOf = new Map<number, number>();
  readonly #kindOfAscii = new Int32Array(128).fill(-1);
  #first: State | undefined;
  #generation = 0;
  #stepCount = 0;

  constructor(program: RegexProgram) {
    this.#program = program;
    const sets = program.instructions.flatMap((instruction) => (instruction.kind === 'char' ? [instruction.set] : []));
    this.#sets = [...new Set(sets)];
  }

  test(text: string): boolean {
    this.#first ??= this.#stateOf([this.#program.start], true);
    let state = this.#first;
    for (let at = 0; at < text.length; at += 1) {
      if (state.matches) return true;
      const code = text.codePointAt(at) ?? 0;
      if (code > 0xffff) at += 1;
      state = this.#follow(state, code);
    }
    return state.matches || state.matchesAtEnd;
  }

  #follow(state: State, code: number): State {
    const ascii = this.#kindOfAscii[code] ?? -1;
    const kind = ascii === -1 ? this.#kindFor(code) : ascii;
    const isCurrent = state.generation === this.#generation;
    const known = isCurrent ? state.next[kind] : undefined;
    if (known !== undefined) return known;
    const steps = state.steps.flatMap((step) => {
      const instruction = this.#program.instructions[step];
      return instruction?.kind === 'char' && instruction.set.has(code) ? [instruction.next] : [];
    });
    // A match may begin behind every character.
    const next = this.#stateOf([...steps, this.#program.start], false);
    if (isCurrent) state.next[kind] = next;
    return next;
  }

  #kindFor(code: number): number {
    const seen = this.#kindOf.get(code);
    if (seen !== undefined) return seen;
    if (this.#kindOf.size >= mostCharacters) this.#kindOf.clear();
    const key = this.#sets.map((set) => (set.has(code) ? '1' : '0')).join('');
    const kind = this.#kinds.get(key) ?? this.#kinds.size;
    this.#kinds.set(key, kind);
    if (code < this.#kindOfAscii.length) this.#kindOfAscii[code] = kind;
    else this.#kindOf.set(code, kind);
    return kind;
  }

  #stateOf(steps: readonly number[], isStart: boolean): State {
    const reached = this.#reach(steps, { isStart, isEnd: false });
    spendEffort(reached.size);
    const sorted = [...reached].sort((one, other) => one - other);
    const key = sorted.join();
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= mostStates || this.#stepCount > mostSteps) this.#forget();
    this.#stepCount += sorted.length;
    const state: State = {
      steps: sorted,
      matches: this.#hasMatch(reached),
      matchesAtEnd: this.#hasMatch(this.#reach(sorted, { isStart, isEnd: true })),
      next: [],
      generation: this.#generation,
    };
    this.#states.set(key, state);
    return state;
  }

  #forget(): void {
    this.#states.clear();
    this.#stepCount = 0;
    this.#first = undefined;
    this.#generation += 1;
  }

  #hasMatch(steps: ReadonlySet<number>): boolean {
    for (const step of steps) if (this.#program.instructions[step]?.kind === 'match') return true;
    return false;
  }

  /** All steps that can be come to without a character; an end that is not reached yet stays among them. */
  #reach(steps: readonly number[], { isStart, isEnd }: { isStart: boolean; isEnd: boolean }): Set<number> {
    const reached = new Set<number>();
    const open = [...steps];
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (reached.has(step)) continue;
      reached.add(step);
      const instruction = this.#program.instructions[step];
      if (instruction?.kind === 'fork') open.push(instruction.next, instruction.other);
      if (instruction?.kind === 'assert' && (instruction.assertion === 'text-start' ? isStart : isEnd)) open.push(instruction.next);
    }
    return reached;
  }
}
