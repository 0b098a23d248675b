import type { Schema } from '../model/index.ts';
import type { Compile } from './compile-schema.ts';
import { checkEach, checkFreely, isFields, type Place, pathOf, stepTo, type Walk } from './walk.ts';

/** By what items are told apart: sets and maps of Kubernetes lists may hold each item, or each key, once; ownership of fields rests on it. */
const compileIdentity = (schema: Schema): ((item: unknown) => unknown) | undefined => {
  const keys = schema['x-kubernetes-list-map-keys'];
  const isMap = schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys);
  const isSet = schema['x-kubernetes-list-type'] === 'set' || schema.uniqueItems === true;
  if (!isMap) return isSet ? (item) => item : undefined;
  return (item) => {
    if (!isFields(item)) return isSet ? item : undefined;
    const found = (keys as string[]).filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]);
    return found.length === 0 ? undefined : Object.fromEntries(found);
  };
};

/** The check of a list, item by item. */
export const compileItems = (schema: Schema, compile: Compile): ((walk: Walk, value: unknown[], place: Place) => unknown[]) => {
  const { minItems, maxItems } = schema as { minItems?: number; maxItems?: number };
  const checkItem = isFields(schema.items) ? compile(schema.items) : checkFreely;
  const identityOf = compileIdentity(schema);
  const refuseTwins = (walk: Walk, items: unknown[], place: Place): void => {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const identity = identityOf?.(item);
      if (identity === undefined) continue;
      const text = JSON.stringify(identity);
      if (seen.has(text)) walk.out.duplicate(pathOf(stepTo(place, index)), text);
      seen.add(text);
    }
  };
  return (walk, value, place) => {
    if (minItems !== undefined && value.length < minItems)
      walk.out.invalid(pathOf(place), value.length, `should have at least ${minItems} items`);
    if (maxItems !== undefined && value.length > maxItems) {
      walk.out.tooMany(pathOf(place), value.length, maxItems);
      return value;
    }
    const copy = checkEach(value, (item, index) => (walk.out.isFull ? item : checkItem(walk, item, stepTo(place, index))));
    if (identityOf !== undefined && copy.length > 1) refuseTwins(walk, copy, place);
    return copy;
  };
};
