import { listOf, param, type Type, types } from '../types/type.ts';
import { CelList } from '../values/collection.ts';
import { spendEffort } from '../values/effort.ts';
import { compare, isEqual, isOrdered } from '../values/equal.ts';
import { CountingList, ValueList } from '../values/lists.ts';
import type { Int } from '../values/number.ts';
import { CelError, noSuchOverload, type Result, typeOf, type Value } from '../values/value.ts';
import { type FunctionDecl, method, overload } from './function.ts';

const { bool, bytes, double, duration, dyn, int, string, timestamp, uint } = types;
const t = param('T');
const listT = listOf(t);
const orderedTypes: readonly Type[] = [int, uint, double, bool, duration, timestamp, string, bytes];

/** The elements, or the first of them that is an error. */
function valuesOf(list: CelList): Value[] | CelError {
  const values: Value[] = [];
  for (const element of list.elements()) {
    if (element instanceof CelError) return element;
    values.push(element);
  }
  return values;
}

const listFrom = (values: Value[] | CelError): Result => (values instanceof CelError ? values : new ValueList(values));

function slice(list: CelList, from: Int, to: Int): Result {
  const call = `cannot slice(${from}, ${to})`;
  if (from < 0 || to < 0) return new CelError(`${call}, negative indexes not supported`);
  if (from > to) return new CelError(`${call}, start index must be less than or equal to end index`);
  if (to > list.size) return new CelError(`${call}, list is length ${list.size}`);
  const values: Value[] = [];
  for (let index = Number(from); index < to; index += 1) {
    spendEffort(1);
    const element = list.get(index);
    if (element instanceof CelError) return element;
    values.push(element);
  }
  return new ValueList(values);
}

function flatten(list: CelList, depth: Int): Value[] | CelError {
  if (depth < 0) return new CelError('level must be non-negative');
  const flat: Value[] = [];
  return gatherFlat(list, Number(depth), flat) ?? flat;
}

/** Puts what is in a list and in its lists behind each other; an error that is met ends it. */
function gatherFlat(list: CelList, depth: number, flat: Value[]): CelError | undefined {
  for (const element of list.elements()) {
    if (element instanceof CelError) return element;
    if (!(element instanceof CelList) || depth === 0) flat.push(element);
    else {
      const failed = gatherFlat(element, depth - 1, flat);
      if (failed !== undefined) return failed;
    }
  }
  return undefined;
}

function distinct(list: CelList): Result {
  const values = valuesOf(list);
  if (values instanceof CelError) return values;
  const unique: Value[] = [];
  for (const value of values) {
    spendEffort(unique.length);
    if (!unique.some((other) => isEqual(value, other))) unique.push(value);
  }
  return new ValueList(unique);
}

function sortBy(list: CelList, keyList: CelList): Result {
  if (list.size !== keyList.size)
    return new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keyList.size} elements respectively`,
    );
  const [values, keys] = [valuesOf(list), valuesOf(keyList)];
  if (values instanceof CelError) return values;
  if (keys instanceof CelError) return keys;
  const [first] = keys;
  if (first === undefined) return list;
  if (!isOrdered(first)) return new CelError('list elements must be comparable');
  if (keys.some((key) => typeOf(key) !== typeOf(first))) return new CelError('list elements must have the same type');
  const pairs = values.map((value, index) => ({ value, key: keys[index] ?? null }));
  pairs.sort((one, other) => Number(compare(one.key, other.key) === 1) - Number(compare(one.key, other.key) === -1));
  return new ValueList(pairs.map(({ value }) => value));
}

const isList = (value: Value): boolean => value instanceof CelList;

/** The lists of cel-go's extension: parts, order and copies. */
export const moreLists: readonly FunctionDecl[] = [
  {
    name: 'slice',
    overloads: [method('list_slice', [[listT, int, int], listT], (list, from, to) => slice(list as CelList, from as Int, to as Int))],
  },
  {
    name: 'flatten',
    overloads: [
      method('list_flatten', [[listOf(listT)], listT], (list) => listFrom(flatten(list as CelList, 1))),
      method('list_flatten_int', [[listOf(dyn), int], listOf(dyn)], (list, depth) => listFrom(flatten(list as CelList, depth as Int))),
    ],
  },
  {
    name: 'sort',
    overloads: orderedTypes.map((type) => method(`list_${type.name}_sort`, [[listOf(type)], listOf(type)])),
    accepts: isList,
    run: (list) => sortBy(list as CelList, list as CelList),
  },
  {
    name: '@sortByAssociatedKeys',
    overloads: orderedTypes.map((type) => method(`list_${type.name}_sortByAssociatedKeys`, [[listT, listOf(type)], listT])),
    accepts: isList,
    run: (list, keys) => (keys instanceof CelList ? sortBy(list as CelList, keys) : noSuchOverload),
  },
  {
    name: 'lists.range',
    overloads: [overload('lists_range', [[int], listOf(int)], (count) => new CountingList(Math.max(Number(count as Int), 0)))],
  },
  {
    name: 'reverse',
    overloads: [
      method('list_reverse', [[listT], listT], (list) => {
        const values = valuesOf(list as CelList);
        return listFrom(values instanceof CelError ? values : values.reverse());
      }),
    ],
  },
  { name: 'distinct', overloads: [method('list_distinct', [[listT], listT], (list) => distinct(list as CelList))] },
];
