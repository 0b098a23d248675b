import { type ComponentRelease, DeploymentRecord, type Release } from '@fairway/contracts';
import { type AdmissionRules, conflict, type FactQuery, invalid, Problem, type ResourceOf } from '@fairway/resources/model';
import { type BindingResource, bindingRows } from './binding/binding-kinds.ts';
import { contentHash, contentOf } from './binding/release-content.ts';
import { canonicalJson } from './canonical-digest.ts';
import { pruneActions } from './retention/retention.ts';

const deliveryPrincipal = 'service:fairway/delivery';

const changedSpec = (kind: string, name: string): { refuse: Problem } => {
  const message = `${kind} "${name}" is immutable: make a new one by changing the binding.`;
  return { refuse: invalid(message, [{ field: 'spec', message, type: 'FieldValueForbidden' }]) };
};

const stillNeeded = (kind: string, name: string): { refuse: Problem } => ({
  refuse: conflict(`${kind} "${name}" has come to be needed meanwhile and stays`),
});

/** All that may name a release. */
const namingKinds = [...bindingRows.map(({ binding }) => binding), DeploymentRecord];

/** A release says exactly what its hash says, and never changes. Cleaning up takes none that something names. */
export const componentReleaseRules: AdmissionRules<ResourceOf<typeof ComponentRelease>> = {
  facts: ({ operation, action, object: { metadata } }) =>
    operation === 'delete' && action === pruneActions.release
      ? namingKinds.map((kind) => ({
          name: kind.kind,
          kind,
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
          fieldSelector: `spec.componentRelease=${metadata.name}`,
        }))
      : [],
  admit: ({ operation, action, object, old }, facts) => {
    if (operation === 'delete') {
      const isNamed = action === pruneActions.release && namingKinds.some(({ kind }) => facts.list(kind).length > 0);
      return isNamed ? stillNeeded('ComponentRelease', object.metadata.name) : undefined;
    }
    if (object.spec === undefined) return undefined;
    if (operation === 'update') {
      return canonicalJson(object.spec) === canonicalJson(old?.spec) ? undefined : changedSpec('ComponentRelease', object.metadata.name);
    }
    const content = contentOf(object.spec);
    if (content !== undefined && contentHash(object.spec.type, content) === object.spec.hash) return undefined;
    const message = 'spec.hash is not the hash of its content: releases are made by writing a binding.';
    return { refuse: invalid(message, [{ field: 'spec.hash', message, type: 'FieldValueInvalid' }]) };
  },
};

type RecordObject = ResourceOf<typeof DeploymentRecord>;

const bindingOfRecord = ({ metadata, spec }: RecordObject): FactQuery[] => {
  const row = bindingRows.find(({ binding }) => binding.kind === spec?.bindingKind);
  if (row === undefined || spec === undefined) return [];
  return [{ name: 'binding', kind: row.binding, key: { namespace: metadata.namespace ?? '', name: spec.binding } }];
};

/** A record is history: delivery writes it once, and nobody changes it. Cleaning up takes none that its binding names. */
export const deploymentRecordRules: AdmissionRules<RecordObject> = {
  facts: ({ operation, action, object }) => (operation === 'delete' && action === pruneActions.record ? bindingOfRecord(object) : []),
  admit: ({ operation, action, object, old, caller }, facts) => {
    if (operation === 'delete') {
      if (action !== pruneActions.record || bindingOfRecord(object).length === 0) return undefined;
      const { spec, status } = facts.object<BindingResource>('binding') ?? {};
      const isNamed = [spec?.deploymentRecord, status?.deploymentRecord].includes(object.metadata.name);
      return isNamed ? stillNeeded('DeploymentRecord', object.metadata.name) : undefined;
    }
    if (operation === 'create') return caller.principal === deliveryPrincipal ? undefined : writtenByDelivery('DeploymentRecord');
    return canonicalJson(object.spec) === canonicalJson(old?.spec) ? undefined : changedSpec('DeploymentRecord', object.metadata.name);
  },
};

/** Rendered objects come from a binding alone, so that nothing reaches a data plane past it. */
export const releaseRules: AdmissionRules<ResourceOf<typeof Release>> = {
  admit: ({ operation, subresource, object, old, caller }) => {
    if (operation === 'delete' || subresource === 'status' || caller.principal === deliveryPrincipal) return undefined;
    if (operation === 'update' && canonicalJson(object.spec) === canonicalJson(old?.spec)) return undefined;
    return writtenByDelivery('Release');
  },
};

const writtenByDelivery = (kind: string): { refuse: Problem } => ({
  refuse: new Problem({ reason: 'forbidden', kind, message: `${kind} objects are written by delivery alone: change the binding instead.` }),
});
