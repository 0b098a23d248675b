import type { CheckedExpression } from '../check/checked.ts';
import type { DeclaredType } from '../schema/declared-type.ts';
import {
  type CallExpr,
  type ComprehensionExpr,
  type Expr,
  hiddenAccumulator,
  type ListExpr,
  type MapExpr,
  oldAccumulator,
  type SelectExpr,
} from '../syntax/expr.ts';
import { isOptional, type Kind, type Type, unwrapOptional } from '../types/type.ts';
import { characterCount } from '../values/text.ts';
import { Bytes } from '../values/value.ts';
import { estimateExtensionCall } from './extension-calls.ts';
import { estimateKubernetesCall } from './kubernetes-calls.ts';
import type { CallEstimate, EstimatedCall, Operand } from './operand.ts';
import { estimateOrdinaryCall } from './ordinary-calls.ts';
import { between, either, emptyRange, exactly, plus, type Range, times, unknownSize } from './range.ts';

const newList = 10;
const newMap = 30;
const newObject = 40;
const nothing = exactly(0);
const one = exactly(1);

/** What an expression may cost, from the bounds that the schema of its variables declares. Without one all may be of any size. */
export function estimateCost(checked: CheckedExpression, root: DeclaredType | undefined): Range {
  return new Estimator(checked, root).cost(checked.expr);
}

/** How large the elements of a list are, or the keys and values of a map. */
interface EntrySizes {
  kind: Kind;
  key: Range;
  value: Range;
}

interface LocalVariable {
  path: readonly string[];
  size: Range | undefined;
  entries: EntrySizes | undefined;
}

class Estimator {
  readonly #checked: CheckedExpression;
  readonly #root: DeclaredType | undefined;
  readonly #paths = new Map<number, readonly string[]>();
  readonly #sizes = new Map<number, Range>();
  readonly #entries = new Map<number, EntrySizes>();
  readonly #locals: { name: string; variable: LocalVariable }[] = [];

  constructor(checked: CheckedExpression, root: DeclaredType | undefined) {
    this.#checked = checked;
    this.#root = root;
  }

  cost(expr: Expr): Range {
    const reference = this.#checked.referenceOf(expr);
    switch (expr.kind) {
      case 'literal':
        return nothing;
      case 'ident':
        return this.#costName(expr, expr.name);
      case 'select':
        return reference === undefined || reference.kind === 'call' ? this.#costSelect(expr) : this.#costName(expr, reference.name);
      case 'call':
        return this.#costCall(expr);
      case 'list':
        return this.#costList(expr);
      case 'map':
        return this.#costMap(expr);
      case 'struct':
        return plus(exactly(newObject), ...expr.fields.map(({ value }) => this.cost(value)));
      case 'comprehension':
        return isBinding(expr) ? this.#costBinding(expr) : this.#costComprehension(expr);
    }
  }

  #local(name: string): LocalVariable | undefined {
    return this.#locals.findLast((local) => local.name === name)?.variable;
  }

  #costName(expr: Expr, name: string): Range {
    this.#paths.set(expr.id, this.#local(name)?.path ?? [name]);
    return one;
  }

  #costSelect(expr: SelectExpr): Range {
    const operand = this.cost(expr.operand);
    // Asking whether a field is there costs only what leads to it.
    if (expr.isTest) return operand;
    const { kind } = this.#checked.typeOf(expr.operand);
    this.#paths.set(expr.id, [...this.#pathOf(expr.operand), expr.field]);
    return kind === 'map' || kind === 'struct' || kind === 'param' ? plus(operand, one) : operand;
  }

  #costCall(expr: CallExpr): Range {
    const reference = this.#checked.referenceOf(expr);
    if (reference?.kind !== 'call') return nothing;
    const { name, overloads, isGlobal } = reference;
    if (name === 'dyn') return this.#costDyn(expr);
    const argCosts: Range[] = [];
    const args = expr.args.map((arg) => {
      argCosts.push(this.cost(arg));
      return this.#operand(arg);
    });
    const targetExpr = isGlobal ? undefined : expr.target;
    const targetCost = targetExpr === undefined ? nothing : this.cost(targetExpr);
    const target = targetExpr === undefined ? undefined : this.#operand(targetExpr);
    let cost = emptyRange;
    let size: Range | undefined;
    for (const overloadId of overloads) {
      const call: EstimatedCall = {
        name,
        overloadId,
        args,
        ...(target === undefined ? {} : { target }),
        sizeAt: (operand) => this.#sizeAt(operand.path),
      };
      const estimate = this.#costOverload(expr, call, argCosts);
      cost = either(cost, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : either(size, estimate.size);
      size = this.#indexSize(expr, overloadId, size);
      size ??= this.#sizeOf(expr);
    }
    this.#setSize(expr, size);
    return plus(targetCost, cost);
  }

  #costDyn(expr: CallExpr): Range {
    const [arg] = expr.args;
    if (arg === undefined) return one;
    const cost = this.cost(arg);
    this.#copySizes(expr, arg);
    return plus(one, cost);
  }

  #costOverload(expr: CallExpr, call: EstimatedCall, argCosts: readonly Range[]): CallEstimate {
    const known = estimateExtensionCall(call) ?? estimateKubernetesCall(call);
    if (known !== undefined) return { ...known, cost: plus(known.cost, ...argCosts) };
    const [first, second, third] = argCosts;
    if (first !== undefined && second !== undefined && (call.overloadId === 'logical_or' || call.overloadId === 'logical_and'))
      return { cost: { min: first.min, max: plus(first, second).max } };
    if (first !== undefined && second !== undefined && third !== undefined && call.overloadId === 'conditional')
      return this.#costChoice(expr, call.args, [first, second, third]);
    if (/^add_(?:string|bytes|list)$/.test(call.overloadId)) this.#joinEntries(expr, call.args[0]?.expr, call.args[1]?.expr);
    const { cost, size } = estimateOrdinaryCall(call);
    return { cost: plus(cost, ...argCosts), ...(size === undefined ? {} : { size }) };
  }

  #costChoice(expr: CallExpr, [, yes, no]: readonly Operand[], [condition, ifTrue, ifFalse]: readonly [Range, Range, Range]): CallEstimate {
    this.#joinEntries(expr, yes?.expr, no?.expr);
    return { cost: plus(condition, either(ifTrue, ifFalse)), size: either(yes?.size ?? unknownSize, no?.size ?? unknownSize) };
  }

  #joinEntries(expr: Expr, left: Expr | undefined, right: Expr | undefined): void {
    const [ours, theirs] = [left, right].map((part) => (part === undefined ? undefined : this.#entriesOf(part)));
    if (ours === undefined || theirs === undefined) return;
    this.#entries.set(expr.id, { kind: ours.kind, key: either(ours.key, theirs.key), value: either(ours.value, theirs.value) });
  }

  /** What is taken out of a list or map is as large as its elements. */
  #indexSize(expr: CallExpr, overloadId: string, size: Range | undefined): Range | undefined {
    const [container] = expr.args;
    const step = { index_list: '@items', index_map: '@values' }[overloadId];
    if (container === undefined || step === undefined) return size;
    this.#paths.set(expr.id, [...this.#pathOf(container), step]);
    return this.#entriesOf(container)?.value;
  }

  #costList(expr: ListExpr): Range {
    const costs = expr.elements.map((element) => this.cost(element));
    const value = expr.elements.reduce(
      (size, element) => either(size, this.#sizeOf(element) ?? unknownSize),
      expr.elements.length === 0 ? nothing : emptyRange,
    );
    this.#entries.set(expr.id, { kind: 'list', key: one, value });
    return plus(exactly(newList), ...costs);
  }

  #costMap(expr: MapExpr): Range {
    const start = expr.entries.length === 0 ? nothing : emptyRange;
    let [keySize, valueSize, sum] = [start, start, exactly(newMap)];
    for (const { key, value } of expr.entries) {
      sum = plus(sum, this.cost(key), this.cost(value));
      keySize = either(keySize, this.#sizeOf(key) ?? unknownSize);
      valueSize = either(valueSize, this.#sizeOf(value) ?? unknownSize);
    }
    this.#entries.set(expr.id, { kind: 'map', key: keySize, value: valueSize });
    return sum;
  }

  #costBinding(expr: ComprehensionExpr): Range {
    const before = plus(this.cost(expr.range), this.cost(expr.initial));
    const cost = this.#within([[expr.accumulator, this.#asLocal(expr.initial)]], () => this.cost(expr.result));
    this.#copySizes(expr, expr.result);
    return plus(before, cost);
  }

  #costComprehension(expr: ComprehensionExpr): Range {
    const before = plus(this.cost(expr.range), this.cost(expr.initial));
    const cost = this.#within([[expr.accumulator, this.#asLocal(expr.initial)]], () => {
      const round = this.#within(this.#iterated(expr), () => plus(this.cost(expr.condition), this.cost(expr.step)));
      const result = this.cost(expr.result);
      return { round, result };
    });
    const rounds = this.#sizeOf(expr.range) ?? unknownSize;
    this.#setComprehensionSize(expr, rounds);
    return plus(before, cost.result, times(rounds, cost.round));
  }

  #setComprehensionSize(expr: ComprehensionExpr, rounds: Range): void {
    if (expr.initial.kind === 'literal') this.#setSize(expr, this.#sizeOf(expr.initial));
    if (expr.initial.kind !== 'list' && expr.initial.kind !== 'map') return;
    this.#setSize(expr, rounds);
    const entries = this.#entriesOf(expr.step);
    if (entries !== undefined) this.#entries.set(expr.id, entries);
  }

  #within<T>(variables: readonly (readonly [string, LocalVariable])[], estimate: () => T): T {
    for (const [name, variable] of variables) this.#locals.push({ name, variable });
    const result = estimate();
    this.#locals.length -= variables.length;
    return result;
  }

  #asLocal(expr: Expr): LocalVariable {
    return { path: this.#pathOf(expr), size: this.#sizeOf(expr), entries: this.#entriesOf(expr) };
  }

  #iterated({ range, variable, secondVariable }: ComprehensionExpr): [string, LocalVariable][] {
    const entries = this.#entriesOf(range);
    const isList = (entries?.kind ?? this.#checked.typeOf(range).kind) === 'list';
    const path = this.#pathOf(range);
    const local = (step: string, size: Range | undefined): LocalVariable => ({ path: [...path, step], size, entries: undefined });
    const values = local(isList ? '@items' : '@values', entries?.value);
    const keys = local(isList ? '@indices' : '@keys', entries?.key);
    if (secondVariable !== undefined)
      return [
        [variable, keys],
        [secondVariable, values],
      ];
    return [[variable, isList ? values : keys]];
  }

  #pathOf(expr: Expr): readonly string[] {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr.id) ?? [];
  }

  #operand(expr: Expr): Operand {
    const path = this.#pathOf(expr);
    const size = this.#sizeOf(expr);
    const isAccumulator = path[0] === hiddenAccumulator || path[0] === oldAccumulator;
    return { type: this.#checked.typeOf(expr), path: isAccumulator ? [] : path, expr, ...(size === undefined ? {} : { size }) };
  }

  #setSize(expr: Expr, size: Range | undefined): void {
    if (size !== undefined) this.#sizes.set(expr.id, size);
  }

  #copySizes(to: Expr, from: Expr): void {
    this.#setSize(to, this.#sizeOf(from));
    const entries = this.#entriesOf(from);
    if (entries !== undefined) this.#entries.set(to.id, entries);
  }

  #sizeOf(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr.id) ?? writtenSize(expr);
    if (known !== undefined) return known;
    const declared = this.#sizeAt(this.#pathOf(expr));
    if (declared !== undefined) {
      this.#sizes.set(expr.id, declared);
      return declared;
    }
    if (isScalar(this.#checked.typeOf(expr))) return one;
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  #entriesOf(expr: Expr): EntrySizes | undefined {
    const known = this.#entries.get(expr.id);
    return known ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined);
  }

  /** How large what stands at a path may be by its schema; the first step is the variable's name, whichever it is. */
  #sizeAt(path: readonly string[]): Range | undefined {
    if (path.length === 0) return undefined;
    let declared = this.#root;
    for (const step of path.slice(1)) declared = declaredAt(declared, step);
    return declared === undefined ? undefined : between(0, declared.maxElements);
  }
}

function declaredAt(declared: DeclaredType | undefined, step: string): DeclaredType | undefined {
  if (step === '@items' || step === '@values') return declared?.element;
  return step === '@keys' ? declared?.key : declared?.fields?.get(step);
}

/** Of what is written out the size is known. */
function writtenSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return exactly(expr.elements.length);
  if (expr.kind === 'map') return exactly(expr.entries.length);
  if (expr.kind !== 'literal') return undefined;
  if (typeof expr.value === 'string') return exactly(characterCount(expr.value));
  return exactly(expr.value instanceof Bytes ? expr.value.bytes.length : 1);
}

const scalars: ReadonlySet<Kind> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);
const isScalar = (type: Type): boolean => scalars.has(type.kind) || (isOptional(type) && isScalar(unwrapOptional(type)));

/** A comprehension that only gives a value a name. */
function isBinding({ range, condition, accumulator }: ComprehensionExpr): boolean {
  return (
    range.kind === 'list' &&
    range.elements.length === 0 &&
    condition.kind === 'literal' &&
    condition.value === false &&
    accumulator !== oldAccumulator
  );
}
