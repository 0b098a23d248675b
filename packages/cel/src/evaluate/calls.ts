import type { Implementation } from '../library/function.ts';
import { equal } from '../values/equal.ts';
import { CelError, noSuchOverload, Optional, type Result, type Value } from '../values/value.ts';
import type { CallCost } from './call-cost.ts';
import type { Frame, Step } from './frame.ts';

/** A call whose arguments are all worked out, in their order. */
export interface Call {
  args: readonly Step[];
  run: Implementation;
  /** Undefined for 1. */
  cost: CallCost | undefined;
  /** Arguments behind one that failed are not worked out, and the call costs nothing. */
  stopsAtError: boolean;
}

export function callStep({ args, run, cost, stopsAtError }: Call): Step {
  const [first, second, ...others] = args;
  if (stopsAtError || first === undefined || others.length > 0) return manyStep(args, run, cost);
  if (second === undefined) return unaryStep(first, run, cost);
  return (frame) => {
    const one = first(frame);
    const other = second(frame);
    frame.spend(cost === undefined ? 1 : cost.ahead([one, other]));
    return settle(frame, cost, one instanceof CelError ? one : other instanceof CelError ? other : run(one, other));
  };
}

function unaryStep(arg: Step, run: Implementation, cost: CallCost | undefined): Step {
  return (frame) => {
    const value = arg(frame);
    frame.spend(cost === undefined ? 1 : cost.ahead([value]));
    return settle(frame, cost, value instanceof CelError ? value : run(value));
  };
}

function manyStep(args: readonly Step[], run: Implementation, cost: CallCost | undefined): Step {
  return (frame) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(frame);
      if (!(value instanceof CelError)) {
        values.push(value);
        continue;
      }
      // The last argument is behind none, so all were worked out.
      if (values.length < args.length - 1) return value;
      frame.spend(cost === undefined ? 1 : cost.ahead([...values, value]));
      return settle(frame, cost, value);
    }
    frame.spend(cost === undefined ? 1 : cost.ahead(values));
    return settle(frame, cost, run(...values));
  };
}

function settle(frame: Frame, cost: CallCost | undefined, result: Result): Result {
  if (cost?.behind !== undefined) frame.spend(cost.behind(result));
  return result;
}

/** `==`, or `!=` when that is asked; an error of the comparison makes values unequal for `!=`. */
export function equalityStep(one: Step, other: Step, { isNegated, cost }: { isNegated: boolean; cost: CallCost | undefined }): Step {
  return (frame) => {
    const left = one(frame);
    const right = other(frame);
    frame.spend(cost === undefined ? 1 : cost.ahead([left, right]));
    return compareResults(left, right, isNegated);
  };
}

function compareResults(left: Result, right: Result, isNegated: boolean): Result {
  if (left instanceof CelError) return left;
  if (right instanceof CelError) return right;
  const same = equal(left, right);
  return isNegated ? same !== true : same;
}

/** `&&` ends at the first false, `||` at the first true; only when no term decides, an error counts. */
export function logicStep(terms: readonly Step[], deciding: boolean): Step {
  return (frame) => {
    let failed: CelError | undefined;
    for (const term of terms) {
      const value = term(frame);
      if (value === deciding) return deciding;
      if (typeof value !== 'boolean') failed ??= value instanceof CelError ? value : noSuchOverload;
    }
    return failed ?? !deciding;
  };
}

/** The condition on which macros go on: errors do not end them. */
export function notStrictlyFalseStep(arg: Step): Step {
  return (frame) => {
    const value = arg(frame);
    frame.spend(1);
    return typeof value === 'boolean' ? value : true;
  };
}

/** `or` and `orValue`: the second is worked out only when the first is empty. Neither costs anything by itself. */
export function optionalStep(first: Step, second: Step, { isUnwrapped }: { isUnwrapped: boolean }): Step {
  return (frame) => {
    const optional = first(frame);
    if (!(optional instanceof Optional)) return optional;
    if (optional.value === undefined) return second(frame);
    return isUnwrapped ? optional.value : optional;
  };
}

/** Whether a value is in a list that is known ahead. Only working out the value costs. */
export function membershipStep(arg: Step, isIn: (value: Value) => boolean): Step {
  return (frame: Frame) => {
    const value = arg(frame);
    return value instanceof CelError ? value : isIn(value);
  };
}
