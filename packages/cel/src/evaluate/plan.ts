import type { CheckedExpression, Reference } from '../check/checked.ts';
import type { Declarations } from '../check/declarations.ts';
import { conversionNames } from '../library/conversions.ts';
import type { Implementation } from '../library/function.ts';
import { withPattern } from '../library/texts.ts';
import { RegexProblem } from '../regex/regex-node.ts';
import type { CallExpr, ComprehensionExpr, Expr, ListExpr, MapExpr, SelectExpr } from '../syntax/expr.ts';
import { CelList } from '../values/collection.ts';
import { CelError, noSuchOverload, type Value } from '../values/value.ts';
import { type Attribute, addQualifier, attributeStep, invalidKey, isKey, presenceStep, resolver } from './attribute.ts';
import { costOfCall } from './call-cost.ts';
import { callStep, equalityStep, logicStep, membershipStep, notStrictlyFalseStep, optionalStep } from './calls.ts';
import { listStep, mapStep, objectStep } from './collections.ts';
import { accumulatorRoot, comprehensionStep } from './comprehension.ts';
import { Frame, type Step } from './frame.ts';
import { planImplementation } from './implementation.ts';
import { membershipTest } from './membership.ts';

/** An expression that cannot be started, because a part of it that is known ahead fails. */
export class StartProblem extends Error {}

/** A part of an expression. Constants cost nothing, and more can be taken from attributes before they are worked out. */
type Part = { kind: 'constant'; value: Value } | { kind: 'attribute'; attribute: Attribute } | { kind: 'step'; step: Step };

export interface Plan {
  step: Step;
  slotCount: number;
  /** Names of declared variables by their slots. */
  variables: readonly string[];
}

/** Turns an expression into functions. What is known ahead is worked out now; what fails then is a StartProblem. */
export function planExpression(checked: CheckedExpression, declarations: Declarations): Plan {
  const planner = new Planner(checked, declarations);
  const part = planner.plan(checked.expr);
  return { step: stepOf(part), slotCount: planner.slotCount, variables: planner.variables };
}

function stepOf(part: Part): Step {
  if (part.kind === 'step') return part.step;
  if (part.kind === 'attribute') return attributeStep(part.attribute);
  const { value } = part;
  return () => value;
}

/** What stands in a slot; a variable that was not given is an error. */
function slotRoot(slot: number, unbound = noSuchOverload): Step {
  return (frame) => {
    const value = frame.slots[slot];
    return value === undefined ? unbound : value;
  };
}

class Planner {
  slotCount: number;
  readonly variables: readonly string[];
  readonly #checked: CheckedExpression;
  readonly #declarations: Declarations;
  /** How to look at the variables that are in sight, the innermost last. */
  readonly #roots: { name: string; root: Step }[] = [];

  constructor(checked: CheckedExpression, declarations: Declarations) {
    this.#checked = checked;
    this.#declarations = declarations;
    this.variables = [...checked.variables()].filter((name) => declarations.variable(name) !== undefined);
    this.slotCount = this.variables.length;
    for (const [slot, name] of this.variables.entries()) {
      const unbound = new CelError(`no such attribute(s): ${name}`);
      this.#roots.push({ name, root: slotRoot(slot, unbound) });
    }
  }

  plan(expr: Expr): Part {
    const reference = this.#checked.referenceOf(expr);
    switch (expr.kind) {
      case 'literal':
        return { kind: 'constant', value: expr.value };
      case 'ident':
        return this.#planName(reference);
      case 'select':
        return reference === undefined ? this.#planSelect(expr) : this.#planName(reference);
      case 'call':
        return this.#planCall(expr, reference);
      case 'list':
        return this.#planList(expr);
      case 'map':
        return this.#planMap(expr);
      case 'struct':
        return {
          kind: 'step',
          step: objectStep(
            expr.typeName,
            expr.fields.map(({ value }) => this.#step(value)),
          ),
        };
      case 'comprehension':
        return { kind: 'step', step: this.#planComprehension(expr) };
    }
  }

  #step(expr: Expr): Step {
    return stepOf(this.plan(expr));
  }

  #planList({ elements, optionals }: ListExpr): Part {
    const parts = elements.map((element) => this.plan(element));
    return fold(listStep(parts.map((part, index) => ({ step: stepOf(part), isOptional: optionals.has(index) }))), parts);
  }

  #planMap({ entries }: MapExpr): Part {
    const parts = entries.map(({ key, value, isOptional }) => ({ key: this.plan(key), value: this.plan(value), isOptional }));
    const step = mapStep(parts.map(({ key, value, isOptional }) => ({ key: stepOf(key), value: stepOf(value), isOptional })));
    return fold(
      step,
      parts.flatMap(({ key, value }) => [key, value]),
    );
  }

  #planName(reference: Reference | undefined): Part {
    if (reference?.kind === 'type') {
      if (reference.type.kind === 'struct' || reference.type.name !== reference.name)
        throw new StartProblem(`reference to undefined type: ${reference.name}`);
      return { kind: 'constant', value: reference.type };
    }
    const name = reference?.kind === 'variable' ? reference.name : '';
    const root = this.#roots.findLast((known) => known.name === name)?.root ?? (() => noSuchOverload);
    return { kind: 'attribute', attribute: { kind: 'path', root, qualifiers: [] } };
  }

  /** The attribute of a part, so that something can be taken from it. */
  #attribute(expr: Expr): Attribute {
    const part = this.plan(expr);
    return part.kind === 'attribute' ? part.attribute : { kind: 'path', root: stepOf(part), qualifiers: [] };
  }

  #planSelect({ operand, field, isTest }: SelectExpr): Part {
    const attribute = this.#attribute(operand);
    addQualifier(attribute, { key: () => field, isOptional: false, isTest });
    return isTest ? { kind: 'step', step: presenceStep(attribute) } : { kind: 'attribute', attribute };
  }

  #planIndex([operand, index]: readonly Expr[], isOptional: boolean): Part {
    if (operand === undefined || index === undefined) throw new StartProblem('an index has an operand and a key');
    const attribute = this.#attribute(operand);
    const key = this.plan(index);
    if (key.kind === 'constant' && !isKey(key.value)) throw new StartProblem(invalidKey(key.value).message);
    addQualifier(attribute, { key: key.kind === 'attribute' ? resolver(key.attribute) : stepOf(key), isOptional, isTest: false });
    return { kind: 'attribute', attribute };
  }

  #planCall(expr: CallExpr, reference: Reference | undefined): Part {
    const { name, overloads, isGlobal } = reference?.kind === 'call' ? reference : { name: expr.name, overloads: [], isGlobal: true };
    const args = isGlobal || expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    switch (name) {
      case '_?_:_':
        return this.#planChoice(args);
      case '_[_]':
        return this.#planIndex(args, false);
      case '_[?_]':
      case '_?._':
        return this.#planIndex(args, true);
      default:
        return this.#planOrdinary(name, args, overloads);
    }
  }

  #planChoice([condition, yes, no]: readonly Expr[]): Part {
    if (condition === undefined || yes === undefined || no === undefined) throw new StartProblem('a choice has three parts');
    const attribute: Attribute = { kind: 'choice', condition: this.#step(condition), yes: this.#attribute(yes), no: this.#attribute(no) };
    return { kind: 'attribute', attribute };
  }

  #planOrdinary(name: string, args: readonly Expr[], overloads: readonly string[]): Part {
    const parts = args.map((arg) => this.plan(arg));
    const steps = parts.map(stepOf);
    const overloadId = overloads.length === 1 ? (overloads[0] ?? '') : '';
    const special = specialStep(name, steps);
    if (special !== undefined) return { kind: 'step', step: special };
    const membership = overloadId === 'in_list' ? planMembership(parts, steps) : undefined;
    if (membership !== undefined) return membership;
    const declared = this.#declarations.function(name);
    const plan = declared === undefined ? undefined : planImplementation(declared, overloads);
    if (plan === undefined) throw new StartProblem(`no such overload: ${name}`);
    const cost = costOfCall(name, overloadId);
    const search = planSearch(name, parts);
    if (search !== undefined) return { kind: 'step', step: callStep({ args: steps, run: search, cost, stopsAtError: true }) };
    const step = callStep({ args: steps, ...plan, cost });
    return conversionNames.has(name) ? fold(step, parts) : { kind: 'step', step };
  }

  #planComprehension(expr: ComprehensionExpr): Step {
    const [accumulator, variable] = [this.#newSlot(), this.#newSlot()];
    const secondVariable = expr.secondVariable === undefined ? undefined : this.#newSlot();
    const range = this.#step(expr.range);
    this.#roots.push({ name: expr.accumulator, root: accumulatorRoot(accumulator, this.#step(expr.initial)) });
    const outside = this.#roots.length;
    this.#roots.push({ name: expr.variable, root: slotRoot(variable) });
    if (expr.secondVariable !== undefined && secondVariable !== undefined)
      this.#roots.push({ name: expr.secondVariable, root: slotRoot(secondVariable) });
    const [condition, step] = [this.#step(expr.condition), this.#step(expr.step)];
    this.#roots.length = outside;
    const result = this.#step(expr.result);
    this.#roots.pop();
    return comprehensionStep({ range, accumulator, variable, secondVariable, condition, step, result });
  }

  #newSlot(): number {
    this.slotCount += 1;
    return this.slotCount - 1;
  }
}

/** Works a step out now when all its parts are constants. */
function fold(step: Step, parts: readonly Part[]): Part {
  if (!parts.every(({ kind }) => kind === 'constant')) return { kind: 'step', step };
  const value = step(new Frame(0, Number.POSITIVE_INFINITY));
  if (value instanceof CelError) throw new StartProblem(value.message);
  return { kind: 'constant', value };
}

/** `x in [1, 2]`, with a list that is known. */
function planMembership([, list]: readonly Part[], [value]: readonly Step[]): Part | undefined {
  if (value === undefined || list?.kind !== 'constant' || !(list.value instanceof CelList)) return undefined;
  if (list.value.size === 0) return { kind: 'constant', value: false };
  const test = membershipTest(list.value);
  return test === undefined ? undefined : { kind: 'step', step: membershipStep(value, test) };
}

/** A search for a pattern that is known, which is then read now. */
function planSearch(name: string, [, pattern]: readonly Part[]): Implementation | undefined {
  if (pattern?.kind !== 'constant' || typeof pattern.value !== 'string') return undefined;
  try {
    const search = withPattern(name, pattern.value);
    return search === undefined ? undefined : (...args) => search(args);
  } catch (error) {
    if (error instanceof RegexProblem) throw new StartProblem(error.message);
    throw error;
  }
}

/** Operators that do not work out all their operands, or do not look at types. */
function specialStep(name: string, steps: readonly Step[]): Step | undefined {
  const [first, second] = steps;
  if (first === undefined) return undefined;
  if (name === '@not_strictly_false') return notStrictlyFalseStep(first);
  if (second === undefined) return undefined;
  switch (name) {
    case '_&&_':
      return logicStep(steps, false);
    case '_||_':
      return logicStep(steps, true);
    case '_==_':
    case '_!=_': {
      const isNegated = name === '_!=_';
      const cost = costOfCall(name, isNegated ? 'not_equals' : 'equals');
      return equalityStep(first, second, { isNegated, cost });
    }
    case 'or':
    case 'orValue':
      return optionalStep(first, second, { isUnwrapped: name === 'orValue' });
    default:
      return undefined;
  }
}
