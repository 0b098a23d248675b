import { type AdmissionRules, invalid } from '@fairway/resources/model';
import { checkDefinition, checkDefinitionChange } from './check-definition.ts';
import { CustomResourceDefinition, type Definition, type DefinitionSpec } from './definition.ts';

const withDefaults = (spec: DefinitionSpec): DefinitionSpec => ({
  ...spec,
  names: {
    ...spec.names,
    singular: spec.names.singular || spec.names.kind.toLowerCase(),
    listKind: spec.names.listKind || `${spec.names.kind}List`,
  },
  conversion: spec.conversion ?? { strategy: 'None' },
});

/** Every version in which objects may be stored, the one that is to be stored from now on included. */
const withStoredVersions = (definition: Definition): Definition => {
  const storage = definition.spec?.versions.find((version) => version.storage)?.name;
  const { status } = definition;
  const storedVersions = status?.storedVersions ?? [];
  if (storage === undefined || storedVersions.includes(storage)) return definition;
  return {
    ...definition,
    status: { conditions: [], acceptedNames: { plural: '', kind: '' }, ...status, storedVersions: [...storedVersions, storage] },
  };
};

/** What makes a definition a good one, and what its writer may leave out. */
export const definitionRules: AdmissionRules<Definition> = {
  default: (definition) =>
    definition.spec === undefined ? definition : withStoredVersions({ ...definition, spec: withDefaults(definition.spec) }),
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete') return undefined;
    const problems = [
      ...(subresource === undefined ? checkDefinition(object) : []),
      ...(old === undefined ? [] : checkDefinitionChange(old, object)),
    ];
    if (problems.length === 0) return undefined;
    const { group, kind } = CustomResourceDefinition;
    return { refuse: invalid('the definition is invalid', problems, { kind, group, name: object.metadata.name }) };
  },
};
