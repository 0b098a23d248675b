import type { ComponentRelease, DeploymentRecord, Release } from '@fairway/contracts';
import { type AdmissionRules, invalid, Problem, type ResourceOf } from '@fairway/resources/model';
import { contentHash, contentOf } from './binding/release-content.ts';
import { canonicalJson } from './canonical-digest.ts';

const deliveryPrincipal = 'service:fairway/delivery';

const changedSpec = (kind: string, name: string): { refuse: Problem } => {
  const message = `${kind} "${name}" is immutable: make a new one by changing the binding.`;
  return { refuse: invalid(message, [{ field: 'spec', message, type: 'FieldValueForbidden' }]) };
};

/** A release says exactly what its hash says, and never changes. */
export const componentReleaseRules: AdmissionRules<ResourceOf<typeof ComponentRelease>> = {
  admit: ({ operation, object, old }) => {
    if (operation === 'delete' || object.spec === undefined) return undefined;
    if (operation === 'update') {
      return canonicalJson(object.spec) === canonicalJson(old?.spec) ? undefined : changedSpec('ComponentRelease', object.metadata.name);
    }
    const content = contentOf(object.spec);
    if (content !== undefined && contentHash(object.spec.type, content) === object.spec.hash) return undefined;
    const message = 'spec.hash is not the hash of its content: releases are made by writing a binding.';
    return { refuse: invalid(message, [{ field: 'spec.hash', message, type: 'FieldValueInvalid' }]) };
  },
};

/** A record is history: delivery writes it once, and nobody changes it. */
export const deploymentRecordRules: AdmissionRules<ResourceOf<typeof DeploymentRecord>> = {
  admit: ({ operation, object, old, caller }) => {
    if (operation === 'delete') return undefined;
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
