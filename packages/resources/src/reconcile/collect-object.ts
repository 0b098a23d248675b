import {
  type AnyResource,
  type Cause,
  isProblem,
  type Key,
  type Kind,
  keyOf,
  kindIdOf,
  type OwnerReference,
  type Resources,
  reconcilerCaller,
} from '../model/index.ts';

/** Set by a delete with propagation `foreground`: the object goes after what it owns and what blocks it. */
const foregroundFinalizer = 'foregroundDeletion';
/** Set by a delete with propagation `orphan`: what the object owns stays and loses its reference. */
const orphanFinalizer = 'orphan';

export interface Collecting {
  resources: Resources;
  /** Queues another object for a look. */
  enqueue: (kind: Kind, key: Key) => void;
  /** Whether an object was seen to go. */
  hasGone: (uid: string) => boolean;
}

type OwnerState = 'present' | 'absent' | 'going-after-us' | 'unknown';

const causeOf = (kind: Kind): Cause => ({ caller: reconcilerCaller('garbage-collector'), action: `${kind.singular}.collect` });

const keyOfOwner = (kind: Kind, reference: OwnerReference, dependent: AnyResource): Key =>
  kind.namespaced && dependent.metadata.namespace !== undefined
    ? { namespace: dependent.metadata.namespace, name: reference.name }
    : { name: reference.name };

const stateOfOwner = async ({ resources, hasGone }: Collecting, reference: OwnerReference, dependent: AnyResource): Promise<OwnerState> => {
  const kind = resources.kinds.get(kindIdOf(reference));
  // Of a kind that nobody serves we cannot say that an object is gone, unless we saw it go: a wrong guess would delete somebody's data.
  if (kind === undefined) return hasGone(reference.uid) ? 'absent' : 'unknown';
  const owner = (await resources.get(kind, keyOfOwner(kind, reference, dependent))) as AnyResource | undefined;
  if (owner === undefined || owner.metadata.uid !== reference.uid) return 'absent';
  const isGoing = owner.metadata.deletionTimestamp !== undefined && (owner.metadata.finalizers ?? []).includes(foregroundFinalizer);
  return isGoing ? 'going-after-us' : 'present';
};

/** Changes metadata of the very object that was looked at; another one of its name, or its absence, is no error. */
const mutateMetadata = async (
  { resources }: Collecting,
  kind: Kind,
  { object, change }: { object: AnyResource; change: (metadata: AnyResource['metadata']) => AnyResource['metadata'] },
): Promise<void> => {
  await resources.commit(causeOf(kind), [
    {
      op: 'mutate',
      kind,
      key: keyOf(object),
      create: true,
      change: (current) =>
        current === undefined || current.metadata.uid !== object.metadata.uid
          ? undefined
          : { ...current, metadata: change(current.metadata) },
    },
  ]);
};

const removeFinalizer = (
  collecting: Collecting,
  kind: Kind,
  { object, finalizer }: { object: AnyResource; finalizer: string },
): Promise<void> =>
  mutateMetadata(collecting, kind, {
    object,
    change: (metadata) => ({ ...metadata, finalizers: (metadata.finalizers ?? []).filter((name) => name !== finalizer) }),
  });

const removeReferences = (
  collecting: Collecting,
  kind: Kind,
  { object, uids }: { object: AnyResource; uids: ReadonlySet<string> },
): Promise<void> =>
  mutateMetadata(collecting, kind, {
    object,
    change: ({ ownerReferences = [], ...metadata }) => {
      const kept = ownerReferences.filter(({ uid }) => !uids.has(uid));
      return kept.length === 0 ? metadata : { ...metadata, ownerReferences: kept };
    },
  });

const deleteDependent = async ({ resources }: Collecting, kind: Kind, object: AnyResource): Promise<void> => {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  const propagation = finalizers.includes(orphanFinalizer)
    ? 'orphan'
    : finalizers.includes(foregroundFinalizer)
      ? 'foreground'
      : 'background';
  const expect = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  await resources.commit(causeOf(kind), [{ op: 'delete', kind, key: keyOf(object), expect, propagation }]);
};

/** Deletes the object when no owner is left, or lets it forget the owners that are gone. */
const collectDependent = async (collecting: Collecting, kind: Kind, object: AnyResource): Promise<void> => {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
  const states = await Promise.all(references.map((reference) => stateOfOwner(collecting, reference, object)));
  const isHeld = states.some((state) => state === 'present' || state === 'unknown');
  if (!isHeld) return deleteDependent(collecting, kind, object);
  const uids = new Set(references.filter((_reference, index) => states[index] === 'absent').map(({ uid }) => uid));
  if (uids.size > 0) await removeReferences(collecting, kind, { object, uids });
};

/** An owner that is about to go. */
interface Leaving {
  object: AnyResource;
  uid: string;
}

const kindsOfOwned = (collecting: Collecting, owned: readonly AnyResource[]): { kind: Kind; object: AnyResource }[] =>
  owned.flatMap((object) => {
    const kind = collecting.resources.kinds.get(kindIdOf(object));
    return kind === undefined ? [] : [{ kind, object }];
  });

/** An owner that waits for what it owns: goes when nothing that blocks it is left. */
const finishForeground = async (collecting: Collecting, kind: Kind, { object, uid }: Leaving): Promise<void> => {
  const blocks = ({ metadata }: AnyResource): boolean =>
    (metadata.ownerReferences ?? []).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true);
  let isBlocked = false;
  for await (const owned of collecting.resources.ownedPages(uid)) {
    const blocking = owned.filter(blocks);
    isBlocked ||= blocking.length > 0;
    for (const dependent of kindsOfOwned(collecting, blocking)) collecting.enqueue(dependent.kind, keyOf(dependent.object));
  }
  if (!isBlocked) await removeFinalizer(collecting, kind, { object, finalizer: foregroundFinalizer });
};

/** Only when every one is free: what still named the owner would be deleted after it. */
const finishOrphan = async (collecting: Collecting, kind: Kind, { object, uid }: Leaving): Promise<void> => {
  const uids = new Set([uid]);
  for await (const owned of collecting.resources.ownedPages(uid))
    await Promise.all(
      kindsOfOwned(collecting, owned).map((dependent) => removeReferences(collecting, dependent.kind, { object: dependent.object, uids })),
    );
  await removeFinalizer(collecting, kind, { object, finalizer: orphanFinalizer });
};

/** One look at one object, as a dependent and as an owner that is about to go. May be repeated at any time. */
export const collectObject = async (collecting: Collecting, kind: Kind, key: Key): Promise<void> => {
  const object = (await collecting.resources.get(kind, key)) as AnyResource | undefined;
  if (object === undefined) return;
  try {
    const { deletionTimestamp, finalizers = [], uid } = object.metadata;
    if (deletionTimestamp === undefined || uid === undefined) return await collectDependent(collecting, kind, object);
    if (!finalizers.includes(foregroundFinalizer) && !finalizers.includes(orphanFinalizer)) return;
    if (finalizers.includes(orphanFinalizer)) await finishOrphan(collecting, kind, { object, uid });
    else await finishForeground(collecting, kind, { object, uid });
  } catch (error) {
    // Gone meanwhile: just what was wanted.
    if (!isProblem(error, 'not-found')) throw error;
  }
};

/** Queues everything that named a deleted object as its owner. */
export const collectOwned = async (collecting: Collecting, ownerUid: string): Promise<void> => {
  for await (const owned of collecting.resources.ownedPages(ownerUid))
    for (const { kind, object } of kindsOfOwned(collecting, owned)) collecting.enqueue(kind, keyOf(object));
};
