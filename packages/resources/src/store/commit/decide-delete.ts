import { type AnyResource, type Change, type Metadata, type Propagation, timestamp } from '../../model/index.ts';
import { admitChange } from './admit-change.ts';
import type { CommitContext, Decision } from './commit-context.ts';
import { fill, keyOfEntry } from './decide-write.ts';
import { isSameObject } from './same-value.ts';
import { objectModified, objectNotFound, uidDiffers } from './store-problems.ts';
import type { Entry } from './working-set.ts';

/** The garbage collector works these off; until then they hold the object back. */
const marks: Readonly<Record<Propagation, string | undefined>> = {
  background: undefined,
  foreground: 'foregroundDeletion',
  orphan: 'orphan',
};

const markedFinalizers = (object: AnyResource, propagation: Propagation): string[] => {
  const others = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== marks.foreground && finalizer !== marks.orphan);
  const mark = marks[propagation];
  return mark === undefined ? others : [...others, mark];
};

/** What this deletion asks for, or what an earlier one did: a later one may only make it shorter. Unset where nobody said anything. */
const gracePeriod = (earlier: number | undefined, asked: number | undefined): Pick<Metadata, 'deletionGracePeriodSeconds'> => {
  if (earlier === undefined) return asked === undefined ? {} : { deletionGracePeriodSeconds: asked };
  return { deletionGracePeriodSeconds: Math.min(earlier, asked ?? earlier) };
};

const requireExpected = (entry: Entry, expect: { uid?: string; resourceVersion?: string } | undefined): void => {
  const stored = entry.stored?.metadata;
  if (expect?.uid !== undefined && expect.uid !== stored?.uid)
    throw uidDiffers(entry.kind, entry.id.name, { expected: expect.uid, stored: stored?.uid ?? '' });
  if (expect?.resourceVersion !== undefined && expect.resourceVersion !== stored?.resourceVersion)
    throw objectModified(entry.kind, entry.id.name);
};

/** Removes an object, or marks it as deleting while finalizers hold it. */
export const decideDelete = async (context: CommitContext, change: Extract<Change, { op: 'delete' }>): Promise<Decision> => {
  const { kind } = change;
  const entry = await context.set.load(kind, change.key);
  const key = keyOfEntry(entry);
  const old = entry.current;
  if (old === undefined) throw objectNotFound(kind, key.name);
  requireExpected(entry, change.expect);
  const { also } = await admitChange(context, { kind, key, operation: 'delete', object: old, old });
  const isDeleting = old.metadata.deletionTimestamp !== undefined;
  // A second, plain delete must not take away what the first one asked of the garbage collector.
  const finalizers =
    isDeleting && change.propagation === undefined
      ? (old.metadata.finalizers ?? [])
      : markedFinalizers(old, change.propagation ?? 'background');
  const { finalizers: _finalizers, ...metadata } = old.metadata;
  if (finalizers.length === 0) {
    const removed: AnyResource = { ...old, metadata };
    Object.assign(entry, { current: undefined, removed, touched: 'all' } satisfies Partial<Entry>);
    return { kind, key, object: removed, outcome: 'deleted', also };
  }
  const marked = fill(context, kind, {
    ...old,
    metadata: {
      ...metadata,
      finalizers,
      deletionTimestamp: old.metadata.deletionTimestamp ?? timestamp(context.now),
      ...gracePeriod(old.metadata.deletionGracePeriodSeconds, change.gracePeriodSeconds),
    },
  });
  if (isSameObject(old, marked, { ownership: 'ignored' })) return { kind, key, object: old, outcome: 'unchanged', also };
  Object.assign(entry, { current: marked, touched: 'all' } satisfies Partial<Entry>);
  return { kind, key, object: marked, outcome: 'updated', also };
};
