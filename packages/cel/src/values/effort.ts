/**
 * What an evaluation does that its cost may not tell. Kubernetes' units charge little for comparing values however much is in them, and
 * for a list that was joined with itself again and again; a server that evaluates on its only thread has to bound that too. One unit is
 * an element that was looked at. Evaluations run one at a time and to their end, so there is one account for all.
 */
let spent = 0;
let most = Number.POSITIVE_INFINITY;

/** As much as nobody counts: a comparison of ordinary objects. */
const free = 10_000;
/** What one unit of cost pays for. No ordinary operation needs more. */
const perCost = 10;
const charactersPerElement = 8;

/** Ends an evaluation that has cost more than it may. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export function spendEffort(elements: number): void {
  spent += elements;
  if (spent > most) throw new CostExceeded();
}

/** For text that is made, whose length is not known from the cost. */
export const spendText = (length: number): void => spendEffort(length / charactersPerElement);

/** Runs an evaluation with an account of its own; `effortCost` is what its effort has cost so far. */
export function withEffort<T>(costLimit: number, evaluate: (effortCost: () => number) => T): T {
  const outer = { spent, most };
  spent = 0;
  most = free + costLimit * perCost;
  try {
    return evaluate(() => Math.max(0, Math.ceil((spent - free) / perCost)));
  } finally {
    ({ spent, most } = outer);
  }
}
