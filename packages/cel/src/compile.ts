import { checkExpression } from './check/check.ts';
import { validateLiterals } from './check/validate-literals.ts';
import { estimateCost } from './cost/estimate.ts';
import type { Range } from './cost/range.ts';
import type { Environment } from './environment.ts';
import { Frame } from './evaluate/frame.ts';
import { planExpression, StartProblem } from './evaluate/plan.ts';
import { perCallLimit } from './limits.ts';
import { parseExpression } from './syntax/parse.ts';
import { describeIssues, type Issue } from './syntax/source.ts';
import type { Type } from './types/type.ts';
import { CostExceeded, withEffort } from './values/effort.ts';
import { CelError, type Value } from './values/value.ts';

/** An expression that cannot run. A `check` problem is in the text, a `start` problem in a part of it that was worked out ahead. */
export class CompileProblem extends Error {
  readonly stage: 'check' | 'start';

  constructor(stage: 'check' | 'start', message: string) {
    super(message);
    this.stage = stage;
  }
}

/** What came of one evaluation. `isCancelled` says that it was given up because it had cost more than it may. */
export type Outcome = { cost: number } & (
  | { value: Value; error?: undefined; isCancelled?: undefined }
  | { value?: undefined; error: string; isCancelled: boolean }
);

/** A compiled expression. It keeps no state of its evaluations, so it can be kept and run again by everybody. */
export interface Program {
  /** As the checker found it; `String()` of it is its name. */
  readonly resultType: Type;
  uses(variable: string): boolean;
  /** The least and most that one evaluation can cost, by the bounds of the schema. */
  estimateCost(): Range;
  /** Values by the names of variables; what is not given is not there. Reads them, and changes nothing. */
  run(bindings: Readonly<Record<string, unknown>>, costLimit?: number): Outcome;
}

/** Reads, checks and prepares an expression. Throws a CompileProblem whose message is that of the API server. */
export function compile(expression: string, environment: Environment): Program {
  const parsed = parseExpression(expression);
  if ('issues' in parsed) throw refused(expression, parsed.issues);
  const checked = checkExpression(parsed, environment);
  if ('issues' in checked) throw refused(expression, checked.issues);
  const issues = validateLiterals(checked);
  if (issues.length > 0) throw refused(expression, issues);
  const { step, slotCount, variables } = plan(checked, environment);
  const used = checked.variables();
  return {
    resultType: checked.typeOf(checked.expr),
    uses: (variable) => used.has(variable),
    estimateCost: () => estimateCost(checked, environment.bounds),
    run: (bindings, costLimit = perCallLimit) => {
      const frame = new Frame(slotCount, costLimit);
      for (const [slot, name] of variables.entries()) frame.slots[slot] = environment.bind(name, bindings[name]);
      return withEffort(costLimit, (effortCost) => runIn(frame, step, effortCost));
    },
  };
}

const refused = (expression: string, issues: readonly Issue[]): CompileProblem =>
  new CompileProblem('check', describeIssues(expression, issues));

function plan(...planned: Parameters<typeof planExpression>): ReturnType<typeof planExpression> {
  try {
    return planExpression(...planned);
  } catch (error) {
    if (error instanceof StartProblem) throw new CompileProblem('start', error.message);
    throw error;
  }
}

function runIn(frame: Frame, step: ReturnType<typeof planExpression>['step'], effortCost: () => number): Outcome {
  try {
    const result = step(frame);
    const cost = Math.max(frame.cost, effortCost());
    return result instanceof CelError ? { cost, error: result.message, isCancelled: false } : { cost, value: result };
  } catch (error) {
    // The engine's own limits: of the length of a text, and of how deep calls may be nested.
    const cause = error instanceof RangeError ? new CostExceeded() : error;
    if (!(cause instanceof CostExceeded)) throw error;
    return { cost: Math.max(frame.cost, effortCost()), error: cause.message, isCancelled: true };
  }
}
