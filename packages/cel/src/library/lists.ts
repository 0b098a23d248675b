import { listOf, param, type Type, types } from '../types/type.ts';
import type { CelList } from '../values/collection.ts';
import { spendEffort } from '../values/effort.ts';
import { compare, isEqual, isOrdered } from '../values/equal.ts';
import { addInts, Double, type Int, toUint, Uint } from '../values/number.ts';
import { addDurations, Duration } from '../values/time.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, type Implementation, method } from './function.ts';

const { bool, bytes, double, duration, int, string, timestamp, uint } = types;
const a = param('A');

const orderedTypes: readonly Type[] = [int, uint, double, bool, duration, timestamp, string, bytes];

/** A name for each type in the names of overloads. */
const idOf = (type: Type): string => type.kind;

function isSorted(list: CelList): Result {
  let before: Value | undefined;
  for (const element of list.elements()) {
    if (element instanceof CelError || !isOrdered(element)) return element instanceof CelError ? element : noSuchOverload;
    if (before !== undefined && compare(before, element) === 1) return false;
    before = element;
  }
  return true;
}

/** The first element that no other is before, in that direction. */
function extreme(list: CelList, name: string, direction: 1 | -1): Result {
  let best: Value | undefined;
  for (const element of list.elements()) {
    if (element instanceof CelError || !isOrdered(element)) return element instanceof CelError ? element : noSuchOverload;
    if (best === undefined || compare(element, best) === direction) best = element;
  }
  return best === undefined ? new CelError(`${name} called on empty list`) : best;
}

type Plus = (sum: Value, element: Value) => Result;

const sums: readonly (readonly [type: Type, zero: Value, plus: Plus])[] = [
  [int, 0, (sum, element) => (typeof element === 'number' || typeof element === 'bigint' ? addInts(sum as Int, element) : noSuchOverload)],
  [uint, new Uint(0n), (sum, element) => (element instanceof Uint ? toUint((sum as Uint).value + element.value) : noSuchOverload)],
  [
    double,
    new Double(0),
    (sum, element) => (element instanceof Double ? new Double((sum as Double).value + element.value) : noSuchOverload),
  ],
  [duration, new Duration(0), (sum, element) => (element instanceof Duration ? addDurations(sum as Duration, element) : noSuchOverload)],
];

function sum(list: CelList, zero: Value, plus: Plus): Result {
  let total: Value = zero;
  for (const element of list.elements()) {
    if (element instanceof CelError) return element;
    const next = plus(total, element);
    if (next instanceof CelError) return next;
    total = next;
  }
  return total;
}

function indexOf(list: CelList, item: Value, fromEnd: boolean): number {
  for (let count = 0; count < list.size; count += 1) {
    const index = fromEnd ? list.size - 1 - count : count;
    spendEffort(1);
    const element = list.get(index);
    if (!(element instanceof CelError) && isEqual(element, item)) return index;
  }
  return -1;
}

const onList =
  (run: (list: CelList) => Result): Implementation =>
  (list) =>
    run(list as CelList);

/** The lists of Kubernetes: order, sums and places. */
export const lists: readonly FunctionDecl[] = [
  {
    name: 'isSorted',
    overloads: orderedTypes.map((type) => method(`list_${idOf(type)}_is_sorted_bool`, [[listOf(type)], bool], onList(isSorted))),
  },
  {
    name: 'sum',
    overloads: sums.map(([type, zero, plus]) =>
      method(
        `list_${idOf(type)}_sum_${idOf(type)}`,
        [[listOf(type)], type],
        onList((list) => sum(list, zero, plus)),
      ),
    ),
  },
  ...(['max', 'min'] as const).map((name) => ({
    name,
    overloads: orderedTypes.map((type) =>
      method(
        `list_${idOf(type)}_${name}_${idOf(type)}`,
        [[listOf(type)], type],
        onList((list) => extreme(list, name, name === 'max' ? 1 : -1)),
      ),
    ),
  })),
  {
    name: 'indexOf',
    overloads: [method('list_a_index_of_int', [[listOf(a), a], int], (list, item = null) => indexOf(list as CelList, item, false))],
  },
  {
    name: 'lastIndexOf',
    overloads: [method('list_a_last_index_of_int', [[listOf(a), a], int], (list, item = null) => indexOf(list as CelList, item, true))],
  },
];
