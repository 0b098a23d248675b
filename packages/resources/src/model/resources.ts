import type { AdmissionRules } from './admission.ts';
import type { Caller } from './caller.ts';
import type { Kind, KindId, ResourceOf } from './kind.ts';
import type { AnyResource, Key, Resource } from './resource.ts';

/** Why a commit happens; becomes its audit entry, its events and its managed fields. */
export interface Cause {
  caller: Caller;
  /** `noun.verb`, for example `component.promote`. */
  action: string;
  /** Field manager for managed fields; the caller's principal when absent. */
  fieldManager?: string;
  requestId?: string;
  traceparent?: string;
  /** Further changes that belong into every commit of this cause, for example that a request's key was used. Their results are not answered. */
  also?: readonly Change[];
}

export type Propagation = 'background' | 'foreground' | 'orphan';

/** One change inside a commit. `expect` is a resourceVersion: another one in the store is a conflict. */
export type Change =
  | { op: 'create'; object: Resource }
  /** Replaces all but status (all, for a kind without a status subresource). Without `expect` the object's own metadata.resourceVersion is the guard, if it has one. */
  | { op: 'replace'; object: Resource; expect?: string }
  /** Replaces status alone. */
  | { op: 'status'; object: Resource; expect?: string }
  /**
   * Reads, changes, writes; a lost race is retried from the read. `change` must be pure (it may run again); undefined means: leave as it is.
   * `create` true: `change` gets undefined for an absent object and its answer is created.
   */
  | {
      op: 'mutate';
      kind: Kind;
      key: Key;
      subresource?: 'status';
      create?: boolean;
      change: (current: AnyResource | undefined) => Resource | undefined;
    }
  /** Marks as deleted; the object goes when its finalizers are gone. Absent objects are `not-found`. */
  | {
      op: 'delete';
      kind: Kind;
      key: Key;
      expect?: { uid?: string; resourceVersion?: string };
      propagation?: Propagation;
      /**
       * Written to metadata.deletionGracePeriodSeconds when the object is marked; whoever holds a finalizer keeps to it. A later deletion may
       * shorten it. Without it the field stays unset, and the kind's default rule may fill it.
       */
      gracePeriodSeconds?: number;
    };

export interface CommitOptions {
  /** Runs all checks and answers what would be stored, without storing it. */
  dryRun?: boolean;
  /** Told the paths of fields that no schema knows, which are not stored; what it throws ends the commit. May be told more than once. */
  onUnknownFields?: (paths: readonly string[]) => void;
}

/** One result a change: the object as stored (for a delete: its last form), and its JSON text where it was written. */
export type CommitResult = { object: AnyResource; outcome: 'created' | 'updated' | 'unchanged' | 'deleted'; text?: string };

export interface ListQuery {
  /** Absent: all namespaces. */
  namespace?: string;
  /** Kubernetes syntax: `a=b,c!=d,e in (f,g),!h`. */
  labelSelector?: string;
  /** Kubernetes syntax over metadata.name, metadata.namespace and the kind's selectableFields. */
  fieldSelector?: string;
  /** At most this many; absent means all, up to the store's own bound of 10,000. */
  limit?: number;
  /** The continue token of the page before. Too old: Problem `gone`. */
  continue?: string;
  /** In the order of creation, the newest first. Such a list has one page: no continue token and no count of what is behind it. */
  newestFirst?: boolean;
  /** One of many pages that are read once and in turn: what is behind it is not counted, and the page is not remembered. */
  walk?: boolean;
}

/** Stored JSON texts, to be forwarded without parsing. */
export interface TextPage {
  items: string[];
  /** Version of the list as a whole; a watch may start from it. */
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

export interface Page<R> extends Omit<TextPage, 'items'> {
  items: R[];
}

export interface WatchQuery extends Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'> {
  /** Changes after this version. Absent or '0': all present objects come first as ADDED. Too old: the iterator throws Problem `gone`. */
  since?: string;
  /** Emits a BOOKMARK at least once a minute while nothing happens. */
  bookmarks?: boolean;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  /** The object as JSON text (for BOOKMARK: empty string). */
  text: string;
  resourceVersion: string;
  key: Key;
}

export interface ApplyOptions extends CommitOptions {
  fieldManager: string;
  force?: boolean;
  subresource?: 'status';
}

/** The store as everybody sees it. All writes go through `commit` (`apply` is a commit of a merged object). */
export interface Resources {
  readonly kinds: KindRegistry;
  get<K extends Kind>(kind: K, key: Key): Promise<ResourceOf<K> | undefined>;
  getText(kind: Kind, key: Key): Promise<string | undefined>;
  list<K extends Kind>(kind: K, query?: ListQuery): Promise<Page<ResourceOf<K>>>;
  listText(kind: Kind, query?: ListQuery): Promise<TextPage>;
  /** Objects that name `ownerUid` in their ownerReferences, the oldest first; at most 10,000. */
  listOwned(ownerUid: string): Promise<AnyResource[]>;
  /** The same, page by page, of however many there are. */
  ownedPages(ownerUid: string): AsyncIterable<AnyResource[]>;
  /** Ends when `signal` aborts. Never misses a change between `since` and now; order is commit order. */
  watch(kind: Kind, query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** The same in groups, the events of one moment together: cheaper for those who follow much. No group is empty. */
  watchGroups(kind: Kind, query: WatchQuery, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]>;
  /** All changes, or none. One audit entry a commit, one event a changed object, in the same transaction. */
  commit(cause: Cause, changes: readonly Change[], options?: CommitOptions): Promise<CommitResult[]>;
  /** Server-side apply: merges by ownership; throws `conflict` with one field problem a foreign field unless `force`. */
  apply(cause: Cause, object: Resource, options: ApplyOptions): Promise<CommitResult>;
  /** Lets stored objects be found by the kind's fields of today. Cheap where they are already; may be called again after a crash. */
  reindex(kind: Kind): Promise<void>;
  /** Version of the newest committed change. */
  currentVersion(): Promise<string>;
  close(): Promise<void>;
}

/** A kind that comes while we run. All its versions have one name and one scope. */
export interface DefinedKind {
  /** The version in which objects are stored. */
  stored: Kind;
  /** The versions in which it is read and written; the stored one need not be among them. */
  served: readonly Kind[];
  rules: AdmissionRules<AnyResource>;
}

/** Kinds and their rules. A kind is registered once, by the domain that owns it; users' own kinds come and go. */
export interface KindRegistry {
  register<K extends Kind>(kind: K, rules?: AdmissionRules<ResourceOf<K>>): void;
  /** Takes the place of an earlier definition. A kind that was registered cannot be defined. */
  define(definition: DefinedKind): void;
  /** Forgets a defined kind; its objects are left where they are. Without effect for others. */
  remove(id: KindId): void;
  isDefined(id: KindId): boolean;
  /** In the version in which it is stored. */
  get(id: KindId): Kind | undefined;
  /** In each version in which it is served. */
  versions(id: KindId): readonly Kind[];
  rules(id: KindId): AdmissionRules<AnyResource> | undefined;
  /** One a kind, as `get` answers it. The very same list until a kind comes, changes or goes. */
  all(): readonly Kind[];
  /** Told after every such change. The answer ends it. */
  onChange(listener: () => void): () => void;
}
