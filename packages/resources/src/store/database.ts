import type { KindId } from '../model/index.ts';

/** Names one row of the table of objects. `namespace` is empty for cluster-scoped kinds. */
export interface ObjectId {
  kind: KindId;
  namespace: string;
  name: string;
}

export interface ObjectRow extends ObjectId {
  uid: string;
  /** A number of this installation that is never used again; for surfaces with integer ids. */
  seq: number;
  version: number;
  /** The whole object as JSON, its resourceVersion inside. */
  text: string;
}

/** What is indexed of an object: `label:app` or `field:spec.type` → value. An empty field value is left out. */
export type Terms = Readonly<Record<string, string>>;

/** `term` may also be `name` or `namespace`. `not-in` holds for objects without the term too. */
export interface Requirement {
  term: string;
  operator: 'in' | 'not-in' | 'exists' | 'absent';
  values: readonly string[];
}

export interface RowFilter {
  kind: KindId;
  namespace?: string;
  requirements: readonly Requirement[];
}

export interface RowQuery extends RowFilter {
  /** Rows after this place, in the order of namespace and name. */
  after?: { namespace: string; name: string };
  /** By `seq` from the highest on, instead of the order of names; `after` is not asked for with it. */
  newestFirst?: boolean;
  /** The page is one of many that are read once: `remaining` may be 1 where there is more. */
  walk?: boolean;
  limit: number;
}

export interface RowPage {
  rows: ObjectRow[];
  /** Version of the database when the page was read. */
  version: number;
  /** Rows behind this page; 0 where the newest come first, as these are not counted. */
  remaining: number;
  /** Changes after this version are still known. */
  oldest: number;
}

/** The text of a document around its version: the database alone knows the version, and only at the end. */
export interface DocumentParts {
  before: string;
  after: string;
}

interface WriteBase extends ObjectId {
  uid: string;
  document: DocumentParts;
  terms: Terms;
  owners: readonly string[];
  /** Puts a row into the event log beside the change. */
  event?: { type: string };
}

/** `old` is the row that was read: another version in the database makes the batch stale. */
export type Write =
  | (WriteBase & { type: 'created' })
  | (WriteBase & { type: 'updated' | 'deleted'; old: { seq: number; version: number; terms: Terms; owners: readonly string[] } });

/** What must still hold when the batch runs: an object's version (0: absent), or the members of a list. */
export type Guard = { id: ObjectId; version: number } | { filter: RowFilter; count: number; newest: number };

export interface AuditRecord {
  principal: string;
  action: string;
  outcome: 'committed' | 'refused';
  refs: readonly { kind: KindId; namespace: string; name: string; operation: string }[];
  /** Why it was refused. */
  message?: string;
  requestId?: string;
  traceparent?: string;
}

export interface Batch {
  guards: readonly Guard[];
  writes: readonly Write[];
  audit?: AuditRecord;
  /** Whose events these are. */
  principal: string;
  action: string;
}

export type BatchResult = { is: 'stale' } | { is: 'committed'; versions: number[] };

export interface ChangeRow extends ObjectId {
  version: number;
  type: 'created' | 'updated' | 'deleted';
  text: string;
  /** Known for changes of this process; read from `text` otherwise. */
  terms?: Terms;
  /** Terms before the change, when they were others. */
  before?: Terms;
}

export interface ChangePage {
  changes: ChangeRow[];
  /** Everything up to this version has been read. */
  through: number;
  oldest: number;
  newest: number;
}

export interface AuditEntry extends AuditRecord {
  id: number;
  /** Epoch ms. */
  at: number;
  /** Version of the commit's last change; absent when nothing was written. */
  version?: number;
}

export interface EventEntry extends ObjectId {
  /** The version of the change, and the place to go on from. */
  id: number;
  /** Epoch ms. */
  at: number;
  type: string;
  uid: string;
  principal: string;
  action: string;
}

/** Events behind `after`, in commit order unless the newest shall come first. */
export interface EventQuery {
  after: number;
  limit: number;
  /** Of this namespace; empty for cluster-scoped objects. */
  namespace?: string;
  /** Of objects of this name. */
  name?: string;
  newestFirst?: boolean;
}

/**
 * What the store needs of a database. Every call may take its time; nothing may rely on an answer in the same turn.
 * Failures are Problems of reason `unavailable`; after one, a batch has either happened whole or not at all.
 */
export interface Database {
  /** One answer an id, in the same order. */
  get(ids: readonly ObjectId[]): Promise<(ObjectRow | undefined)[]>;
  list(query: RowQuery): Promise<RowPage>;
  /** At most `limit` objects that name this uid as an owner, in the order of `seq`, behind `after`. */
  owned(ownerUid: string, page: { after: number; limit: number }): Promise<ObjectRow[]>;
  /** Changes of a kind after a version, in commit order. */
  changes(query: { kind: KindId; after: number; limit: number }): Promise<ChangePage>;
  /** Runs whole or not at all, and answers when it is durable. Batches may share a transaction, each behind a savepoint. */
  commit(batch: Batch): Promise<BatchResult>;
  /** Hears every change from now on in version order, without a gap, after it is durable. The answer ends it. */
  onCommit(listener: (changes: readonly ChangeRow[]) => void): () => void;
  currentVersion(): Promise<number>;
  /**
   * Lets objects of a kind be found by other terms than those that they were written with. `mark` names the rule by which terms are made: nothing is
   * done where it is the one that was used last. A kind that was never indexed anew has the mark 0.
   */
  reindex(kind: KindId, index: { mark: number; terms: (text: string) => Terms }): Promise<void>;
  listAudit(query: { limit: number; before?: number }): Promise<AuditEntry[]>;
  listEvents(query: EventQuery): Promise<EventEntry[]>;
  /** Waits for batches under way. May be called twice. */
  close(): Promise<void>;
}
