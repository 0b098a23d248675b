import { childSchema, itemSchema, listKeysOf } from '../fields/index.ts';
import { invalid, type Schema } from '../model/index.ts';
import { isFields } from './patch-limits.ts';

/** How items of a list find each other: by key, by value, or not at all (the list is replaced). */
export type ListStrategy = { by: 'key'; identify: (item: unknown) => string } | { by: 'value' } | { by: 'nothing' };

const keyStrategy = (schema: Schema, keys: readonly string[]): ListStrategy => ({
  by: 'key',
  identify: (item) => {
    const values = isFields(item)
      ? keys.map((key) => (Object.hasOwn(item, key) ? item[key] : childSchema(itemSchema(schema), key).default))
      : [];
    if (!isFields(item) || values.every((value) => value === undefined || value === null))
      throw invalid(`an item of the patch does not contain the declared merge key: ${keys.join(', ')}`);
    return JSON.stringify(values.map((value) => value ?? null));
  },
});

export const listStrategy = (schema: Schema): ListStrategy => {
  const strategies = String(schema['x-kubernetes-patch-strategy'] ?? '').split(',');
  const mergeKey = schema['x-kubernetes-patch-merge-key'];
  const listType = schema['x-kubernetes-list-type'];
  if (!strategies.includes('merge') && listType !== 'map' && listType !== 'set') return { by: 'nothing' };
  if (typeof mergeKey === 'string') return keyStrategy(schema, [mergeKey]);
  const keys = listKeysOf(schema);
  return keys === undefined ? { by: 'value' } : keyStrategy(schema, keys);
};

export const identifier = (strategy: ListStrategy): ((item: unknown) => string) =>
  strategy.by === 'key' ? strategy.identify : (item) => JSON.stringify(item);

/**
 * Puts items into the order that the client wants. Items that only the server knows keep their place among those that were there before.
 */
export const orderItems = (
  items: readonly unknown[],
  { before, order, identify }: { before: readonly unknown[]; order: readonly unknown[]; identify: (item: unknown) => string },
): unknown[] => {
  const wanted = new Map(order.map((item, index) => [identify(item), index]));
  const old = new Map(before.map((item, index) => [identify(item), index]));
  const asWanted = items
    .filter((item) => wanted.has(identify(item)))
    .sort((a, b) => (wanted.get(identify(a)) ?? 0) - (wanted.get(identify(b)) ?? 0));
  const ordered: unknown[] = [];
  for (const item of items) {
    if (wanted.has(identify(item))) continue;
    const place = old.get(identify(item)) ?? Number.POSITIVE_INFINITY;
    for (let next = asWanted[0]; next !== undefined && (old.get(identify(next)) ?? -1) < place; next = asWanted[0])
      ordered.push(asWanted.shift());
    ordered.push(item);
  }
  return [...ordered, ...asWanted];
};
