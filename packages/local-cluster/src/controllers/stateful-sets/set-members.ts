import type { ClaimTemplate, PodTemplateSpec, StatefulSet, Volume } from '@fairway/contracts/builtin';
import { PersistentVolumeClaim, Pod, StatefulSet as StatefulSetKind } from '@fairway/contracts/builtin';
import type { Resource, ResourceOf } from '@fairway/resources/model';
import { controllerReference } from '../pods/make-pod.ts';
import type { PodObject } from '../pods/pod-state.ts';
import { type Revision, templateOf } from '../revisions/revision-history.ts';

export type StatefulSetObject = ResourceOf<typeof StatefulSet>;

const nameLabel = 'statefulset.kubernetes.io/pod-name';
const indexLabel = 'apps.kubernetes.io/pod-index';
const revisionLabel = 'controller-revision-hash';

export const firstOrdinal = (set: StatefulSetObject): number => set.spec?.ordinals?.start ?? 0;
export const memberName = (set: StatefulSetObject, ordinal: number): string => `${set.metadata.name}-${ordinal}`;
export const revisionOfPod = (pod: PodObject): string | undefined => pod.metadata.labels?.[revisionLabel];

/** The number at the end of a member's name; undefined for a pod that is named otherwise. */
export function ordinalOf(set: StatefulSetObject, pod: PodObject): number | undefined {
  const { name } = pod.metadata;
  const prefix = `${set.metadata.name}-`;
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

export const claimTemplatesOf = (set: StatefulSetObject): readonly ClaimTemplate[] => set.spec?.volumeClaimTemplates ?? [];

export const claimName = (set: StatefulSetObject, claim: ClaimTemplate, ordinal: number): string =>
  `${claim.metadata?.name ?? ''}-${memberName(set, ordinal)}`;

/** A member's own claim, as it is created. It belongs to nobody, so that it stays, unless the set's retention policy says otherwise. */
export function newClaim(set: StatefulSetObject, claim: ClaimTemplate, ordinal: number): Resource {
  const { annotations, labels } = claim.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: PersistentVolumeClaim.kind,
    metadata: {
      name: claimName(set, claim, ordinal),
      namespace: set.metadata.namespace ?? '',
      labels: { ...labels, ...set.spec?.selector.matchLabels },
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: claim.spec ?? {},
  };
}

const withClaims = (set: StatefulSetObject, template: PodTemplateSpec, ordinal: number): Volume[] => {
  const claims = claimTemplatesOf(set);
  const names = new Set(claims.map(({ metadata }) => metadata?.name));
  const own = claims.map((claim) => ({
    name: claim.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
  }));
  return [...own, ...(template.spec.volumes ?? []).filter(({ name }) => !names.has(name))];
};

/** A pod of the set: its name, host name and claims hang on its ordinal alone. */
export function newMember(set: StatefulSetObject, revision: Revision, ordinal: number): PodObject {
  const template = templateOf(revision);
  const name = memberName(set, ordinal);
  const volumes = withClaims(set, template, ordinal);
  const { annotations, labels, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: Pod.kind,
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace ?? '',
      labels: { ...labels, [nameLabel]: name, [indexLabel]: String(ordinal), [revisionLabel]: revision.metadata.name },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(StatefulSetKind, set)],
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}
