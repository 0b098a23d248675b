import { type BindingSpec, Component, DeploymentRecord, type DeploymentRecordSpec } from '@fairway/contracts';
import {
  type Admission,
  type AdmissionChange,
  type AdmissionRules,
  conflict,
  type FactQuery,
  type Facts,
  type FieldProblem,
  invalid,
  type Metadata,
  type OwnerReference,
  type Problem,
  type Resource,
} from '@fairway/resources/model';
import { annotations, controlPlaneLabels } from '../labels.ts';
import type { BindingResource, BindingRow } from './binding-kinds.ts';
import { decideRelease, knownReleases, releaseFacts } from './decide-release.ts';

/** A name of Kubernetes has 253 characters, and a record's is the binding's with its kind and number. */
const maxBindingName = 200;

/** Names become host labels and field selectors: one DNS label each. */
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * A binding's workload, APIs and class are its truth. Every accepted change of them is a component release: found by its hash, or made in the
 * same commit. A binding that names only a release gets the rest from it.
 */
export const bindingRules = (row: BindingRow): AdmissionRules<BindingResource> => ({
  facts: (change) => (isSpecChange(change) && badNames(change.object).length === 0 ? factsOf(row, change) : []),
  admit: (change, facts) => (isSpecChange(change) ? admitBinding(row, change, facts) : undefined),
});

const isSpecChange = (change: AdmissionChange<BindingResource>): boolean =>
  change.operation !== 'delete' && change.subresource === undefined && change.object.metadata.deletionTimestamp === undefined;

function factsOf(row: BindingRow, { object, old }: AdmissionChange<BindingResource>): readonly FactQuery[] {
  const namespace = object.metadata.namespace ?? '';
  const component = object.spec?.owner.componentName ?? '';
  const record = object.spec?.deploymentRecord;
  return [
    { name: 'component', kind: Component, key: { namespace, name: component } },
    ...releaseFacts({ row, namespace, spec: object.spec, old: old?.spec }),
    ...(record === undefined ? [] : [{ name: 'record', kind: DeploymentRecord, key: { namespace, name: record } }]),
  ];
}

function admitBinding(row: BindingRow, change: AdmissionChange<BindingResource>, facts: Facts): Admission<BindingResource> {
  const { object, old } = change;
  const { spec } = object;
  if (spec === undefined) return { refuse: invalid(`${row.binding.kind} "${object.metadata.name}" has no spec.`, [required('spec')]) };
  const wrong = [...badNames(object), ...changedIdentity(spec, old?.spec)];
  if (wrong.length > 0) return { refuse: invalid(wrong.map((problem) => problem.message).join(' '), wrong) };
  const owner = ownerOf(facts);
  const decision = decideRelease({ row, change, spec, releases: knownReleases(facts), owner });
  if ('refuse' in decision) return decision;
  const asked = spec.deploymentRecord === undefined ? undefined : facts.object<Resource<DeploymentRecordSpec>>('record');
  const pinned = keepOrDropRecord(decision.spec, old?.spec, asked);
  if ('refuse' in pinned) return pinned;
  const admitted = { ...object, metadata: completeMetadata(change, owner), spec: pinned.spec };
  const { release } = decision;
  return { object: admitted, ...(release === undefined ? {} : { also: [{ op: 'create', object: release }] }) };
}

function badNames(object: BindingResource): FieldProblem[] {
  const spec = object.spec;
  const checks: [string, string | undefined][] = [
    ['spec.owner.projectName', spec?.owner.projectName],
    ['spec.owner.componentName', spec?.owner.componentName],
    ['spec.environment', spec?.environment],
  ];
  const { name } = object.metadata;
  const tooLong: FieldProblem = {
    field: 'metadata.name',
    message: `The name has ${name.length} characters; at most ${maxBindingName} are allowed, because records add theirs to it.`,
    type: 'FieldValueTooLong',
  };
  const wrong = checks.flatMap(([field, value]): FieldProblem[] =>
    value !== undefined && dnsLabel.test(value)
      ? []
      : [{ field, message: `${field} must be a name of lower-case letters, digits and "-", at most 63 long.`, type: 'FieldValueInvalid' }],
  );
  return name.length > maxBindingName ? [tooLong, ...wrong] : wrong;
}

/** What runs where is the identity of a binding: its objects lie in a namespace made from it. */
function changedIdentity(spec: BindingSpec, old: BindingSpec | undefined): FieldProblem[] {
  if (old === undefined) return [];
  const fields: [string, string, string][] = [
    ['spec.owner.projectName', spec.owner.projectName, old.owner.projectName],
    ['spec.owner.componentName', spec.owner.componentName, old.owner.componentName],
    ['spec.environment', spec.environment, old.environment],
  ];
  return fields
    .filter(([, now, before]) => now !== before)
    .map(([field, , before]) => ({
      field,
      message: `${field} is "${before}" and cannot change; create another binding instead.`,
      type: 'FieldValueForbidden',
    }));
}

/** A record that a rollback named holds for its release only: binding another release means the current configuration again. */
function keepOrDropRecord(
  spec: BindingSpec,
  old: BindingSpec | undefined,
  record: Resource<DeploymentRecordSpec> | undefined,
): { spec: BindingSpec } | { refuse: Problem } {
  if (spec.deploymentRecord === undefined) return { spec };
  const { deploymentRecord, ...rest } = spec;
  const isNew = deploymentRecord !== old?.deploymentRecord;
  if (!isNew && spec.componentRelease !== old?.componentRelease) return { spec: rest };
  if (!isNew) return { spec };
  const field = 'spec.deploymentRecord';
  const fits =
    record?.spec !== undefined &&
    record.spec.environment === spec.environment &&
    record.spec.owner.componentName === spec.owner.componentName;
  if (!fits) {
    const message = `Environment "${spec.environment}" has no deployment record "${deploymentRecord}" of "${spec.owner.componentName}".`;
    return { refuse: invalid(message, [{ field, message, type: 'FieldValueInvalid' }]) };
  }
  if (record.spec?.componentRelease !== spec.componentRelease) {
    return {
      refuse: conflict(
        `Deployment record "${deploymentRecord}" is of release "${record.spec?.componentRelease}"; bind that release with it.`,
      ),
    };
  }
  return { spec };
}

function ownerOf(facts: Facts): OwnerReference | undefined {
  const component = facts.object<Resource>('component');
  const uid = component?.metadata.uid;
  if (component === undefined || uid === undefined) return undefined;
  return { apiVersion: component.apiVersion, kind: component.kind, name: component.metadata.name, uid };
}

function completeMetadata(change: AdmissionChange<BindingResource>, owner: OwnerReference | undefined): Metadata {
  const { metadata, spec } = change.object;
  if (spec === undefined) return metadata;
  const scope = {
    organization: metadata.namespace ?? '',
    project: spec.owner.projectName,
    component: spec.owner.componentName,
    environment: spec.environment,
  };
  const owners = metadata.ownerReferences ?? [];
  const isOwned = owner === undefined || owners.some((reference) => reference.uid === owner.uid);
  const others = owners.filter((reference) => reference.kind !== owner?.kind || reference.name !== owner.name);
  return {
    ...metadata,
    labels: { ...metadata.labels, ...controlPlaneLabels(scope) },
    ...(isOwned ? {} : { ownerReferences: [...others, owner] }),
    annotations: { ...metadata.annotations, ...changedBy(change) },
  };
}

/** Reconcilers pass on who caused their write; everybody else is it themselves. */
function changedBy(change: AdmissionChange<BindingResource>): Record<string, string> {
  const unchanged = change.old !== undefined && JSON.stringify(change.old.spec) === JSON.stringify(change.object.spec);
  const said = change.object.metadata.annotations?.[annotations.changedBy];
  if (unchanged || (change.caller.principal.startsWith('service:fairway/') && said !== undefined)) return {};
  return { [annotations.changedBy]: change.caller.principal };
}

const required = (field: string): FieldProblem => ({ field, message: `${field} is required.`, type: 'FieldValueRequired' });
