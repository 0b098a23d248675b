import { CelList, CelMap } from '../values/collection.ts';
import { GatheringList } from '../values/lists.ts';
import { ValueMap } from '../values/maps.ts';
import { CelError, type Result } from '../values/value.ts';
import type { Frame, Step } from './frame.ts';
import { goTypeName } from './go-type-name.ts';

/** Where the variables of a macro are kept, and what it does. */
export interface ComprehensionPlan {
  range: Step;
  accumulator: number;
  variable: number;
  /** With it the first variable is the index or key. */
  secondVariable: number | undefined;
  condition: Step;
  step: Step;
  result: Step;
}

export function comprehensionStep(plan: ComprehensionPlan): Step {
  return (frame) => {
    const range = plan.range(frame);
    if (range instanceof CelError) return range;
    // It may be left from a round of a macro around this one.
    frame.slots[plan.accumulator] = undefined;
    const failed = run(frame, plan, range);
    if (failed !== undefined) return failed;
    const result = plan.result(frame);
    return result instanceof GatheringList ? result.done() : result;
  };
}

function run(frame: Frame, plan: ComprehensionPlan, range: Result): CelError | undefined {
  if (range instanceof CelList) return goOverList(frame, plan, range);
  if (range instanceof CelMap) return goOverMap(frame, plan, range);
  const name = range instanceof CelError ? 'error' : goTypeName(range);
  return new CelError(
    plan.secondVariable === undefined ? `got '${name}', expected iterable type` : `unsupported comprehension range type: ${name}`,
  );
}

function goOverList(frame: Frame, plan: ComprehensionPlan, list: CelList): undefined {
  const { size } = list;
  for (let index = 0; index < size; index += 1) {
    if (plan.secondVariable === undefined) frame.slots[plan.variable] = list.get(index);
    else {
      frame.slots[plan.variable] = index;
      frame.slots[plan.secondVariable] = list.get(index);
    }
    if (!goOn(frame, plan)) return;
  }
}

function goOverMap(frame: Frame, plan: ComprehensionPlan, map: CelMap): undefined {
  for (const key of map.keys()) {
    frame.slots[plan.variable] = key;
    if (plan.secondVariable !== undefined) frame.slots[plan.secondVariable] = map.find(key);
    if (!goOn(frame, plan)) return;
  }
}

/** One round; false when the condition ended the macro. */
function goOn(frame: Frame, { condition, step, accumulator }: ComprehensionPlan): boolean {
  if (condition(frame) === false) return false;
  frame.slots[accumulator] = step(frame);
  return true;
}

/**
 * What the accumulator is before the first round. It is worked out when it is first looked at, so that a bound value that nobody needs
 * costs nothing. Empty lists and maps become such as can grow.
 */
export function accumulatorRoot(slot: number, initial: Step): Step {
  return (frame) => {
    const known = frame.slots[slot];
    if (known !== undefined) return known;
    const value = growing(initial(frame));
    frame.slots[slot] = value;
    return value;
  };
}

function growing(value: Result): Result {
  if (value instanceof CelList && value.size === 0) return new GatheringList();
  return value instanceof CelMap && value.size === 0 ? new ValueMap() : value;
}
