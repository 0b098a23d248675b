import {
  type AnyResource,
  apiVersionOf,
  type Change,
  invalid,
  type Key,
  type Kind,
  keyOf,
  kindId,
  kindIdOf,
  type Resource,
} from '../../model/index.ts';
import type { CommitContext, Decision, InternalChange } from './commit-context.ts';
import { decideDelete } from './decide-delete.ts';
import { asOfToday, decideCreate, decideUpdate } from './decide-write.ts';
import { objectNotFound } from './store-problems.ts';
import type { Entry } from './working-set.ts';

const kindOf = (context: Pick<CommitContext, 'kinds'>, object: Resource): Kind => {
  const { apiVersion, kind: name, metadata } = object;
  if (typeof apiVersion !== 'string' || typeof name !== 'string' || typeof metadata !== 'object' || metadata === null)
    throw invalid('an object needs apiVersion, kind and metadata');
  const id = kindIdOf(object);
  const kind = context.kinds.versions(id).find((served) => apiVersionOf(served) === apiVersion);
  if (kind === undefined) {
    const others = context.kinds.versions(id).map(apiVersionOf).join(', ');
    throw invalid(
      `no matches for kind "${name.slice(0, 100)}" in version "${apiVersion.slice(0, 100)}"${others === '' ? '' : `; it is served as ${others}`}`,
    );
  }
  return kind;
};

/** What a change is about, so that all of a commit is read at once. */
export const targetOf = (context: Pick<CommitContext, 'kinds'>, change: InternalChange): { kind: Kind; key: Key } =>
  'object' in change ? { kind: kindOf(context, change.object), key: keyOf(change.object) } : { kind: change.kind, key: change.key };

const requireStatus = (kind: Kind, name: string): void => {
  if (!kind.hasStatus)
    throw invalid(`${kind.kind} "${name}" has no status subresource; write the object itself`, [], {
      kind: kind.kind,
      group: kind.group,
      name,
    });
};

/** A copy that a change may do with as it likes. Reading the text again is three times quicker than cloning what came of it. */
const copyOf = ({ row, stored }: Entry, current: AnyResource): AnyResource =>
  row !== undefined && current === stored ? (JSON.parse(row.text) as AnyResource) : structuredClone(current);

const decideMutate = async (context: CommitContext, change: Extract<Change, { op: 'mutate' }>): Promise<Decision> => {
  const { kind, key, subresource } = change;
  const entry = await context.set.load(kind, key);
  const { current } = entry;
  if (current === undefined && change.create !== true) throw objectNotFound(kind, key.name);
  if (subresource === 'status') requireStatus(kind, key.name);
  const given = change.change(current === undefined ? undefined : asOfToday(context, kind, copyOf(entry, current)));
  if (given === undefined) {
    const object = current ?? { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { ...key } };
    return { kind, key, object, outcome: 'unchanged', also: [] };
  }
  const isSamePlace = given.metadata.name === key.name && (given.metadata.namespace ?? '') === (key.namespace ?? '');
  if (!isSamePlace || kindIdOf(given) !== kindId(kind))
    throw invalid(`a change of ${kind.kind} "${key.name}" answered another object; kind, namespace and name are fixed`);
  if (current === undefined) return decideCreate(context, { kind, given });
  return decideUpdate(context, { entry, given, ...(subresource === undefined ? {} : { subresource }) });
};

const decideApply = async (context: CommitContext, change: Extract<InternalChange, { op: 'apply' }>): Promise<Decision> => {
  const { object: applied, options } = change;
  const { kind, key } = targetOf(context, change);
  const { subresource, fieldManager: manager, force = false } = options;
  if (subresource === 'status') requireStatus(kind, key.name);
  const entry = await context.set.load(kind, key);
  const live = entry.current === undefined ? undefined : asOfToday(context, kind, entry.current);
  if (live === undefined && subresource !== undefined) throw objectNotFound(kind, key.name);
  const part = subresource === undefined ? {} : { subresource };
  const merged = context.mergeApplied({ kind, live, applied, manager, force, now: context.now, ...part });
  if (live === undefined) return decideCreate(context, { kind, given: merged }, { ownership: 'merged' });
  const expect = applied.metadata.resourceVersion;
  return decideUpdate(context, { entry, given: merged, expect, ...part }, { ownership: 'merged' });
};

const decideReplace = async (context: CommitContext, change: Extract<Change, { op: 'replace' | 'status' }>): Promise<Decision> => {
  const { kind, key } = targetOf(context, change);
  if (change.op === 'status') requireStatus(kind, key.name);
  const given = change.object as AnyResource;
  const entry = await context.set.load(kind, key);
  const expect = change.expect ?? given.metadata.resourceVersion;
  return decideUpdate(context, { entry, given, expect, ...(change.op === 'status' ? { subresource: 'status' as const } : {}) });
};

/** What one change comes to, on top of the changes that were decided before it. Not async: creations would wait two turns more. */
export const decideChange = (context: CommitContext, change: InternalChange): Promise<Decision> => {
  switch (change.op) {
    case 'create':
      return decideCreate(context, { kind: kindOf(context, change.object), given: change.object });
    case 'replace':
    case 'status':
      return decideReplace(context, change);
    case 'mutate':
      return decideMutate(context, change);
    case 'apply':
      return decideApply(context, change);
    case 'delete':
      return decideDelete(context, change);
  }
};
