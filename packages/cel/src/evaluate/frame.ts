import type { Result } from '../values/value.ts';

/** Part of an expression, ready to run. */
export type Step = (frame: Frame) => Result;

/** Ends an evaluation that has cost more than it may. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

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
