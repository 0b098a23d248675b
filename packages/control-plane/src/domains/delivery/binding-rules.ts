import {
  type BindingSpec,
  Component,
  ComponentRelease,
  type ComponentReleaseSpec,
  DeploymentRecord,
  type DeploymentRecordSpec,
} from '@fairway/contracts';
import {
  type Admission,
  type AdmissionChange,
  type AdmissionRules,
  apiVersionOf,
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
import type { BindingResource, BindingRow } from './binding-kinds.ts';
import { annotations, controlPlaneLabels } from './labels.ts';
import { contentHash, contentOf, type ReleaseContent } from './release-content.ts';

type ReleaseResource = Resource<ComponentReleaseSpec>;
type Decision = { spec: BindingSpec; release?: ReleaseResource } | { refuse: Problem };

/** A name of Kubernetes has 253 characters, and a record's is the binding's with its kind and number. */
const maxBindingName = 200;

/** Names become host labels and field selectors: one DNS label each. */
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * A binding's workload, APIs and class are its truth. Every accepted change of them is a component release: found by its hash, or made in the
 * same commit. A binding that names only a release gets the rest from it.
 */
export const bindingRules = (row: BindingRow): AdmissionRules<BindingResource> => ({
  facts: (change) => (isSpecChange(change) && badNames(change.object).length === 0 ? factsOf(change.object) : []),
  admit: (change, facts) => (isSpecChange(change) ? admitBinding(row, change, facts) : undefined),
});

const isSpecChange = (change: AdmissionChange<BindingResource>): boolean =>
  change.operation !== 'delete' && change.subresource === undefined && change.object.metadata.deletionTimestamp === undefined;

function factsOf(object: BindingResource): readonly FactQuery[] {
  const namespace = object.metadata.namespace ?? '';
  const component = object.spec?.owner.componentName ?? '';
  const record = object.spec?.deploymentRecord;
  return [
    { name: 'component', kind: Component, key: { namespace, name: component } },
    { name: 'releases', kind: ComponentRelease, namespace, fieldSelector: `spec.owner.componentName=${component}` },
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
  const decision = decideRelease({ row, change, spec, releases: facts.list<ReleaseResource>('releases'), owner });
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

interface Question {
  row: BindingRow;
  change: AdmissionChange<BindingResource>;
  spec: BindingSpec;
  releases: readonly ReleaseResource[];
  owner: OwnerReference | undefined;
}

function decideRelease(question: Question): Decision {
  const { row, change, spec } = question;
  const old = change.old?.spec;
  const sentRelease = spec.componentRelease !== undefined && spec.componentRelease !== old?.componentRelease;
  const content = contentOf(spec);
  const oldContent = contentOf(old);
  const sentContent =
    content !== undefined && (oldContent === undefined || contentHash(row.type, content) !== contentHash(row.type, oldContent));
  if (sentContent && !sentRelease) return releaseOfContent(question, content);
  const name = spec.componentRelease ?? old?.componentRelease;
  if (name === undefined) {
    if (content !== undefined) return releaseOfContent(question, content);
    return {
      refuse: invalid(`${row.binding.kind} "${change.object.metadata.name}" says neither what runs nor which release of it.`, [
        required('spec.workloadSpec'),
      ]),
    };
  }
  if (content !== undefined && !sentContent && !sentRelease) return { spec: { ...spec, componentRelease: name } };
  return contentOfRelease(question, name, sentContent ? content : undefined);
}

/** The release with the same content, or a new one with the next number. */
function releaseOfContent({ row, change, spec, releases, owner }: Question, content: ReleaseContent): Decision {
  const hash = contentHash(row.type, content);
  const known = releases.find((release) => release.spec?.hash === hash && release.spec.owner.projectName === spec.owner.projectName);
  if (known !== undefined) return { spec: { ...spec, componentRelease: known.metadata.name } };
  const number = Math.max(0, ...releases.map((release) => release.spec?.number ?? 0)) + 1;
  const said = change.object.metadata.annotations ?? {};
  const optional = { commit: said[annotations.commit], build: said[annotations.build], toolchain: said[annotations.toolchain] };
  const release: ReleaseResource = {
    apiVersion: apiVersionOf(ComponentRelease),
    kind: ComponentRelease.kind,
    metadata: {
      name: `${spec.owner.componentName}-v${number}`,
      ...(change.object.metadata.namespace === undefined ? {} : { namespace: change.object.metadata.namespace }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: { owner: spec.owner, type: row.type, ...content, number, ...withoutUndefined(optional), hash },
  };
  return { spec: { ...spec, componentRelease: release.metadata.name }, release };
}

function contentOfRelease({ row, spec, releases }: Question, name: string, sent: ReleaseContent | undefined): Decision {
  const field = 'spec.componentRelease';
  const release = releases.find((candidate) => candidate.metadata.name === name)?.spec;
  if (release === undefined || release.type !== row.type || release.owner.projectName !== spec.owner.projectName) {
    const message = `${row.type} "${spec.owner.componentName}" has no component release "${name}"; "fairway releases ${spec.owner.componentName}" lists those there are.`;
    return { refuse: invalid(message, [{ field, message, type: 'FieldValueInvalid' }]) };
  }
  if (sent !== undefined && contentHash(row.type, sent) !== release.hash) {
    const message = `spec.workloadSpec differs from what component release "${name}" holds; send one of the two.`;
    return { refuse: invalid(message, [{ field, message, type: 'FieldValueInvalid' }]) };
  }
  const { workloadSpec: _workload, apis: _apis, overrides: _overrides, ...rest } = spec;
  const filled = contentOf(release);
  return { spec: { ...rest, ...filled, componentRelease: name } as BindingSpec };
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

const withoutUndefined = (fields: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
