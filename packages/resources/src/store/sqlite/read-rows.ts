import type { SQLInputValue } from 'node:sqlite';
import type { AuditEntry, ChangePage, ChangeRow, EventEntry, EventQuery, ObjectId, ObjectRow, RowPage, RowQuery } from '../database.ts';
import { filterSql } from './filter-sql.ts';
import type { Statements } from './statements.ts';

const rowColumns = 'o.kind, o.namespace, o.name, o.uid, o.seq, o.resource_version AS version, o.doc AS text';

export const readObject = (statements: Statements, { kind, namespace, name }: ObjectId): ObjectRow | undefined =>
  statements.one<ObjectRow>(
    `SELECT ${rowColumns} FROM objects o WHERE o.kind = ? AND o.namespace = ? AND o.name = ?`,
    kind,
    namespace,
    name,
  );

/** The newest version, and the mark behind which changes are forgotten. */
export const readBounds = (statements: Statements): { newest: number; oldest: number } => {
  const bounds = statements.one<{ newest: number; oldest: number }>(
    "SELECT (SELECT coalesce(max(version), 0) FROM changes) AS newest, (SELECT version FROM marks WHERE mark = 'oldest') AS oldest",
  );
  const oldest = bounds?.oldest ?? 0;
  return { newest: Math.max(bounds?.newest ?? 0, oldest), oldest };
};

/** Nothing behind the page is counted, so that it costs no more of a million rows than of the few that it holds. */
const readNewest = (statements: Statements, query: RowQuery): ObjectRow[] => {
  const { where, values } = filterSql(query, { by: 'age' });
  return statements.all<ObjectRow>(
    `SELECT ${rowColumns} FROM objects o WHERE ${where} ORDER BY o.seq DESC LIMIT ?`,
    ...values,
    query.limit,
  );
};

export const readPage = (statements: Statements, query: RowQuery): RowPage => {
  const bounds = readBounds(statements);
  if (query.newestFirst === true)
    return { rows: readNewest(statements, query), version: bounds.newest, oldest: bounds.oldest, remaining: 0 };
  const { where, values } = filterSql(query);
  // "After" one namespace and name is a keyset; with one namespace fixed, the name alone decides and the index is walked straight.
  const after: { sql: string; values: SQLInputValue[] } =
    query.after === undefined
      ? { sql: '', values: [] }
      : query.namespace === undefined
        ? { sql: ' AND (o.namespace, o.name) > (?, ?)', values: [query.after.namespace, query.after.name] }
        : { sql: ' AND o.name > ?', values: [query.after.name] };
  const rows = statements.all<ObjectRow>(
    `SELECT ${rowColumns} FROM objects o WHERE ${where}${after.sql} ORDER BY o.namespace, o.name LIMIT ?`,
    ...values,
    ...after.values,
    query.limit + 1,
  );
  let remaining = rows.length > query.limit ? 1 : 0;
  if (remaining > 0 && query.walk !== true) {
    const counted = statements.one<{ count: number }>(
      `SELECT count(*) AS count FROM objects o WHERE ${where}${after.sql}`,
      ...values,
      ...after.values,
    );
    remaining = (counted?.count ?? rows.length) - query.limit;
  }
  return { rows: rows.slice(0, query.limit), version: bounds.newest, oldest: bounds.oldest, remaining };
};

export const readOwned = (statements: Statements, ownerUid: string, { after, limit }: { after: number; limit: number }): ObjectRow[] =>
  statements.all<ObjectRow>(
    `SELECT ${rowColumns} FROM objects o WHERE o.seq IN (SELECT w.seq FROM object_owners w WHERE w.owner_uid = ? AND w.seq > ?) ORDER BY o.seq LIMIT ?`,
    ownerUid,
    after,
    limit,
  );

export const readChanges = (statements: Statements, query: { kind: string; after: number; limit: number }): ChangePage => {
  const { newest, oldest } = readBounds(statements);
  const rows = statements.all<Omit<ChangeRow, 'before'> & { termsBefore: string | null }>(
    'SELECT version, kind, namespace, name, type, terms_before AS termsBefore, doc AS text FROM changes WHERE kind = ? AND version > ? ORDER BY version LIMIT ?',
    query.kind,
    query.after,
    query.limit,
  );
  const changes = rows.map(
    ({ termsBefore, ...row }): ChangeRow => ({ ...row, ...(termsBefore === null ? {} : { before: JSON.parse(termsBefore) }) }),
  );
  return {
    changes,
    oldest,
    newest,
    through: rows.length < query.limit ? Math.max(newest, query.after) : (changes.at(-1)?.version ?? newest),
  };
};

type AuditRow = Omit<AuditEntry, 'refs'> & { refs: string } & Record<string, unknown>;

const withoutNulls = <Row extends object>(row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row;

export const readAudit = (statements: Statements, { limit, before }: { limit: number; before?: number }): AuditEntry[] =>
  statements
    .all<AuditRow>(
      'SELECT id, at, principal, action, outcome, refs, version, message, request_id AS requestId, traceparent FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?',
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    )
    .map((row) => ({ ...withoutNulls(row), refs: JSON.parse(row.refs) }));

// By namespace or name this walks the whole log in the worst case (200,000 rows, some 30 ms): an index would cost every write more.
export const readEvents = (statements: Statements, { after, limit, namespace, name, newestFirst }: EventQuery): EventEntry[] => {
  const of = [
    ...(namespace === undefined ? [] : [{ sql: ' AND namespace = ?', value: namespace }]),
    ...(name === undefined ? [] : [{ sql: ' AND name = ?', value: name }]),
  ];
  return statements.all<EventEntry>(
    `SELECT id, at, type, kind, namespace, name, uid, principal, action FROM events WHERE id > ?${of.map(({ sql }) => sql).join('')} ORDER BY id${newestFirst === true ? ' DESC' : ''} LIMIT ?`,
    after,
    ...of.map(({ value }) => value),
    limit,
  );
};
