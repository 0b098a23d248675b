import { CostExceeded } from '../values/effort.ts';
import type { Result } from '../values/value.ts';

/** Part of an expression, ready to run. */
export type Step = (frame: Frame) => Result;

/** One evaluation: what its variables are, and what it has cost so far. */
export class Frame {
  /** Undefined for what nobody has asked for yet. */
  readonly slots: (Result | undefined)[];
  readonly #limit: number;
  cost = 0;

  constructor(slotCount: number, limit: number) {
    this.slots = new Array<Result | undefined>(slotCount);
    this.#limit = limit;
  }

  spend(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw new CostExceeded();
  }
}
