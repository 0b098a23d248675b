import { type AdmissionRules, type Condition, invalid } from '@fairway/resources/model';
import { checkDefinition, checkDefinitionChange } from './check-definition.ts';
import { CustomResourceDefinition, type Definition, type DefinitionSpec, type DefinitionVersion } from './definition.ts';
import { loadCel } from './rules/load-cel.ts';
import { hasRules } from './rules/written-rule.ts';

const none = { plural: '', kind: '' };

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
    status: { conditions: [], acceptedNames: none, ...status, storedVersions: [...storedVersions, storage] },
  };
};

const hasOwnRules = ({ schema }: DefinitionVersion): boolean => schema?.openAPIV3Schema !== undefined && hasRules(schema.openAPIV3Schema);

/** As Kubernetes says it in the answer to the deletion. */
const withTerminating = (definition: Definition): Definition => {
  const { metadata, status } = definition;
  const conditions = status?.conditions ?? [];
  if (metadata.deletionTimestamp === undefined || conditions.some(({ type }) => type === 'Terminating')) return definition;
  const pending: Condition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: metadata.deletionTimestamp,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return { ...definition, status: { acceptedNames: none, storedVersions: [], ...status, conditions: [...conditions, pending] } };
};

/** What makes a definition a good one, and what its writer may leave out. */
export const definitionRules: AdmissionRules<Definition> = {
  default: (definition) =>
    definition.spec === undefined
      ? definition
      : withTerminating(withStoredVersions({ ...definition, spec: withDefaults(definition.spec) })),
  prepare: ({ spec }) => (spec?.versions.some(hasOwnRules) === true ? loadCel() : undefined),
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete') return undefined;
    const problems = [
      ...(subresource === undefined ? checkDefinition(object, { isNew: old === undefined }) : []),
      ...(old === undefined ? [] : checkDefinitionChange(old, object)),
    ];
    if (problems.length === 0) return undefined;
    const { group, kind } = CustomResourceDefinition;
    return { refuse: invalid('the definition is invalid', problems, { kind, group, name: object.metadata.name }) };
  },
};
