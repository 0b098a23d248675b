import type { Kind, Schema } from '@fairway/contracts';
import { apiVersionOf } from '@fairway/resources/model';

/**
 * Strategic merge patches of such lists are merged by this key on the server, so clients must compute them by it too: a client that took
 * the list for atomic would send what is left, and what it removed would stay.
 */
function mergeKey(schema: Record<string, unknown>): Record<string, unknown> {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys) || keys.length !== 1) return {};
  return { 'x-kubernetes-patch-merge-key': keys[0], 'x-kubernetes-patch-strategy': 'merge' };
}

const asIs = (keyword: string): boolean => ['enum', 'default', 'required'].includes(keyword) || keyword.startsWith('x-');

/** One keyword in the words of OpenAPI 3.0. */
function openApiKeyword(keyword: string, value: unknown): Record<string, unknown> {
  if (asIs(keyword)) return { [keyword]: value };
  switch (keyword) {
    // A bare number here makes the whole document unreadable for kubectl.
    case 'exclusiveMinimum':
      return { minimum: value, exclusiveMinimum: true };
    case 'exclusiveMaximum':
      return { maximum: value, exclusiveMaximum: true };
    case 'const':
      return { enum: [value] };
    case 'properties':
      return { properties: Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, openApiSchema(inner)])) };
    case 'patternProperties': {
      // OpenAPI 3.0 knows maps by additionalProperties alone; our maps have one pattern.
      const [inner] = Object.values(value as object);
      return inner === undefined ? {} : { additionalProperties: openApiSchema(inner) };
    }
    default:
      return keyword.startsWith('$') ? {} : { [keyword]: openApiSchema(value) };
  }
}

/** A schema as OpenAPI 3.0 (and kubectl's reader of it) takes it: keywords of newer JSON Schema are left out or said the old way. */
function openApiSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(openApiSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const result: Record<string, unknown> = { ...mergeKey(schema as Record<string, unknown>) };
  for (const [keyword, value] of Object.entries(schema)) Object.assign(result, openApiKeyword(keyword, value));
  return result;
}

/** `dev.openchoreo.v1alpha1.Component`, `core.v1.Pod`. */
export const schemaName = ({ group, version, kind }: Kind): string =>
  `${group === '' ? 'core' : group.split('.').reverse().join('.')}.${version}.${kind}`;

const objectMetaName = 'meta.v1.ObjectMeta';

const text = (description: string) => ({ type: 'string', description });
const time = (description: string) => ({ type: 'string', format: 'date-time', description });
const textMap = (description: string) => ({ type: 'object', additionalProperties: { type: 'string' }, description });

const ownerReference = {
  type: 'object',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  properties: {
    apiVersion: text('Version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('Identity of the owner.'),
    controller: { type: 'boolean', description: 'True for the one owner that manages this object.' },
    blockOwnerDeletion: { type: 'boolean', description: 'A foreground deletion of the owner waits for this object.' },
  },
};

/** Metadata is the same for every kind. */
const objectMeta = {
  type: 'object',
  description: 'What every object has.',
  properties: {
    name: text('Unique among the objects of its kind and namespace; never changes.'),
    generateName: text('The beginning of a name that the server completes.'),
    namespace: text('The space in which the name is unique.'),
    uid: text('Identity of this very object, also against a later one of the same name.'),
    resourceVersion: text('Changes with every write; send it back to change only what you have seen.'),
    generation: { type: 'integer', format: 'int64', description: 'Counts the changes of what is wanted.' },
    creationTimestamp: time('When the object was created.'),
    deletionTimestamp: time('When its deletion was asked for.'),
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'How long it may take to go.' },
    labels: textMap('Words to select objects by.'),
    annotations: textMap('Notes of tools.'),
    finalizers: {
      type: 'array',
      items: { type: 'string' },
      description: 'Who must finish before the object may go.',
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    ownerReferences: {
      type: 'array',
      items: ownerReference,
      description: 'The objects that this one goes with.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
    managedFields: {
      type: 'array',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      description: 'Who owns which fields.',
    },
  },
};

const descriptionOf = (kind: Kind): string => {
  const { description, properties } = kind.schema as { description?: string; properties?: { spec?: { description?: string } } };
  return description ?? properties?.spec?.description ?? `${kind.kind} of ${kind.group === '' ? 'the core group' : kind.group}.`;
};

/** The whole object of a kind: its schema and what all kinds share. `refPrefix` differs between the two OpenAPI versions. */
function kindSchema(kind: Kind, refPrefix: string): Schema {
  const own = openApiSchema(kind.schema) as { properties?: Record<string, unknown> };
  return {
    ...own,
    type: 'object',
    description: descriptionOf(kind),
    properties: {
      apiVersion: text(`Always ${apiVersionOf(kind)}.`),
      kind: text(`Always ${kind.kind}.`),
      metadata: { description: 'Name, labels and what else every object has.', allOf: [{ $ref: `${refPrefix}${objectMetaName}` }] },
      ...own.properties,
    },
    'x-kubernetes-group-version-kind': [{ group: kind.group, version: kind.version, kind: kind.kind }],
  };
}

function listSchema(kind: Kind, refPrefix: string): Schema {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: text(`Always ${apiVersionOf(kind)}.`),
      kind: text(`Always ${kind.kind}List.`),
      metadata: {
        type: 'object',
        properties: { resourceVersion: text('Version of the list.'), continue: text('Where the next page begins.') },
      },
      items: { type: 'array', items: { $ref: `${refPrefix}${schemaName(kind)}` } },
    },
    'x-kubernetes-group-version-kind': [{ group: kind.group, version: kind.version, kind: `${kind.kind}List` }],
  };
}

/** All named schemas of some kinds. */
export function namedSchemas(kinds: readonly Kind[], refPrefix: string): Record<string, Schema> {
  const entries: [string, Schema][] = [[objectMetaName, objectMeta]];
  for (const kind of kinds) {
    entries.push([schemaName(kind), kindSchema(kind, refPrefix)]);
    entries.push([`${schemaName(kind)}List`, listSchema(kind, refPrefix)]);
  }
  return Object.fromEntries(entries);
}
