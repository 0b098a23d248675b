import type { Schema } from '@fairway/resources/model';
import { metadataSchema } from '@fairway/resources/schema';
import type { WrittenSchema } from './definition.ts';

const isSchema = (value: unknown): value is WrittenSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the checker of all kinds looks at. */
const shared = new Set(['apiVersion', 'kind', 'metadata']);

/** What every embedded object has, whatever its schema says. */
const embedded = (schema: Record<string, unknown>): Record<string, unknown> => {
  const { properties, required } = schema as { properties?: Record<string, unknown>; required?: string[] };
  return {
    ...schema,
    required: [...new Set([...(required ?? []), 'apiVersion', 'kind'])],
    properties: {
      ...properties,
      apiVersion: { type: 'string', minLength: 1 },
      kind: { type: 'string', minLength: 1 },
      metadata: metadataSchema,
    },
  };
};

/** Bounds as JSON Schema writes them now; OpenAPI 3.0 has a word beside the bound. */
const bounds = (schema: WrittenSchema): Record<string, unknown> => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  return {
    ...rest,
    ...(minimum === undefined ? {} : { [exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum']: minimum }),
    ...(maximum === undefined ? {} : { [exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum']: maximum }),
  };
};

const each = (schemas: unknown): unknown =>
  isSchema(schemas) ? Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, partOf(schema)])) : schemas;

function partOf(schema: unknown): unknown {
  if (!isSchema(schema)) return schema;
  const result = bounds(schema);
  for (const keyword of ['items', 'additionalProperties', 'not']) if (isSchema(result[keyword])) result[keyword] = partOf(result[keyword]);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    if (Array.isArray(result[keyword])) result[keyword] = (result[keyword] as unknown[]).map(partOf);
  if (result.properties !== undefined) result.properties = each(result.properties);
  return result['x-kubernetes-embedded-resource'] === true ? embedded(result) : result;
}

/** A structural schema as the checker, the fields and OpenAPI take it. Metadata is the same for every kind and left out. */
export function checkedSchema(written: WrittenSchema): Schema {
  const { required, properties, ...schema } = partOf(written) as { required?: string[]; properties?: Record<string, unknown> };
  const own = Object.entries(properties ?? {}).filter(([name]) => !shared.has(name));
  const needed = (required ?? []).filter((name) => !shared.has(name));
  return {
    ...schema,
    ...(needed.length === 0 ? {} : { required: needed }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(own) }),
  };
}
