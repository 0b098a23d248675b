import type { AnyResource, Kind, Schema } from '../model/index.ts';
import { childSchema, isFields, isGranular, objectSchema, partsOf } from './field-schema.ts';
import { fieldElement } from './field-set.ts';
import { serverMetadata } from './managed-entries.ts';

type FieldsV1 = Record<string, unknown>;

const printMembers = (printed: FieldsV1, schema: Schema, value: Record<string, unknown>): FieldsV1 => {
  for (const name of Object.keys(value).sort()) printed[fieldElement(name)] = printValue(childSchema(schema, name), value[name]);
  return printed;
};

/** A value with everything below it, each of it owned. */
const printValue = (schema: Schema, value: unknown): FieldsV1 => {
  if (typeof value !== 'object' || value === null) return {};
  if (isFields(value)) {
    const isWhole = schema['x-kubernetes-map-type'] === 'atomic' || Object.keys(value).length === 0;
    return isWhole ? {} : printMembers({ '.': {} }, schema, value);
  }
  const parts = partsOf(schema, value)?.parts;
  if (parts === undefined || parts.size === 0) return {};
  const printed: FieldsV1 = { '.': {} };
  for (const [element, part] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) printed[element] = printValue(part.schema, part.value);
  return printed;
};

const ofCaller = (metadata: AnyResource['metadata']): Record<string, unknown> => {
  const own: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(metadata)) if (!serverMetadata.has(field)) own[field] = value;
  return own;
};

/** What somebody who sends this value says something about, as FieldsV1: its leaves, and the items of its map lists. */
const printSaid = (schema: Schema, value: unknown): FieldsV1 => {
  if (typeof value !== 'object' || value === null) return {};
  const printed: FieldsV1 = {};
  if (isFields(value)) {
    if (isGranular(schema))
      for (const name of Object.keys(value).sort()) printed[fieldElement(name)] = printSaid(childSchema(schema, name), value[name]);
    return printed;
  }
  const granular = partsOf(schema, value);
  if (granular === undefined) return printed;
  for (const [element, part] of [...granular.parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const below = printSaid(part.schema, part.value);
    // An item of a map list is itself owned by whoever names its keys: it stays while one of them does.
    printed[element] = granular.is === 'map' && !isEmpty(below) ? { '.': {}, ...below } : below;
  }
  return printed;
};

const isEmpty = (printed: FieldsV1): boolean => Object.keys(printed).length === 0;

/**
 * What the manager who creates an object owns, as FieldsV1: all that it sent. The same as comparing with nothing (track-update.ts), without a set
 * between: most writes of a build or a deployment are creations.
 */
export const printCreated = (kind: Kind, object: AnyResource): FieldsV1 => {
  const schema = objectSchema(kind);
  const printed: FieldsV1 = {};
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (name === 'apiVersion' || name === 'kind' || (name === 'status' && kind.hasStatus)) continue;
    const below = childSchema(schema, name);
    if (name === 'metadata') {
      const fields = printMembers({}, below, ofCaller(object.metadata));
      if (!isEmpty(fields)) printed[fieldElement(name)] = fields;
    } else {
      const fields = printValue(below, value);
      // The root of spec and status is there anyway; owning it would say nothing.
      if (name === 'spec' || name === 'status') delete fields['.'];
      printed[fieldElement(name)] = fields;
    }
  }
  return printed;
};

/** What the manager who applies an object owns, as FieldsV1: all that it says, in the part of the object that this place may write. */
export const printApplied = (kind: Kind, sent: AnyResource, subresource?: string): FieldsV1 => {
  const schema = objectSchema(kind);
  const printed: FieldsV1 = {};
  for (const name of Object.keys(sent).sort()) {
    const isOwned =
      subresource === 'status' ? name === 'status' : name !== 'apiVersion' && name !== 'kind' && !(name === 'status' && kind.hasStatus);
    if (!isOwned) continue;
    const below = printSaid(childSchema(schema, name), name === 'metadata' ? ofCaller(sent.metadata) : sent[name]);
    if (name !== 'metadata' || !isEmpty(below)) printed[fieldElement(name)] = below;
  }
  return printed;
};
