import type { LabelSelector } from '@fairway/contracts/builtin';
import {
  type Cause,
  type Change,
  conflict,
  type Kind,
  keyOf,
  type OwnerReference,
  type Resource,
  type ResourceOf,
  type Resources,
} from '@fairway/resources/model';
import { isEmptySelector, matchesSelector, selectorText } from './label-selector.ts';
import { controllerOf, isTerminating } from './pod-state.ts';

export interface Claim<K extends Kind> {
  resources: Resources;
  cause: Cause;
  kind: K;
  namespace: string;
  selector: LabelSelector;
  owner: OwnerReference;
  /** The owner is on its way out: it takes nothing new. */
  ownerTerminating: boolean;
}

const withOwner = (owner: OwnerReference) => (current: Resource | undefined) => {
  if (current === undefined || controllerOf(current) !== undefined) return undefined;
  return { ...current, metadata: { ...current.metadata, ownerReferences: [...(current.metadata.ownerReferences ?? []), owner] } };
};
const withoutOwner = (uid: string) => (current: Resource | undefined) => {
  if (current?.metadata.ownerReferences === undefined) return undefined;
  return {
    ...current,
    metadata: { ...current.metadata, ownerReferences: current.metadata.ownerReferences.filter((owner) => owner.uid !== uid) },
  };
};

/** All objects of a kind that belong to an owner: adopts orphans that its selector fits, releases those that it no longer fits. */
export async function claimOwned<K extends Kind>(claim: Claim<K>): Promise<ResourceOf<K>[]> {
  const { resources, kind, namespace, selector, owner } = claim;
  const fitting = isEmptySelector(selector) ? [] : (await resources.list(kind, { namespace, labelSelector: selectorText(selector) })).items;
  const owned = (await resources.listOwned(owner.uid)).filter(
    (object) => object.kind === kind.kind && controllerOf(object)?.uid === owner.uid,
  );
  const strays = owned.filter((object) => !matchesSelector(selector, object.metadata.labels) && !isTerminating(object));
  const orphans = claim.ownerTerminating
    ? []
    : (fitting as Resource[]).filter((object) => controllerOf(object) === undefined && !isTerminating(object));
  const changes: Change[] = [
    ...orphans.map((object): Change => ({ op: 'mutate', kind, key: keyOf(object), change: withOwner(owner) })),
    ...strays.map((object): Change => ({ op: 'mutate', kind, key: keyOf(object), change: withoutOwner(owner.uid) })),
  ];
  if (changes.length > 0) await resources.commit(claim.cause, changes);
  return [...owned.filter((object) => !strays.includes(object)), ...orphans] as ResourceOf<K>[];
}

/**
 * Fails the commit it belongs to when the owner has changed its spec, has gone or is going since it was read.
 * So nothing is created for a state of the owner that is no longer wanted.
 */
export const ownerUnchanged = (kind: Kind, owner: Resource): Change => ({
  op: 'mutate',
  kind,
  key: keyOf(owner),
  change: (current) => {
    const same = current?.metadata.uid === owner.metadata.uid && current?.metadata.generation === owner.metadata.generation;
    if (current === undefined || !same || isTerminating(current)) {
      throw conflict(`${kind.kind} "${owner.metadata.name}" has changed meanwhile; it is looked at again`);
    }
    return undefined;
  },
});
