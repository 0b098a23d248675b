import type { Kind, PrinterColumn, ScalePaths, Schema } from '@fairway/resources/model';
import { checkedSchema } from './checked-schema.ts';
import type { DefinitionSpec, DefinitionVersion, WrittenColumn, WrittenScale, WrittenSchema } from './definition.ts';

/** `.spec.size` as the dotted path that the store and the scale subresource read. */
const dotted = (jsonPath: string): string => jsonPath.replace(/^\./, '');

const fieldsOf = ({ selectableFields = [] }: DefinitionVersion): string[] => selectableFields.map(({ jsonPath }) => dotted(jsonPath));

const scaleOf = ({ specReplicasPath, statusReplicasPath, labelSelectorPath }: WrittenScale): ScalePaths => ({
  replicas: dotted(specReplicasPath),
  seenReplicas: dotted(statusReplicasPath),
  ...(labelSelectorPath === undefined || labelSelectorPath === '' ? {} : { selector: dotted(labelSelectorPath) }),
});

const columnOf = ({ name, type, jsonPath, description, priority, format }: WrittenColumn): PrinterColumn => ({
  name,
  type: type as PrinterColumn['type'],
  jsonPath,
  description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
  ...(priority === undefined ? {} : { priority }),
  ...(format === undefined ? {} : { format }),
});

const ageAlone: PrinterColumn[] = [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }];
const anything: WrittenSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const deprecationOf = ({ group, names }: DefinitionSpec, version: DefinitionVersion): { deprecation?: string } => {
  if (version.deprecated !== true) return {};
  return { deprecation: version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated` };
};

interface Defined {
  spec: DefinitionSpec;
  /** Objects may have been stored by an earlier form of it. */
  isRevised: boolean;
}

/** What a definition makes the server serve: its kind in the version in which objects are stored, and in each one that is served. */
export function kindsOfDefinition({ spec, isRevised }: Defined): { stored: Kind; served: readonly Kind[] } {
  const { group, names, scope, versions } = spec;
  const indexedFields = [...new Set(versions.flatMap(fieldsOf))];
  const kindOf = (version: DefinitionVersion): Kind => {
    const { additionalPrinterColumns: columns = [], subresources = {} } = version;
    const schema: Schema = checkedSchema(version.schema?.openAPIV3Schema ?? anything);
    return {
      group,
      version: version.name,
      kind: names.kind,
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced: scope === 'Namespaced',
      schema,
      hasStatus: subresources.status !== undefined,
      selectableFields: fieldsOf(version),
      indexedFields,
      hasExactColumns: true,
      ...(isRevised || versions.length > 1 ? { mayBeOutdated: true } : {}),
      columns: columns.length === 0 ? ageAlone : columns.map(columnOf),
      subresources: subresources.scale === undefined ? [] : ['scale'],
      ...(subresources.scale === undefined ? {} : { scale: scaleOf(subresources.scale) }),
      ...deprecationOf(spec, version),
    };
  };
  const kinds = new Map(versions.map((version) => [version, kindOf(version)]));
  const storage = versions.find((version) => version.storage);
  const stored = storage === undefined ? undefined : kinds.get(storage);
  if (stored === undefined) throw new Error(`the definition of ${names.plural}.${group} has no storage version`);
  return { stored, served: [...kinds].filter(([version]) => version.served).map(([, kind]) => kind) };
}
