/** What of a structural OpenAPI schema, as CustomResourceDefinitions have it, matters to expressions. */
export interface StructuralSchema {
  type?: string;
  format?: string;
  nullable?: boolean;
  properties?: Readonly<Record<string, StructuralSchema>>;
  /** A schema for all other fields, which makes the object a map. */
  additionalProperties?: StructuralSchema | boolean;
  items?: StructuralSchema;
  required?: readonly string[];
  enum?: readonly unknown[];
  default?: unknown;
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
}

const text: StructuralSchema = { type: 'string' };

/** The schema with what every resource has: `kind`, `apiVersion`, and a name. */
export function withTypeAndMetadata(schema: StructuralSchema): StructuralSchema {
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const isWhole =
    kind?.type === 'string' &&
    apiVersion?.type === 'string' &&
    metadata?.type === 'object' &&
    metadata.properties?.name?.type === 'string' &&
    metadata.properties.generateName?.type === 'string';
  if (isWhole) return schema;
  const known: StructuralSchema = { type: 'object', properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...schema.properties, kind: text, apiVersion: text, metadata: known } };
}

/** The schema of the values of a map; undefined when an object is none. */
export function valueSchema({ additionalProperties }: StructuralSchema): StructuralSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
