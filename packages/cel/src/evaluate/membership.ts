import type { CelList } from '../values/collection.ts';
import { isEqual } from '../values/equal.ts';
import { Double, isInt, Uint } from '../values/number.ts';
import { CelError, type Value } from '../values/value.ts';

/** A fast test of membership in a list of plain values; undefined for lists of others. */
export function membershipTest(list: CelList): ((value: Value) => boolean) | undefined {
  const texts = new Set<Value>();
  const numbers: Value[] = [];
  for (const element of list.elements()) {
    if (element instanceof CelError) return undefined;
    if (isInt(element) || element instanceof Uint || element instanceof Double) numbers.push(element);
    else if (typeof element === 'string' || typeof element === 'boolean') texts.add(element);
    else return undefined;
  }
  const ints = new Set<Value>(numbers.filter(isInt));
  return (value) => texts.has(value) || ints.has(value) || numbers.some((number) => isEqual(number, value));
}
