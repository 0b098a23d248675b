import type { Kind, Schema } from '../model/index.ts';
import { fieldElement, keyElement, valueElement } from './field-set.ts';

export type Fields = Record<string, unknown>;
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** How the metadata of every kind is owned; kinds' own schemas leave it out. */
const metadataSchema: Schema = {
  type: 'object',
  properties: {
    labels: { type: 'object', additionalProperties: {} },
    annotations: { type: 'object', additionalProperties: {} },
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' },
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
  },
};

/** The schema of a whole object, with the metadata that a kind's own schema leaves out. */
export const withMetadata = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...(isFields(schema.properties) ? schema.properties : {}), metadata: metadataSchema },
});

const ofKinds = new WeakMap<Schema, Schema>();

export const objectSchema = (kind: Kind): Schema => {
  const known = ofKinds.get(kind.schema) ?? withMetadata(kind.schema);
  ofKinds.set(kind.schema, known);
  return known;
};

/** The schema of a field of an object; an empty one where none is declared (objects granular, lists atomic). */
export const childSchema = (schema: Schema, name: string): Schema => {
  const { properties, patternProperties, additionalProperties } = schema;
  if (isFields(properties) && Object.hasOwn(properties, name)) return properties[name] as Schema;
  // Every pattern of ours matches all keys: records are the only source of patterns in a kind's schema.
  if (isFields(patternProperties)) return (Object.values(patternProperties)[0] ?? {}) as Schema;
  return isFields(additionalProperties) ? additionalProperties : {};
};

/** The schema of the items of a list; an empty one where none is declared. */
export const itemSchema = (schema: Schema): Schema => (isFields(schema.items) ? schema.items : {});

/** The keys by which items of this list are told apart; undefined for a list that is no map. */
export const listKeysOf = (schema: Schema): readonly string[] | undefined => {
  const keys = schema['x-kubernetes-list-map-keys'];
  return schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys) ? (keys as string[]) : undefined;
};

const keysOfItem = (schema: Schema, keys: readonly string[], item: unknown): Fields | undefined => {
  if (!isFields(item)) return undefined;
  const found: Fields = {};
  for (const key of keys) {
    const value = Object.hasOwn(item, key) ? item[key] : childSchema(itemSchema(schema), key).default;
    if (value !== undefined && value !== null) found[key] = value;
  }
  return Object.keys(found).length === 0 ? undefined : found;
};

/** A value that is owned by its parts; `parts` keep their order. */
export interface Granular {
  is: 'fields' | 'map' | 'set';
  parts: Map<string, { value: unknown; schema: Schema }>;
}

/** True when fields with this schema are owned one by one. */
export const isGranular = (schema: Schema): boolean => schema['x-kubernetes-map-type'] !== 'atomic';

const granularFields = (schema: Schema, value: Fields): Granular | undefined => {
  if (!isGranular(schema)) return undefined;
  const parts: Granular['parts'] = new Map();
  for (const [name, field] of Object.entries(value)) parts.set(fieldElement(name), { value: field, schema: childSchema(schema, name) });
  return { is: 'fields', parts };
};

const granularList = (schema: Schema, value: readonly unknown[]): Granular | undefined => {
  const keys = listKeysOf(schema);
  const isSet = schema['x-kubernetes-list-type'] === 'set';
  if (keys === undefined && !isSet) return undefined;
  const parts: Granular['parts'] = new Map();
  for (const item of value) {
    const itemKeys = keys === undefined ? undefined : keysOfItem(schema, keys, item);
    if (keys !== undefined && itemKeys === undefined) return undefined;
    const element = itemKeys === undefined ? valueElement(item) : keyElement(itemKeys);
    // Items that cannot be told apart cannot be owned apart either: the list counts as one value.
    if (parts.has(element)) return undefined;
    parts.set(element, { value: item, schema: itemSchema(schema) });
  }
  return { is: isSet ? 'set' : 'map', parts };
};

/** The parts of a value that is owned by its parts; undefined for scalars, atomic maps and atomic lists. */
export const partsOf = (schema: Schema, value: unknown): Granular | undefined => {
  if (Array.isArray(value)) return granularList(schema, value);
  return isFields(value) ? granularFields(schema, value) : undefined;
};

/** The value again, from its parts. */
export const fromParts = ({ is, parts }: Granular): unknown => {
  if (is !== 'fields') return [...parts.values()].map((part) => part.value);
  const fields: Fields = {};
  for (const [element, part] of parts) if (element !== 'f:__proto__') fields[element.slice(2)] = part.value;
  return fields;
};
