import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../model/index.ts';
import { childSchema, type Fields, type Granular, isFields, isGranular, partsOf } from './field-schema.ts';
import { emptySet, type FieldSet, fieldElement, leaf, node } from './field-set.ts';

/** The fields that somebody who sends this value says something about. */
export const ownedFields = (schema: Schema, value: unknown): FieldSet => {
  const granular = partsOf(schema, value);
  if (granular === undefined || granular.parts.size === 0) return leaf;
  return node(
    false,
    [...granular.parts].map(([element, part]) => {
      const child = ownedFields(part.schema, part.value);
      // An item of a map list is itself owned by whoever names its keys: it stays while one of them does.
      return [element, granular.is === 'map' ? { ...child, isMember: true } : child] as const;
    }),
  );
};

/** A value with everything below it, containers included. */
const allFields = (schema: Schema, value: unknown): FieldSet => {
  const parts = partsOf(schema, value)?.parts ?? new Map<string, never>();
  return node(
    true,
    [...parts].map(([element, part]) => [element, allFields(part.schema, part.value)] as const),
  );
};

export interface Differences {
  /** Added, or with another value than before. */
  changed: FieldSet;
  removed: FieldSet;
}

const none: Differences = { changed: emptySet, removed: emptySet };

const compareParts = (before: Granular, after: Granular): Differences => {
  const changed: [string, FieldSet][] = [];
  const removed: [string, FieldSet][] = [];
  for (const element of new Set([...before.parts.keys(), ...after.parts.keys()])) {
    const old = before.parts.get(element);
    const now = after.parts.get(element);
    const schema = (now ?? old)?.schema ?? {};
    const differences = compareValues(schema, old?.value, now?.value);
    changed.push([element, differences.changed]);
    removed.push([element, differences.removed]);
  }
  return { changed: node(false, changed), removed: node(false, removed) };
};

const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

/** The same for fields, of which most are the very same as before: what did not change gets no part. */
const compareFields = (schema: Schema, before: Fields, after: Fields): Differences => {
  const changed: [string, FieldSet][] = [];
  const removed: [string, FieldSet][] = [];
  const compare = (name: string, old: unknown, now: unknown): void => {
    if (old === now) return;
    const differences = compareValues(childSchema(schema, name), old, now);
    changed.push([fieldElement(name), differences.changed]);
    removed.push([fieldElement(name), differences.removed]);
  };
  for (const name of Object.keys(after)) compare(name, own(before, name), after[name]);
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) compare(name, before[name], undefined);
  return changed.length === 0 ? none : { changed: node(false, changed), removed: node(false, removed) };
};

/** What an update from one value to another touched. Order in map lists and sets is nobody's field. */
export const compareValues = (schema: Schema, before: unknown, after: unknown): Differences => {
  if (before === after) return none;
  if (before === undefined) return { changed: allFields(schema, after), removed: emptySet };
  if (after === undefined) return { changed: emptySet, removed: allFields(schema, before) };
  if (isFields(before) && isFields(after) && isGranular(schema)) return compareFields(schema, before, after);
  const old = partsOf(schema, before);
  const now = partsOf(schema, after);
  if (old !== undefined && now !== undefined && old.is === now.is) return compareParts(old, now);
  if (isDeepStrictEqual(before, after)) return none;
  return { changed: allFields(schema, after), removed: { ...allFields(schema, before), isMember: false } };
};
