import { listOf, mapOf, param, type Type, typeOfType, types } from '../types/type.ts';
import { CelList, CelMap } from '../values/collection.ts';
import { compare, isOrdered } from '../values/equal.ts';
import { plusList } from '../values/lists.ts';
import {
  addInts,
  Double,
  divideInts,
  divideUints,
  type Int,
  isInt,
  moduloInts,
  moduloUints,
  multiplyInts,
  subtractInts,
  toUint,
  Uint,
} from '../values/number.ts';
import { characterCount } from '../values/text.ts';
import {
  addDuration,
  addDurations,
  betweenTimestamps,
  Duration,
  durationOf,
  subtractDuration,
  subtractDurations,
  Timestamp,
} from '../values/time.ts';
import { Bytes, CelError, CelObject, noSuchOverload, type Result, typeOf, type Value } from '../values/value.ts';
import { type FunctionDecl, method, type Overload, overload } from './function.ts';

const a = param('A');
const b = param('B');
const { bool, bytes, double, duration, int, string, timestamp, uint } = types;

type Binary = (one: Value, other: Value) => Result;

/** Arithmetic on two values of one kind; what a pair of other kinds means is up to `others`. */
function arithmetic(
  numbers: {
    ints: (one: Int, other: Int) => Result;
    uints: (one: Uint, other: Uint) => Result;
    doubles?: (one: number, other: number) => number;
  },
  others: Binary = () => noSuchOverload,
): Binary {
  const { ints, uints, doubles } = numbers;
  return (one, other) => {
    if (isInt(one) && isInt(other)) return ints(one, other);
    if (one instanceof Double && other instanceof Double && doubles) return new Double(doubles(one.value, other.value));
    if (one instanceof Uint && other instanceof Uint) return uints(one, other);
    return others(one, other);
  };
}

function addOthers(one: Value, other: Value): Result {
  if (typeof one === 'string') return typeof other === 'string' ? one + other : noSuchOverload;
  if (one instanceof CelList) return plusList(one, other);
  if (one instanceof Bytes) return other instanceof Bytes ? new Bytes(Buffer.concat([one.bytes, other.bytes])) : noSuchOverload;
  if (one instanceof Duration && other instanceof Duration) return addDurations(one, other);
  if (one instanceof Duration && other instanceof Timestamp) return addDuration(other, one.nanos);
  if (one instanceof Timestamp && other instanceof Duration) return addDuration(one, other.nanos);
  return noSuchOverload;
}

function subtractOthers(one: Value, other: Value): Result {
  if (one instanceof Duration && other instanceof Duration) return subtractDurations(one, other);
  if (one instanceof Timestamp && other instanceof Duration) return subtractDuration(one, other);
  return one instanceof Timestamp && other instanceof Timestamp ? betweenTimestamps(one, other) : noSuchOverload;
}

const add = arithmetic(
  { ints: addInts, uints: (one, other) => toUint(one.value + other.value), doubles: (one, other) => one + other },
  addOthers,
);
const subtract = arithmetic(
  { ints: subtractInts, uints: (one, other) => toUint(one.value - other.value), doubles: (one, other) => one - other },
  subtractOthers,
);
const multiply = arithmetic({
  ints: multiplyInts,
  uints: (one, other) => toUint(one.value * other.value),
  doubles: (one, other) => one * other,
});
const divide = arithmetic({ ints: divideInts, uints: divideUints, doubles: (one, other) => one / other });
const modulo = arithmetic({ ints: moduloInts, uints: moduloUints });

function negate(value: Value): Result {
  if (isInt(value)) return subtractInts(0, value);
  if (value instanceof Double) return new Double(-value.value);
  return value instanceof Duration ? durationOf(subtractInts(0, value.nanos)) : noSuchOverload;
}

const isNumber = (value: Value): boolean => isInt(value) || value instanceof Double || value instanceof Uint;
const isTime = (value: Value): boolean => value instanceof Timestamp || value instanceof Duration;
const isAddable = (value: Value): boolean =>
  isNumber(value) || typeof value === 'string' || isTime(value) || value instanceof CelList || value instanceof Bytes;
const isNegatable = (value: Value): boolean =>
  isInt(value) || value instanceof Double || value instanceof Duration || typeof value === 'boolean';

/** The overloads of an operator on two values: `id_type1_type2`. */
const pairs = (prefix: string, ...signatures: readonly (readonly [string, Type, Type, Type])[]): Overload[] =>
  signatures.map(([id, one, other, result]) => overload(`${prefix}_${id}`, [[one, other], result]));

const comparisons: readonly FunctionDecl[] = [
  comparison('_<_', 'less', (order) => order < 0),
  comparison('_<=_', 'less_equals', (order) => order <= 0),
  comparison('_>_', 'greater', (order) => order > 0),
  comparison('_>=_', 'greater_equals', (order) => order >= 0),
];

function comparison(name: string, prefix: string, holds: (order: number) => boolean): FunctionDecl {
  const same = [bool, int, uint, double, string, bytes, timestamp, duration];
  const mixed: [Type, Type][] = [
    [int, double],
    [int, uint],
    [uint, double],
    [uint, int],
    [double, int],
    [double, uint],
  ];
  const ids: Partial<Record<string, string>> = { int: 'int64', uint: 'uint64' };
  const idOf = (type: Type): string => ids[type.name] ?? type.kind;
  return {
    name,
    overloads: [
      ...same.map((type) => overload(`${prefix}_${idOf(type)}`, [[type, type], bool])),
      ...mixed.map(([one, other]) => overload(`${prefix}_${idOf(one)}_${idOf(other)}`, [[one, other], bool])),
    ],
    accepts: isOrdered,
    run: (one = null, other = null) => {
      const order = compare(one, other);
      return order instanceof CelError ? order : holds(order);
    },
  };
}

/** How many characters, bytes, elements or entries a value has; undefined for values that have no size. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return characterCount(value);
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  return value instanceof Bytes ? value.bytes.length : undefined;
}

function isIn(value: Value, container: Value): Result {
  if (container instanceof CelList) return container.contains(value);
  if (!(container instanceof CelMap)) return noSuchOverload;
  const found = container.find(value);
  return found instanceof CelError ? found : found !== undefined;
}

const sizes: readonly (readonly [string, Type])[] = [
  ['bytes', bytes],
  ['list', listOf(a)],
  ['map', mapOf(a, b)],
  ['string', string],
];

/** Operators. Those without `run` are the evaluator's own: they do not need all their operands, or do not look at types. */
export const operators: readonly FunctionDecl[] = [
  { name: '_?_:_', overloads: [overload('conditional', [[bool, a, a], a])] },
  { name: '_&&_', overloads: [overload('logical_and', [[bool, bool], bool])] },
  { name: '_||_', overloads: [overload('logical_or', [[bool, bool], bool])] },
  {
    name: '!_',
    overloads: [overload('logical_not', [[bool], bool])],
    run: (value) => (typeof value === 'boolean' ? !value : noSuchOverload),
  },
  { name: '@not_strictly_false', overloads: [overload('not_strictly_false', [[bool], bool])] },
  { name: '_==_', overloads: [overload('equals', [[a, a], bool])] },
  { name: '_!=_', overloads: [overload('not_equals', [[a, a], bool])] },
  {
    name: '_+_',
    overloads: [
      ...pairs(
        'add',
        ['bytes', bytes, bytes, bytes],
        ['double', double, double, double],
        ['duration_duration', duration, duration, duration],
      ),
      ...pairs('add', ['duration_timestamp', duration, timestamp, timestamp], ['timestamp_duration', timestamp, duration, timestamp]),
      ...pairs('add', ['int64', int, int, int], ['list', listOf(a), listOf(a), listOf(a)], ['string', string, string, string]),
      ...pairs('add', ['uint64', uint, uint, uint]),
    ],
    accepts: isAddable,
    run: (one = null, other = null) => add(one, other),
  },
  {
    name: '_/_',
    overloads: pairs('divide', ['double', double, double, double], ['int64', int, int, int], ['uint64', uint, uint, uint]),
    accepts: isNumber,
    run: (one = null, other = null) => divide(one, other),
  },
  {
    name: '_%_',
    overloads: pairs('modulo', ['int64', int, int, int], ['uint64', uint, uint, uint]),
    accepts: (value) => isInt(value) || value instanceof Uint,
    run: (one = null, other = null) => modulo(one, other),
  },
  {
    name: '_*_',
    overloads: pairs('multiply', ['double', double, double, double], ['int64', int, int, int], ['uint64', uint, uint, uint]),
    accepts: isNumber,
    run: (one = null, other = null) => multiply(one, other),
  },
  {
    name: '-_',
    overloads: [overload('negate_double', [[double], double]), overload('negate_int64', [[int], int])],
    accepts: isNegatable,
    run: (value = null) => negate(value),
  },
  {
    name: '_-_',
    overloads: [
      ...pairs(
        'subtract',
        ['double', double, double, double],
        ['duration_duration', duration, duration, duration],
        ['int64', int, int, int],
      ),
      ...pairs('subtract', ['timestamp_duration', timestamp, duration, timestamp], ['timestamp_timestamp', timestamp, timestamp, duration]),
      ...pairs('subtract', ['uint64', uint, uint, uint]),
    ],
    accepts: (value) => isNumber(value) || isTime(value),
    run: (one = null, other = null) => subtract(one, other),
  },
  ...comparisons,
  { name: '_[_]', overloads: [overload('index_list', [[listOf(a), int], a]), overload('index_map', [[mapOf(a, b), a], b])] },
  {
    name: '@in',
    overloads: [overload('in_list', [[a, listOf(a)], bool]), overload('in_map', [[a, mapOf(a, b)], bool])],
    run: (value = null, container = null) => isIn(value, container),
  },
  {
    name: 'size',
    overloads: sizes.flatMap(([id, type]) => [overload(`size_${id}`, [[type], int]), method(`${id}_size`, [[type], int])]),
    accepts: (value) => sizeOf(value) !== undefined,
    run: (value = null) => sizeOf(value) ?? noSuchOverload,
  },
  { name: 'dyn', overloads: [overload('to_dyn', [[a], types.dyn])], run: (value = null) => value },
  {
    name: 'type',
    overloads: [overload('type', [[a], typeOfType(a)])],
    run: (value = null) => (value instanceof CelObject ? value.typeProblem : undefined) ?? typeOf(value),
  },
];
