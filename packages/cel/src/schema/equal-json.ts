import { spendEffort } from '../values/effort.ts';

/** Whether two values of JSON are the same, down to the last field. */
export function equalJson(one: unknown, other: unknown): boolean {
  spendEffort(1);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  if (Array.isArray(one) || Array.isArray(other)) return Array.isArray(one) && Array.isArray(other) && equalArrays(one, other);
  return equalObjects(one as Record<string, unknown>, other as Record<string, unknown>);
}

const equalArrays = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((item, index) => equalJson(item, other[index]));

function equalObjects(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && equalJson(one[name], other[name]));
}
