import { Cidr, Ip } from '../library/address.ts';
import { Format } from '../library/formats.ts';
import { sizeOf } from '../library/operators.ts';
import { CelList, CelMap, Opaque } from '../values/collection.ts';
import { Bytes, CelError, Optional, type Result } from '../values/value.ts';

/** What a call costs. It is paid ahead as far as its arguments tell it, so that nothing runs that costs too much. */
export interface CallCost {
  ahead: ArgumentCost;
  /** For what only the result tells. */
  behind?: ResultCost;
}

type ArgumentCost = (args: readonly (Result | undefined)[]) => number;
type ResultCost = (result: Result) => number;

/** One pass over a text, for each of its characters. */
const perCharacter = 0.1;
/** What a pattern costs for each of its characters, for each unit of a pass over the text. */
const perPatternCharacter = 0.25;
const newList = 10;

/** How much there is to go over in a value; 1 for what has no size. */
function costSize(value: Result | undefined): number {
  if (value === undefined || value instanceof CelError) return 1;
  if (value instanceof Ip) return value.bytes.length;
  if (value instanceof Cidr) return Math.ceil(value.bits / 8);
  return sizeOf(value) ?? 1;
}

/** The same where cel-go's own rules hold, which look into optionals. */
function costSizeInside(value: Result | undefined): number {
  return value instanceof Optional && value.value !== undefined ? costSizeInside(value.value) : costSize(value);
}

const pass = (size: number, times = 1): number => Math.ceil(size * times * perCharacter);
const onePass: ArgumentCost = ([text]) => pass(costSize(text));
const twoPasses: ArgumentCost = ([text]) => pass(costSize(text), 2);
const one: ArgumentCost = () => 1;
const search: ArgumentCost = ([text, pattern]) => pass(1 + costSize(text)) * Math.ceil(costSize(pattern) * perPatternCharacter);

function traversal(value: Result | undefined): number {
  if (value === undefined || value instanceof CelError) return 1;
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * perCharacter);
  if (value instanceof Bytes) return Math.floor(value.bytes.length * perCharacter);
  if (value instanceof CelList) return traverseAll(value.elements());
  return value instanceof CelMap ? traverseAll(value.keys()) + traverseAll(valuesOf(value)) : 1;
}

function traverseAll(values: Iterable<Result | undefined>): number {
  let sum = 0;
  for (const value of values) sum += traversal(value);
  return sum;
}

function* valuesOf(map: CelMap): Generator<Result | undefined> {
  for (const key of map.keys()) yield map.find(key);
}
const traverse: ArgumentCost = ([value]) => traversal(value);

function selectorCost([, selector]: readonly (Result | undefined)[]): number {
  const length = costSize(selector);
  return newList + pass(length) + Math.ceil(Math.ceil(length * 0.5) * 50);
}

const containsIp =
  (isText: boolean): ArgumentCost =>
  ([cidr, other]) =>
    pass(2 * costSize(cidr)) + (isText ? pass(costSize(other)) : 0);

const containsCidr =
  (isText: boolean): ArgumentCost =>
  ([cidr, other]) =>
    pass(2 * costSize(cidr)) + pass(costSize(cidr)) + 1 + (isText ? pass(costSize(other)) : 0);

const validation: ArgumentCost = ([format, text]) => {
  const patternSize = format instanceof Format ? format.patternSize : 0;
  return pass(1 + costSize(text)) * Math.ceil(patternSize * perPatternCharacter);
};

/** Kubernetes' own rules, by the name of the function. */
const byFunction: Readonly<Record<string, ArgumentCost>> = {
  check: () => 350_000,
  ...forAll(
    ['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored'],
    one,
  ),
  ...forAll(['fieldSelector', 'labelSelector'], selectorCost),
  ...forAll(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'], traverse),
  ...forAll(
    [
      'url',
      'lowerAscii',
      'upperAscii',
      'substring',
      'trim',
      'cidr',
      'isIP',
      'isCIDR',
      'ip',
      'quantity',
      'isQuantity',
      'semver',
      'isSemver',
    ],
    onePass,
  ),
  ...forAll(['replace', 'split', 'ip.isCanonical'], twoPasses),
  ...forAll(['find', 'findAll'], search),
  validate: validation,
};

/** A negative factor makes the cost wrap around below zero, which is past every limit. */
function newListOf(size: number, factor = 1): number {
  const cost = Math.trunc(size * factor) + 1 + newList;
  return cost < 0 ? Number.POSITIVE_INFINITY : cost;
}

const selfCompare =
  (index: number): ArgumentCost =>
  (args) => {
    const list = args[index];
    if (!(list instanceof CelList) || list.size === 0) return newListOf(0);
    const first = list.get(0);
    const isText = typeof first === 'string' || first instanceof Bytes;
    return newListOf(list.size * list.size, isText ? 2 + perCharacter : 2);
  };

const setCost =
  (factor: number): ArgumentCost =>
  ([left, right]) =>
    1 + costSize(left) * costSize(right) * factor;

const pairOfTexts: ArgumentCost = ([left, right]) => pass(Math.min(costSizeInside(left), costSizeInside(right)));
const contains: ArgumentCost = ([text, part]) => pass(costSizeInside(text)) * pass(costSizeInside(part));
const matching: ArgumentCost = ([text, pattern]) =>
  pass(1 + costSizeInside(text)) * Math.ceil(costSizeInside(pattern) * perPatternCharacter);
const sum: ArgumentCost = ([left, right]) => pass(costSizeInside(left) + costSizeInside(right));
const insideOnce: ArgumentCost = ([text]) => pass(costSizeInside(text));

/** Rules of extensions, which come first, by the id of the overload. */
const byExtensionOverload: Readonly<Record<string, ArgumentCost>> = {
  list_sets_contains_list: setCost(1),
  list_sets_intersects_list: setCost(1),
  list_sets_equivalent_list: setCost(2),
  ...forAll(['list_flatten', 'list_flatten_int'], ([list, depth = 1]) => newListOf(costSize(list), Number(depth))),
  list_distinct: selfCompare(0),
};

/** cel-go's own rules, which come last. */
const byOverload: Readonly<Record<string, ArgumentCost>> = {
  ...forAll(['starts_with_string', 'ends_with_string', 'string_to_bytes', 'bytes_to_string', 'strings_quote', 'string_format'], insideOnce),
  in_list: (args) => costSizeInside(args[1]),
  ...forAll(
    ['less', 'greater', 'less_equals', 'greater_equals'].flatMap((prefix) => [`${prefix}_string`, `${prefix}_bytes`]),
    pairOfTexts,
  ),
  not_equals: pairOfTexts,
  // Comparing what only functions know takes no longer for larger values.
  equals: (args) => (args[0] instanceof Opaque ? 1 : pairOfTexts(args)),
  ...forAll(['add_string', 'add_bytes'], sum),
  matches_string: matching,
  contains_string: contains,
};

function forAll(names: readonly string[], cost: ArgumentCost): Record<string, ArgumentCost> {
  return Object.fromEntries(names.map((name) => [name, cost]));
}

const nothing: ArgumentCost = () => 0;

/** The rule for a call; undefined where every call costs 1. Without the id of one overload, only its function counts. */
export function costOfCall(name: string, overloadId: string): CallCost | undefined {
  if (name === 'join') return { ahead: nothing, behind: (result) => pass(costSize(result), 2) };
  if (['list_slice', 'lists_range', 'list_reverse'].includes(overloadId))
    return { ahead: nothing, behind: (result) => newListOf(costSize(result)) };
  const ahead = argumentCost(name, overloadId);
  return ahead === undefined ? undefined : { ahead };
}

function argumentCost(name: string, overloadId: string): ArgumentCost | undefined {
  if (/^list_.*_sort(ByAssociatedKeys)?$/.test(overloadId)) return selfCompare(name === 'sort' ? 0 : 1);
  if (name === 'containsIP') return containsIp(overloadId === 'cidr_contains_ip_string');
  if (name === 'containsCIDR') return containsCidr(overloadId === 'cidr_contains_cidr_string');
  if (overloadId === 'cidr_ip') return undefined;
  return own(byExtensionOverload, overloadId) ?? own(byFunction, name) ?? own(byOverload, overloadId);
}

const own = (table: Readonly<Record<string, ArgumentCost>>, key: string): ArgumentCost | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
