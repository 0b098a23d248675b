import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../model/index.ts';
import { childSchema, type Fields, fromParts, type Granular, isFields, isGranular, partsOf } from './field-schema.ts';
import { emptySet, type FieldSet, isEmptySet } from './field-set.ts';

const mergeFields = (schema: Schema, live: Fields, applied: Fields): Fields => {
  let merged: Fields | undefined;
  for (const name of Object.keys(applied)) {
    if (name === '__proto__') continue;
    const isThere = Object.hasOwn(live, name);
    const old = isThere ? live[name] : undefined;
    const value = mergeValues(childSchema(schema, name), old, applied[name]);
    if (isThere && value === old) continue;
    merged ??= { ...live };
    merged[name] = value;
  }
  return merged ?? live;
};

/**
 * Lays an applied value over the live one: granular values part by part, everything else as a whole. Live items keep their order.
 * Where nothing changes it answers the live value itself, so that later comparisons end at the reference.
 */
export const mergeValues = (schema: Schema, live: unknown, applied: unknown): unknown => {
  if (live === applied) return live;
  if (isFields(live) && isFields(applied) && isGranular(schema)) return mergeFields(schema, live, applied);
  if (typeof applied !== 'object' || typeof live !== 'object') return applied;
  const old = partsOf(schema, live);
  const now = partsOf(schema, applied);
  if (old === undefined || now === undefined || old.is !== now.is) return isDeepStrictEqual(live, applied) ? live : applied;
  const parts: Granular['parts'] = new Map(old.parts);
  let isSame = true;
  for (const [element, part] of now.parts) {
    const before = parts.get(element)?.value;
    const value = mergeValues(part.schema, before, part.value);
    isSame &&= value === before;
    parts.set(element, { ...part, value });
  }
  return isSame ? live : fromParts({ is: now.is, parts });
};

const isEmptyContainer = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

interface Pruning {
  /** What the manager owned before and does not send any more. */
  given: FieldSet;
  /** What somebody still owns. */
  kept: FieldSet;
}

/** Removes fields that were given up and that nobody else owns, and containers that became empty by it. */
export const pruneValue = (schema: Schema, value: unknown, { given, kept }: Pruning): unknown => {
  const granular = partsOf(schema, value);
  if (granular === undefined || given.children.size === 0) return value;
  const parts: Granular['parts'] = new Map(granular.parts);
  for (const [element, givenChild] of given.children) {
    const part = parts.get(element);
    if (part === undefined) continue;
    const keptChild = kept.children.get(element) ?? emptySet;
    if (givenChild.isMember && isEmptySet(keptChild)) {
      parts.delete(element);
      continue;
    }
    const pruned = pruneValue(part.schema, part.value, { given: givenChild, kept: keptChild });
    if (pruned !== part.value && isEmptyContainer(pruned) && !keptChild.isMember) parts.delete(element);
    else parts.set(element, { ...part, value: pruned });
  }
  const isSame =
    parts.size === granular.parts.size && [...parts].every(([element, part]) => part.value === granular.parts.get(element)?.value);
  return isSame ? value : fromParts({ is: granular.is, parts });
};
