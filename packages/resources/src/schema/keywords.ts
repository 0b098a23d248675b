import type { Schema } from '../model/index.ts';
import { checkedFormats } from './formats.ts';

/** What the checker understands. A schema with any other keyword is refused by a test, so that no rule is silently ignored. */
const checked = [
  'type',
  'properties',
  'patternProperties',
  'additionalProperties',
  'required',
  'items',
  'enum',
  'const',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'default',
  'nullable',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
];
/** Read by others (fields, patch, OpenAPI) or by people. */
const annotations = [
  'description',
  'title',
  'deprecated',
  'examples',
  'readOnly',
  'writeOnly',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-group-version-kind',
];
const known = new Set([...checked, ...annotations]);
const knownFormats = new Set(['int32', 'int64', 'double', 'float', 'password', 'quantity', 'int-or-string', ...checkedFormats]);

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

const childrenOf = (schema: Schema): [string, Schema][] => {
  const children: [string, unknown][] = [];
  for (const keyword of ['properties', 'patternProperties'])
    for (const [name, child] of Object.entries(schema[keyword] ?? {})) children.push([name, child]);
  for (const keyword of ['items', 'additionalProperties']) children.push([keyword, schema[keyword]]);
  if (Array.isArray(schema.anyOf)) for (const [index, child] of schema.anyOf.entries()) children.push([`anyOf[${index}]`, child]);
  return children.filter((entry): entry is [string, Schema] => isSchema(entry[1]));
};

/** Paths of keywords and formats in a schema that the checker does not know. */
export const unknownKeywords = (schema: Schema, path = ''): string[] => {
  const here = Object.keys(schema)
    .filter((keyword) => !known.has(keyword))
    .map((keyword) => `${path}/${keyword}`);
  const format = schema.format;
  if (format !== undefined && !knownFormats.has(String(format))) here.push(`${path}/format:${String(format)}`);
  return [...here, ...childrenOf(schema).flatMap(([name, child]) => unknownKeywords(child, `${path}/${name}`))];
};
