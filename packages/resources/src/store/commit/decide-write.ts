import {
  type AnyResource,
  apiVersionOf,
  type Key,
  type Kind,
  keyOf,
  kindId,
  type Metadata,
  type Resource,
  timestamp,
} from '../../model/index.ts';
import { subjectOf, tolerateUnchanged } from '../../schema/index.ts';
import { nameSuffix } from '../new-uid.ts';
import { admitChange, type Candidate } from './admit-change.ts';
import { type CommitContext, type Decision, Refusal } from './commit-context.ts';
import { isSameObject, isSameSpec, isSameValue, shareUnchanged } from './same-value.ts';
import { objectExists, objectInvalid, objectModified, objectNotFound, uidDiffers } from './store-problems.ts';
import type { Entry } from './working-set.ts';

/** How fields are tracked: an update's are found by comparing, an apply's come merged. */
export interface Tracking {
  ownership: 'compare' | 'merged';
}

// A clash of five characters out of 14 million is rare; eight in a row mean that the name space is full.
const maxNameAttempts = 8;
// Many kinds' names are one DNS label, and the suffix takes five characters of it.
const maxPrefixChars = 58;

/** The object as its schema wants it, with the parts that did not change taken over from the stored one. */
const check = (context: CommitContext, candidate: Candidate): AnyResource => {
  const { kind, key, old, operation, subresource } = candidate;
  const given = old === undefined ? candidate.object : shareUnchanged(old, candidate.object);
  // What is not changed is not judged: an object that an older schema let in must stay movable and deletable. It is not walked either.
  const isUntouched = old !== undefined && subresource === undefined && isSameSpec(old, given) && old.status === given.status;
  const { apiVersion, kind: name, metadata } = given;
  // Managed fields are the store's own and the largest part of metadata.
  const { managedFields, ...ofCaller } = metadata;
  const judged: AnyResource = isUntouched ? { apiVersion, kind: name, metadata: ofCaller } : { ...given, metadata: ofCaller };
  const checked = context.check(kind, judged);
  if (context.onUnknownFields !== undefined && (checked.unknownFields ?? []).length > 0)
    context.onUnknownFields(checked.unknownFields ?? []);
  const isJudged = (field: string): boolean =>
    subresource === 'status' ? field.startsWith('status') : !isUntouched || field.startsWith('metadata');
  const found = checked.problems.filter((problem) => isJudged(subjectOf(problem)));
  const change = { schema: kind.schema, before: old, after: checked.object };
  const problems = old === undefined || found.length === 0 ? found : tolerateUnchanged(change, found);
  if (problems.length > 0) throw new Refusal(objectInvalid(kind, key.name, problems), { kind, key, operation });
  const owned = managedFields === undefined ? {} : { managedFields };
  const clean: AnyResource = { ...(isUntouched ? given : checked.object), metadata: { ...checked.object.metadata, ...owned } };
  return old === undefined ? clean : shareUnchanged(old, clean);
};

/** A stored object as its schema of today shows it, where that may be another than the one that it was stored by. What breaks its rules stays. */
export const asOfToday = (context: CommitContext, kind: Kind, object: AnyResource): AnyResource => {
  if (kind.mayBeOutdated !== true) return object;
  const { apiVersion, metadata } = object;
  return { ...context.check(context.kinds.get(kindId(kind)) ?? kind, object).object, apiVersion, metadata };
};

/** The kind's own defaults. */
export const fill = (context: CommitContext, kind: Kind, object: AnyResource): AnyResource =>
  context.kinds.rules(kindId(kind))?.default?.(object) ?? object;

const withMetadata = (object: AnyResource, changes: Partial<Metadata>): AnyResource => ({
  ...object,
  metadata: { ...object.metadata, ...changes },
});

const without = (metadata: Metadata, ...fields: (keyof Metadata)[]): Metadata => {
  const rest = { ...metadata };
  for (const field of fields) delete rest[field];
  return rest;
};

/** Counts what is wanted; without a status subresource nobody can tell status from it. */
const withGeneration = ({ hasStatus }: Kind, old: AnyResource, object: AnyResource): AnyResource => {
  const isSame = isSameSpec(old, object) && (hasStatus || isSameValue(old.status, object.status));
  const generation = (old.metadata.generation ?? 1) + (isSame ? 0 : 1);
  return object.metadata.generation === generation ? object : withMetadata(object, { generation });
};

/** The object in the version in which its kind is stored, whatever version it was written in. */
const asStored = (context: CommitContext, kind: Kind, object: AnyResource): AnyResource => {
  const apiVersion = apiVersionOf(context.kinds.get(kindId(kind)) ?? kind);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
};

const track = (context: CommitContext, candidate: Candidate, { ownership }: Tracking): AnyResource => {
  const { kind, object, old, subresource } = candidate;
  if (ownership === 'merged') return object;
  const managedFields = context.trackUpdate({
    kind,
    before: old,
    after: object,
    manager: context.cause.fieldManager ?? context.cause.caller.principal,
    now: context.now,
    ...(subresource === undefined ? {} : { subresource }),
  });
  return withMetadata(object, { managedFields });
};

/** The usual creation needs no wait: its name is given, and was read or supposed to be free. */
const supposedEntry = (context: CommitContext, kind: Kind, object: Resource): Entry | undefined => {
  if ((object.metadata.name ?? '') === '') return undefined;
  const entry = context.set.known(kind, keyOf(object));
  return entry?.current === undefined && entry?.removed === undefined ? entry : undefined;
};

const freeEntry = async (context: CommitContext, kind: Kind, object: Resource, uid: string): Promise<Entry> => {
  const { name = '', generateName = '' } = object.metadata;
  const isGenerated = name === '' && generateName !== '';
  const nameOf = (id: string): string => (isGenerated ? `${generateName.slice(0, maxPrefixChars)}${nameSuffix(id)}` : name);
  for (let attempt = 1; ; attempt += 1) {
    const key = { ...keyOf(object), name: nameOf(attempt === 1 ? uid : context.newUid(context.now)) };
    const entry = context.set.known(kind, key) ?? (await context.set.load(kind, key));
    if (entry.current === undefined && entry.removed === undefined) return entry;
    if (!isGenerated || attempt >= maxNameAttempts) throw objectExists(kind, key.name);
  }
};

/** Creates an object; its name must be free. */
export const decideCreate = async (
  context: CommitContext,
  { kind, given }: { kind: Kind; given: Resource },
  tracking: Tracking = { ownership: 'compare' },
): Promise<Decision> => {
  const uid = context.newUid(context.now);
  const entry = supposedEntry(context, kind, given) ?? (await freeEntry(context, kind, given, uid));
  const key: Key = keyOfEntry(entry);
  const { status, ...rest } = given as AnyResource;
  const metadata: Metadata = {
    ...without(given.metadata, 'resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields'),
    ...(tracking.ownership === 'merged' && given.metadata.managedFields !== undefined
      ? { managedFields: given.metadata.managedFields }
      : {}),
    name: key.name,
    uid,
    generation: 1,
    creationTimestamp: timestamp(context.now),
  };
  // The parts that clients may not set: Kubernetes drops the status of a new object the same way.
  const object: AnyResource = {
    ...rest,
    ...(kind.hasStatus || status === undefined ? {} : { status }),
    apiVersion: apiVersionOf(kind),
    metadata,
  };
  const candidate: Candidate = { kind, key, operation: 'create', object };
  const checked = fill(context, kind, check(context, candidate));
  const asked = admitChange(context, { ...candidate, object: checked });
  const admitted = asked instanceof Promise ? await asked : asked;
  const stored = track(context, { ...candidate, object: asStored(context, kind, admitted.object) }, tracking);
  Object.assign(entry, { current: stored, touched: 'all' } satisfies Partial<Entry>);
  return { kind, key, object: stored, outcome: 'created', also: admitted.also };
};

export const keyOfEntry = ({ id }: Entry): Key => (id.namespace === '' ? { name: id.name } : { namespace: id.namespace, name: id.name });

const requirePresent = (entry: Entry): AnyResource => {
  if (entry.current === undefined) throw objectNotFound(entry.kind, entry.id.name);
  return entry.current;
};

const requireVersion = (entry: Entry, given: Resource, expect: string | undefined): void => {
  const stored = entry.stored?.metadata ?? entry.current?.metadata;
  if (expect !== undefined && expect !== '' && expect !== stored?.resourceVersion) throw objectModified(entry.kind, entry.id.name);
  const { uid } = given.metadata;
  if (uid !== undefined && uid !== '' && stored?.uid !== undefined && uid !== stored.uid)
    throw uidDiffers(entry.kind, entry.id.name, { expected: uid, stored: stored.uid });
};

const refuseNewFinalizers = (entry: Entry, old: AnyResource, object: AnyResource): void => {
  if (old.metadata.deletionTimestamp === undefined) return;
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !old.metadata.finalizers?.includes(finalizer));
  if (added.length === 0) return;
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
  const problem = objectInvalid(entry.kind, entry.id.name, [{ field: 'metadata.finalizers', type: 'FieldValueForbidden', message }]);
  throw new Refusal(problem, { kind: entry.kind, key: keyOfEntry(entry), operation: 'update' });
};

/** An update of the object takes over what the store itself writes; an update of status takes over all but status. */
const candidateObject = (
  entry: Entry,
  old: AnyResource,
  write: { given: Resource; subresource?: 'status' },
  tracking: Tracking,
): AnyResource => {
  const given = write.given as AnyResource;
  const managedFields = tracking.ownership === 'merged' ? given.metadata.managedFields : old.metadata.managedFields;
  const managed = managedFields === undefined ? {} : { managedFields };
  if (write.subresource === 'status') {
    const { status: _old, ...rest } = old;
    const metadata = { ...without(old.metadata, 'managedFields'), ...managed };
    return { ...rest, metadata, ...(given.status === undefined ? {} : { status: given.status }) };
  }
  const kept: Partial<Metadata> = {};
  for (const field of [
    'uid',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const)
    if (old.metadata[field] !== undefined) Object.assign(kept, { [field]: old.metadata[field] });
  const metadata: Metadata = {
    ...without(given.metadata, 'resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields'),
    ...keyOfEntry(entry),
    ...kept,
    ...managed,
  };
  const { status, ...rest } = given;
  const kind = entry.kind;
  const keptStatus = kind.hasStatus ? old.status : status;
  return { ...rest, apiVersion: apiVersionOf(kind), metadata, ...(keptStatus === undefined ? {} : { status: keptStatus }) };
};

export interface Update {
  entry: Entry;
  given: Resource;
  expect?: string | undefined;
  subresource?: 'status';
}

/** Replaces an object or its status. The last finalizer of a deleting object takes the object with it. */
export const decideUpdate = async (
  context: CommitContext,
  update: Update,
  tracking: Tracking = { ownership: 'compare' },
): Promise<Decision> => {
  const { entry, given, subresource } = update;
  const { kind } = entry;
  const key = keyOfEntry(entry);
  const old = asOfToday(context, kind, requirePresent(entry));
  requireVersion(entry, given, update.expect);
  const part = subresource === undefined ? {} : { subresource };
  const base: Candidate = {
    kind,
    key,
    operation: 'update',
    old,
    object: candidateObject(entry, old, { given, ...part }, tracking),
    ...part,
  };
  if (subresource === undefined) refuseNewFinalizers(entry, old, base.object);
  const checked = check(context, base);
  const filled = withGeneration(kind, old, subresource === undefined ? fill(context, kind, checked) : checked);
  const admitted = await admitChange(context, { ...base, object: filled });
  const next = asStored(context, kind, withGeneration(kind, old, admitted.object));
  if (isSameObject(old, next, { ownership: tracking.ownership === 'merged' ? 'counts' : 'ignored' }))
    return { kind, key, object: old, outcome: 'unchanged', also: admitted.also };
  const stored = track(context, { ...base, object: next }, tracking);
  const touched = subresource === 'status' && entry.touched !== 'all' ? 'status' : 'all';
  if (stored.metadata.deletionTimestamp !== undefined && (stored.metadata.finalizers ?? []).length === 0) {
    Object.assign(entry, { current: undefined, removed: stored, touched: 'all' } satisfies Partial<Entry>);
    return { kind, key, object: stored, outcome: 'deleted', also: admitted.also };
  }
  Object.assign(entry, { current: stored, touched } satisfies Partial<Entry>);
  return { kind, key, object: stored, outcome: 'updated', also: admitted.also };
};
