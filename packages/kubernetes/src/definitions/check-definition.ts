import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem } from '@fairway/resources/model';
import { checkStructure } from './check-structure.ts';
import { checkVersionPaths } from './check-version-paths.ts';
import type { Definition, DefinitionNames, DefinitionSpec, DefinitionVersion } from './definition.ts';
import { createFieldReport, type FieldReport } from './field-report.ts';

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const approval = 'api-approved.kubernetes.io';
// Kubernetes keeps these groups for itself.
const protectedGroup = /(^|\.)(k8s\.io|kubernetes\.io)$/;
// Each version is compiled, published and indexed; nobody serves half as many at once.
const maxVersions = 50;

const checkLabel = (report: FieldReport, field: string, value: string): void => {
  if (value.length > 63) report.invalid(field, value, 'must be no more than 63 characters');
  else if (!dnsLabel.test(value)) report.invalid(field, value, labelRule);
};

const checkNames = (report: FieldReport, { plural, singular, kind, listKind, shortNames = [], categories = [] }: DefinitionNames): void => {
  checkLabel(report, 'spec.names.plural', plural);
  if (singular !== undefined) checkLabel(report, 'spec.names.singular', singular);
  checkLabelOfKind(report, 'spec.names.kind', kind);
  if (listKind !== undefined) checkLabelOfKind(report, 'spec.names.listKind', listKind);
  for (const [index, name] of shortNames.entries()) checkLabel(report, `spec.names.shortNames[${index}]`, name);
  for (const [index, name] of categories.entries()) checkLabel(report, `spec.names.categories[${index}]`, name);
  if (kind === listKind) report.invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same');
};

const checkLabelOfKind = (report: FieldReport, field: string, value: string): void => {
  if (!dnsLabel.test(value.toLowerCase()) || value.length > 63)
    report.invalid(field, value, `may have mixed case, but should otherwise match: ${labelRule}`);
};

const checkGroup = (report: FieldReport, { metadata }: Definition, { group }: DefinitionSpec): void => {
  if (group === '') {
    report.required('spec.group');
    return;
  }
  if (!dnsSubdomain.test(group) || group.length > 253) {
    report.invalid('spec.group', group, subdomainRule);
    return;
  }
  if (!group.includes('.')) {
    report.invalid('spec.group', group, 'should be a domain with at least one dot');
    return;
  }
  if (!protectedGroup.test(group) || (metadata.annotations?.[approval] ?? '') !== '') return;
  report.required(
    `metadata.annotations[${approval}]`,
    `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`,
  );
};

const checkConversion = (report: FieldReport, { conversion, preserveUnknownFields }: DefinitionSpec): void => {
  if (preserveUnknownFields === true)
    report.invalid(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    );
  if (conversion === undefined || conversion.strategy === 'None') {
    if (conversion?.webhook !== undefined)
      report.forbidden('spec.conversion.webhook', 'should not be set when strategy is not set to Webhook');
    return;
  }
  if (conversion.strategy === 'Webhook')
    report.invalid(
      'spec.conversion.strategy',
      'Webhook',
      'conversion webhooks are not called here: use None, and give all versions schemas that take the same objects',
    );
  else report.notSupported('spec.conversion.strategy', conversion.strategy, ['None']);
};

/** Where Kubernetes says that a part of a version stands: what all versions have in common is said at the top. */
interface Places {
  path: string;
  schema: string;
  columns: string;
  subresources: string;
  selectable: string;
}

const placesOf = (versions: readonly DefinitionVersion[], index: number): Places => {
  const path = `spec.versions[${index}]`;
  const isCommon = (part: (version: DefinitionVersion) => unknown): boolean =>
    versions.every((version) => isDeepStrictEqual(part(version), part(versions[0] as DefinitionVersion)));
  const at = (part: (version: DefinitionVersion) => unknown, top: string, own: string): string =>
    isCommon(part) ? `spec.${top}` : `${path}.${own}`;
  return {
    path,
    schema: at(({ schema }) => schema, 'validation.openAPIV3Schema', 'schema.openAPIV3Schema'),
    columns: at(({ additionalPrinterColumns }) => additionalPrinterColumns, 'additionalPrinterColumns', 'additionalPrinterColumns'),
    subresources: at(({ subresources }) => subresources, 'subresources', 'subresources'),
    selectable: at(({ selectableFields }) => selectableFields, 'selectableFields', 'selectableFields'),
  };
};

const checkVersion = (report: FieldReport, version: DefinitionVersion, places: Places): void => {
  const { path } = places;
  checkLabel(report, `${path}.name`, version.name);
  if (version.deprecationWarning !== undefined) {
    if (version.deprecated !== true)
      report.invalid(`${path}.deprecationWarning`, version.deprecationWarning, 'can only be set for deprecated versions');
    else if (version.deprecationWarning.length > 256)
      report.invalid(`${path}.deprecationWarning`, version.deprecationWarning, 'must be <= 256 characters');
  }
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) {
    report.required(`${path}.schema.openAPIV3Schema`);
    return;
  }
  if (version.subresources?.status !== undefined && (schema.type ?? 'object') !== 'object')
    report.invalid(
      `${places.schema}.type`,
      schema.type,
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
    );
  checkStructure(report, schema, places.schema);
  checkVersionPaths(report, version, places);
};

const checkVersions = (report: FieldReport, versions: readonly DefinitionVersion[]): void => {
  if (versions.length > maxVersions) {
    report.invalid('spec.versions', versions.length, `must have at most ${maxVersions} versions`);
    return;
  }
  const names = versions.map(({ name }) => name);
  if (new Set(names).size !== names.length) report.invalid('spec.versions', names, 'must contain unique version names');
  if (versions.filter(({ storage }) => storage).length !== 1)
    report.invalid('spec.versions', names, 'must have exactly one version marked as storage version');
  for (const [index, version] of versions.entries()) checkVersion(report, version, placesOf(versions, index));
};

/** Everything that is wrong with a definition by itself; of one that is changed, its name is as good as it was. */
export function checkDefinition(definition: Definition, { isNew }: { isNew: boolean }): readonly FieldProblem[] {
  const report = createFieldReport();
  const { spec, metadata } = definition;
  if (spec === undefined) return [];
  const wanted = `${spec.names.plural}.${spec.group}`;
  if (isNew && metadata.name !== wanted) report.invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group');
  checkGroup(report, definition, spec);
  if (spec.scope === '') report.required('spec.scope');
  else if (spec.scope !== 'Cluster' && spec.scope !== 'Namespaced')
    report.notSupported('spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  checkNames(report, spec.names);
  checkConversion(report, spec);
  checkVersions(report, spec.versions);
  return report.problems;
}

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false;

/** What may not change: once objects may be there, where they are found; and never a version in which some may be stored. */
export function checkDefinitionChange(old: Definition, next: Definition): readonly FieldProblem[] {
  const report = createFieldReport();
  if (old.spec === undefined || next.spec === undefined) return [];
  const fixed = (field: string, before: string, after: string): void => {
    if (before !== after) report.invalid(field, after, 'field is immutable');
  };
  if (isEstablished(old)) {
    fixed('spec.scope', old.spec.scope, next.spec.scope);
    fixed('spec.names.kind', old.spec.names.kind, next.spec.names.kind);
  }
  fixed('spec.group', old.spec.group, next.spec.group);
  fixed('spec.names.plural', old.spec.names.plural, next.spec.names.plural);
  const names = next.spec.versions.map(({ name }) => name);
  for (const [index, version] of (next.status?.storedVersions ?? []).entries())
    if (!names.includes(version))
      report.invalid(
        `status.storedVersions[${index}]`,
        version,
        `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
      );
  return report.problems;
}
