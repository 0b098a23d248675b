import { PersistentVolumeClaim, Pod, StatefulSet } from '@fairway/contracts/builtin';
import { type Change, keyOf, type OwnerReference, type Resource } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { controllerReference } from '../pods/make-pod.ts';
import { isTerminating, type PodObject } from '../pods/pod-state.ts';
import type { Members } from './plan-set.ts';
import { claimName, claimTemplatesOf, ordinalOf, type StatefulSetObject } from './set-members.ts';

const referenceTo = (kind: typeof Pod | typeof StatefulSet, owner: Resource): OwnerReference => {
  const { controller: _, blockOwnerDeletion: __, ...reference } = controllerReference(kind, owner);
  return reference;
};

/** Who takes the claims of a member with it: the set, the pod that is not wanted any more, or nobody. */
function ownerOfClaims(set: StatefulSetObject, pod: PodObject, isCondemned: boolean): OwnerReference | undefined {
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (isCondemned && whenScaled === 'Delete') return referenceTo(Pod, pod);
  return whenDeleted === 'Delete' ? referenceTo(StatefulSet, set) : undefined;
}

const isTheirs = (claim: Resource, owner: OwnerReference | undefined, others: ReadonlySet<string | undefined>): boolean => {
  const owners = claim.metadata.ownerReferences ?? [];
  return !owners.some(({ uid }) => others.has(uid)) && (owner === undefined || owners.some(({ uid }) => uid === owner.uid));
};

const ownedBy =
  (owner: OwnerReference | undefined, others: ReadonlySet<string | undefined>) =>
  (current: Resource | undefined): Resource | undefined => {
    if (current === undefined) return undefined;
    const { ownerReferences = [], ...metadata } = current.metadata;
    const kept = ownerReferences.filter(({ uid }) => !others.has(uid) && uid !== owner?.uid);
    const references = owner === undefined ? kept : [...kept, owner];
    return { ...current, metadata: references.length === 0 ? metadata : { ...metadata, ownerReferences: references } };
  };

/** Changes after which the claims of all members are owned as the retention policy says; the garbage collector does the rest. */
export async function keepClaims(
  set: StatefulSetObject,
  { wanted, condemned }: Members,
  { resources }: ReconcileContext,
): Promise<Change[]> {
  const templates = claimTemplatesOf(set);
  if (templates.length === 0) return [];
  const changes: Change[] = [];
  for (const pod of [...wanted.flatMap((place) => place.pod ?? []), ...condemned]) {
    const owner = ownerOfClaims(set, pod, condemned.includes(pod));
    const others = new Set([set.metadata.uid, pod.metadata.uid].filter((uid) => uid !== owner?.uid));
    for (const template of templates) {
      const key = { namespace: set.metadata.namespace ?? '', name: claimName(set, template, ordinalOf(set, pod) ?? 0) };
      const claim = await resources.get(PersistentVolumeClaim, key);
      if (claim === undefined || isTerminating(claim) || isTheirs(claim, owner, others)) continue;
      changes.push({ op: 'mutate', kind: PersistentVolumeClaim, key: keyOf(claim), change: ownedBy(owner, others) });
    }
  }
  return changes;
}
