import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition, checkDefinitionChange } from './check-definition.ts';
import type { Definition, DefinitionVersion } from './definition.ts';
import { widgets } from './testing/definition-server.ts';

const definition = (change: (spec: NonNullable<Definition['spec']>, whole: Definition) => void = () => {}): Definition => {
  const made = widgets() as unknown as Definition;
  if (made.spec !== undefined) change(made.spec, made);
  return made;
};
const withVersion = (change: (version: DefinitionVersion) => void): Definition =>
  definition(({ versions: [version] }) => version !== undefined && change(version));
const withSpec = (schema: object): Definition =>
  withVersion((version) => {
    version.schema = { openAPIV3Schema: { type: 'object', properties: { spec: schema } } };
  });
const told = (given: Definition): string[] => checkDefinition(given, { isNew: true }).map(({ field, message }) => `${field}: ${message}`);

test('a definition is refused for everything that is wrong with its names and versions', () => {
  const cases: { given: Definition; says: RegExp; because: string }[] = [
    {
      given: definition((_spec, whole) => Object.assign(whole.metadata, { name: 'others.example.com' })),
      says: /^metadata\.name: Invalid value: "others.example.com": must be spec\.names\.plural\+"\."\+spec\.group$/,
      because: 'it is found by its name',
    },
    {
      given: definition((spec) => Object.assign(spec, { scope: 'Planet' })),
      says: /^spec\.scope: Unsupported value: "Planet"/,
      because: 'scope',
    },
    {
      given: definition((spec, whole) => Object.assign(whole.metadata, { name: 'widgets.apps' }) && Object.assign(spec, { group: 'apps' })),
      says: /^spec\.group: Invalid value: "apps": should be a domain with at least one dot$/,
      because: 'short groups are the core’s',
    },
    {
      given: definition(
        (spec, whole) => Object.assign(whole.metadata, { name: 'widgets.x.k8s.io' }) && Object.assign(spec, { group: 'x.k8s.io' }),
      ),
      says: /^metadata\.annotations\[api-approved\.kubernetes\.io\]: Required value: protected groups/,
      because: 'groups of the community',
    },
    {
      given: definition(({ names }) => Object.assign(names, { kind: 'Wid get' })),
      says: /^spec\.names\.kind: Invalid value: "Wid get": may have mixed case, but should otherwise match: a DNS-1035 label/,
      because: 'no word',
    },
    {
      given: definition(({ names }) => Object.assign(names, { listKind: 'Widget' })),
      says: /^spec\.names\.listKind: .* kind and listKind may not be the same$/,
      because: 'one name for two things',
    },
    {
      given: definition((spec) => Object.assign(spec, { conversion: { strategy: 'Webhook', webhook: {} } })),
      says: /^spec\.conversion\.strategy: Invalid value: "Webhook": conversion webhooks are not called here: use None/,
      because: 'nobody would convert',
    },
    {
      given: definition((spec) => Object.assign(spec, { preserveUnknownFields: true })),
      says: /^spec\.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields/,
      because: 'of another time',
    },
    {
      given: withVersion((version) => Object.assign(version, { storage: false })),
      says: /^spec\.versions: Invalid value: \["v1"\]: must have exactly one version marked as storage version$/,
      because: 'objects must be stored somehow',
    },
    {
      given: definition((spec) => spec.versions.push(structuredClone(spec.versions[0] as DefinitionVersion))),
      says: /must contain unique version names.*must have exactly one version/s,
      because: 'two of one name',
    },
    {
      given: withVersion((version) => delete version.schema),
      says: /^spec\.versions\[0\]\.schema\.openAPIV3Schema: Required value$/,
      because: 'no schema',
    },
    {
      given: withVersion((version) => Object.assign(version, { deprecationWarning: 'old' })),
      says: /^spec\.versions\[0\]\.deprecationWarning: .*can only be set for deprecated versions$/,
      because: 'a warning of nothing',
    },
    {
      given: withVersion((version) =>
        Object.assign(version, { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec.a' }] }),
      ),
      says: /^spec\.additionalPrinterColumns\[0\]\.type: Invalid value: "text": must be one of .*\[0\]\.JSONPath: Invalid value: "spec\.a": must be/s,
      because: 'columns',
    },
    {
      given: withVersion((version) =>
        Object.assign(version, { subresources: { scale: { specReplicasPath: '.status.a', statusReplicasPath: '.status.a[0]' } } }),
      ),
      says: /specReplicasPath: .*should be a json path under \.spec.*statusReplicasPath: .*should be a simple json path without array/s,
      because: 'scale',
    },
    {
      given: withVersion((version) => Object.assign(version, { selectableFields: [{ jsonPath: '.spec.nothing' }, { jsonPath: '.spec' }] })),
      says: /\[0\]\.jsonPath: .*does not refer to a valid field.*\[1\]\.jsonPath: .*: must point to a field of type string, boolean or integer/s,
      because: 'selectable fields',
    },
  ];
  assert.deepEqual(told(definition()), []);
  for (const { given, says, because } of cases) assert.match(told(given).join('\n'), says, because);
});

test('a schema that is not structural is refused where it is not', () => {
  const at = 'spec\\.validation\\.openAPIV3Schema\\.properties\\[spec\\]';
  const cases: { schema: object; says: string; because: string }[] = [
    { schema: {}, says: '\\.type: Required value: must not be empty for specified object fields', because: 'no type' },
    { schema: { type: 'text' }, says: '\\.type: Unsupported value: "text"', because: 'no such type' },
    { schema: { type: 'null' }, says: '\\.type: Forbidden: type cannot be set to null', because: 'null' },
    { schema: { type: 'array' }, says: '\\.items: Required value: must be specified', because: 'a list of what?' },
    {
      schema: { type: 'array', items: {} },
      says: '\\.items\\.type: Required value: must not be empty for specified array items',
      because: 'items',
    },
    { schema: { type: 'string', $ref: '#/x' }, says: '\\.\\$ref: Forbidden: \\$ref is not supported', because: 'references' },
    {
      schema: { type: 'array', uniqueItems: true, items: { type: 'string' } },
      says: '\\.uniqueItems: Forbidden: uniqueItems cannot be',
      because: 'cost',
    },
    {
      schema: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
      says: '\\.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
      because: 'either or',
    },
    {
      schema: { type: 'string', pattern: '(' },
      says: '\\.pattern: Invalid value: "\\(": must be a valid regular expression',
      because: 'pattern',
    },
    {
      schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
      says: '\\.x-kubernetes-preserve-unknown-fields: .*must be true or undefined',
      because: 'false',
    },
    {
      schema: { type: 'object', 'x-kubernetes-list-type': 'set' },
      says: '\\.type: .*must be array if x-kubernetes-list-type is specified',
      because: 'no list',
    },
    {
      schema: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } },
      says: '\\.x-kubernetes-list-map-keys: Required value',
      because: 'a map without keys',
    },
    {
      schema: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: { type: 'object', properties: { name: { type: 'string' } } },
      },
      says: '\\.items\\.properties\\[name\\]\\.default: Required value: this property is in x-kubernetes-list-map-keys',
      because: 'a key that may be absent',
    },
    {
      schema: { type: 'object', 'x-kubernetes-embedded-resource': true },
      says: '\\.properties: Required value: must not be empty if',
      because: 'an empty object',
    },
    {
      schema: { type: 'string', anyOf: [{ type: 'string' }] },
      says: '\\.anyOf\\[0\\]\\.type: Forbidden: must be empty to be structural',
      because: 'structure in a rule',
    },
    {
      schema: { type: 'integer', default: 'many' },
      says: '\\.default: Invalid value: "string": .* must be of type integer',
      because: 'a wrong default',
    },
    {
      schema: { type: 'integer', minimum: 3, default: 1 },
      says: '\\.default: Invalid value: 1: .*greater than or equal to 3',
      because: 'a default out of bounds',
    },
    {
      schema: { type: 'object', properties: {}, default: { a: 1 } },
      says: '\\.default: Invalid value: {"a":1}: must not have unknown fields',
      because: 'a default that would be pruned',
    },
  ];
  for (const { schema, says, because } of cases) assert.match(told(withSpec(schema)).join('\n'), new RegExp(`${at}${says}`), because);
  const deep = Array.from({ length: 120 }).reduce<object>((inner) => ({ type: 'object', properties: { a: inner } }), { type: 'string' });
  assert.match(told(withSpec(deep)).join(), /must not be nested deeper than 100 levels/);
});

test('what objects were found by, and every version in which some may be stored, stays', () => {
  const established = { acceptedNames: { plural: 'widgets', kind: 'Widget' }, storedVersions: ['v1'] };
  const condition = { type: 'Established', status: 'True' as const, reason: '', message: '', lastTransitionTime: '' };
  const old = { ...definition(), status: { ...established, conditions: [condition] } };
  const changes: [change: (spec: NonNullable<Definition['spec']>) => void, says: RegExp][] = [
    [(spec) => Object.assign(spec, { scope: 'Cluster' }), /spec\.scope Invalid value: "Cluster": field is immutable/],
    [({ names }) => Object.assign(names, { kind: 'Gadget' }), /spec\.names\.kind .*field is immutable/],
    [({ names }) => Object.assign(names, { plural: 'gadgets' }), /spec\.names\.plural .*field is immutable/],
    [
      ({ versions: [version] }) => version && Object.assign(version, { name: 'v2' }),
      /status\.storedVersions\[0\] .*missing from spec\.versions; v1 was/,
    ],
  ];
  for (const [change, says] of changes) {
    const next = { ...definition(change), status: old.status };
    assert.match(
      checkDefinitionChange(old, next)
        .map(({ field, message }) => `${field} ${message}`)
        .join(),
      says,
    );
  }
  const fresh = { ...old, status: { ...old.status, conditions: [] } };
  assert.deepEqual(
    checkDefinitionChange(fresh, { ...definition((spec) => Object.assign(spec, { scope: 'Cluster' })), status: fresh.status }),
    [],
  );
});
