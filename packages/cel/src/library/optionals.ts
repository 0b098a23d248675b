import { listOf, mapOf, optionalOf, param, types } from '../types/type.ts';
import { CelList, CelMap } from '../values/collection.ts';
import { ValueList } from '../values/lists.ts';
import { Double, Uint } from '../values/number.ts';
import { print } from '../values/print.ts';
import { Duration, Timestamp } from '../values/time.ts';
import { Bytes, CelError, none, Optional, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, method, overload } from './function.ts';

const [k, v] = [param('K'), param('V')];
const optionalV = optionalOf(v);
const { bool, dyn, int, string } = types;

/** Whether a value is the empty one of its type, such as `''` and `0`. */
function isZero(value: Value): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Bytes) return value.bytes.length === 0;
  if (value instanceof Duration) return value.nanos === 0;
  // The zero time of Go: the first moment of the year 1.
  if (value instanceof Timestamp) return value.seconds === -62_135_596_800 && value.nanos === 0;
  // Lists and maps of a schema do not know whether they are empty, as in Kubernetes.
  return (value instanceof CelList || value instanceof CelMap) && value.size === 0 && value.bare() === value;
}

function valueIn(optional: Optional): Result {
  return optional.value === undefined ? new CelError('optional.none() dereference') : optional.value;
}

function unwrapAll(list: CelList): Result {
  const values: Value[] = [];
  for (const element of list.elements()) {
    if (element instanceof CelError) return element;
    if (!(element instanceof Optional)) return new CelError(`value ${print(element)} is not optional`);
    if (element.value !== undefined) values.push(element.value);
  }
  return new ValueList(values);
}

function optionalAt(list: CelList, index: number): Result {
  if (list.size === 0) return none;
  const element = list.get(index);
  return element instanceof CelError ? element : new Optional(element);
}

/** Optional values. `or` and `orValue` and the indices have no `run`: the evaluator works out only what it needs. */
export const optionals: readonly FunctionDecl[] = [
  { name: 'optional.of', overloads: [overload('optional_of', [[v], optionalV], (value) => new Optional(value))] },
  {
    name: 'optional.ofNonZeroValue',
    overloads: [overload('optional_ofNonZeroValue', [[v], optionalV], (value = null) => (isZero(value) ? none : new Optional(value)))],
  },
  { name: 'optional.none', overloads: [overload('optional_none', [[], optionalV], () => none)] },
  { name: 'value', overloads: [method('optional_value', [[optionalV], v], (optional) => valueIn(optional as Optional))] },
  {
    name: 'hasValue',
    overloads: [method('optional_hasValue', [[optionalV], bool], (optional) => (optional as Optional).value !== undefined)],
  },
  { name: 'or', overloads: [method('optional_or_optional', [[optionalV, optionalV], optionalV])] },
  { name: 'orValue', overloads: [method('optional_orValue_value', [[optionalV, v], v])] },
  { name: '_?._', overloads: [overload('select_optional_field', [[dyn, string], optionalV])] },
  {
    name: '_[?_]',
    overloads: [
      overload('list_optindex_optional_int', [[listOf(v), int], optionalV]),
      overload('optional_list_optindex_optional_int', [[optionalOf(listOf(v)), int], optionalV]),
      overload('map_optindex_optional_value', [[mapOf(k, v), k], optionalV]),
      overload('optional_map_optindex_optional_value', [[optionalOf(mapOf(k, v)), k], optionalV]),
    ],
  },
  {
    name: '_[_]',
    overloads: [
      overload('optional_list_index_int', [[optionalOf(listOf(v)), int], optionalV]),
      overload('optional_map_index_value', [[optionalOf(mapOf(k, v)), k], optionalV]),
    ],
  },
  {
    name: 'last',
    overloads: [method('list_last', [[listOf(v)], optionalV], (list) => optionalAt(list as CelList, (list as CelList).size - 1))],
  },
  { name: 'first', overloads: [method('list_first', [[listOf(v)], optionalV], (list) => optionalAt(list as CelList, 0))] },
  {
    name: 'optional.unwrap',
    overloads: [overload('optional_unwrap', [[listOf(optionalV)], listOf(v)], (list) => unwrapAll(list as CelList))],
  },
  {
    name: 'unwrapOpt',
    overloads: [method('optional_unwrapOpt', [[listOf(optionalV)], listOf(v)], (list) => unwrapAll(list as CelList))],
  },
];
