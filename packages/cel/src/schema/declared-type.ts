import { authorizerType, resourceCheckType } from '../library/authorizer.ts';
import { listOf, mapOf, struct, type Type, types } from '../types/type.ts';
import { escapeName } from './escape-name.ts';
import { type StructuralSchema, valueSchema, withTypeAndMetadata } from './structural-schema.ts';

/** A type with how large its values can be: what the schema says, or what fits into a request. */
export interface DeclaredType {
  type: Type;
  fields?: ReadonlyMap<string, DeclaredType>;
  key?: DeclaredType;
  element?: DeclaredType;
  /** Of a string or bytes the length, of a list or map the number of elements; 0 for what has none. */
  maxElements: number;
  /** The fewest bytes that a value takes in JSON. */
  minSize: number;
}

/** The largest request that an API server takes. */
export const maxRequestBytes = 3 * 1024 * 1024;

const scalar = (type: Type, minSize: number, maxElements = 0): DeclaredType => ({ type, minSize, maxElements });

export const declaredScalars = {
  bool: scalar(types.bool, 4),
  double: scalar(types.double, 1),
  dyn: scalar(types.dyn, 1),
  int: scalar(types.int, 1),
  string: scalar(types.string, 2),
  timestamp: scalar(types.timestamp, 12),
  authorizer: scalar(authorizerType, 1),
  resourceCheck: scalar(resourceCheckType, 1),
} as const;

export const declaredList = (element: DeclaredType, maxElements: number): DeclaredType => ({
  type: listOf(element.type),
  element,
  maxElements,
  minSize: 2,
});

export const declaredMap = (element: DeclaredType, maxElements: number): DeclaredType => ({
  type: mapOf(types.string, element.type),
  key: declaredScalars.string,
  element,
  maxElements,
  minSize: 2,
});

export const declaredObject = (name: string, fields: Iterable<readonly [string, DeclaredType]>, minSize = 2): DeclaredType => ({
  type: struct(name),
  fields: new Map(fields),
  maxElements: 0,
  minSize,
});

/** The type that a schema declares, objects in it named below `name`; undefined where a schema has no type that expressions know. */
export function declareSchema(schema: StructuralSchema, name: string, isResource = false): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return scalar(types.dyn, 1, longestText(schema, maxRequestBytes - 2));
  const whole = isResource ? withTypeAndMetadata(schema) : schema;
  switch (whole.type) {
    case 'array':
      return declareArray(whole, name);
    case 'object':
      return valueSchema(whole) === undefined ? declareObject(whole, name) : declareMap(whole, name);
    case 'string':
      return declareString(whole);
    case 'boolean':
      return declaredScalars.bool;
    case 'number':
      return declaredScalars.double;
    case 'integer':
      return declaredScalars.int;
    default:
      return undefined;
  }
}

const isEmbedded = (schema: StructuralSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;
const notNegative = (value: number): number => Math.max(value, 0);

function declareArray({ items, maxItems }: StructuralSchema, name: string): DeclaredType | undefined {
  const element = items === undefined ? undefined : declareSchema(items, `${name}.@idx`, isEmbedded(items));
  if (element === undefined) return undefined;
  const fitting = Math.trunc((maxRequestBytes - 2) / (element.minSize + 1));
  return declaredList(element, maxItems === undefined ? fitting : notNegative(maxItems));
}

function declareMap(schema: StructuralSchema, name: string): DeclaredType | undefined {
  const values = valueSchema(schema);
  const element = values === undefined ? undefined : declareSchema(values, `${name}.@elem`, isEmbedded(values));
  if (element === undefined) return undefined;
  // Beside the value there are at least the quotes, a colon, a comma and a key.
  const fitting = Math.trunc((maxRequestBytes - 2) / (element.minSize + 6));
  return declaredMap(element, schema.maxProperties === undefined ? fitting : notNegative(schema.maxProperties));
}

function declareObject({ properties = {}, required = [] }: StructuralSchema, name: string): DeclaredType {
  const fields: [string, DeclaredType][] = [];
  let minSize = 2;
  for (const [field, schema] of Object.entries(properties)) {
    const escaped = escapeName(field);
    const declared = declareSchema(schema, `${name}.${escaped ?? field}`, isEmbedded(schema));
    if (declared === undefined) continue;
    if (escaped !== undefined) fields.push([escaped, declared]);
    // Quotes, a colon and a comma are four more.
    if (required.includes(field) && schema.default === undefined) minSize += Buffer.byteLength(field) + declared.minSize + 4;
  }
  return declaredObject(name, fields, minSize);
}

const datesAndDurations: Readonly<Record<string, DeclaredType>> = {
  duration: scalar(types.duration, 3, 32),
  date: scalar(types.timestamp, 12, 12),
  'date-time': scalar(types.timestamp, 21, 32),
};

function declareString(schema: StructuralSchema): DeclaredType {
  const { format = '', maxLength } = schema;
  if (format === 'byte') return scalar(types.bytes, 2, maxLength === undefined ? maxRequestBytes - 2 : notNegative(maxLength));
  const known = Object.hasOwn(datesAndDurations, format) ? datesAndDurations[format] : undefined;
  return known ?? scalar(types.string, 2, longestText(schema, longestValue(schema)));
}

/** In bytes; a character may take four. */
const longestText = ({ maxLength }: StructuralSchema, otherwise: number): number =>
  maxLength === undefined ? otherwise : notNegative(maxLength) * 4;

function longestValue({ enum: values = [] }: StructuralSchema): number {
  if (values.length === 0) return maxRequestBytes - 2;
  return values.reduce((longest: number, value) => (typeof value === 'string' ? Math.max(longest, Buffer.byteLength(value)) : longest), 0);
}
