import type { AuditRecord, Batch, ChangeRow, Guard, Terms, Write } from '../database.ts';
import { filterSql } from './filter-sql.ts';
import type { Statements } from './statements.ts';

/** A change as it stands in the database, with the identity of its object. */
export interface WrittenRow extends ChangeRow {
  uid: string;
  seq: number;
}

const isSame = (a: Terms, b: Terms): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};

const holds = (statements: Statements, guard: Guard): boolean => {
  if ('id' in guard) {
    const { kind, namespace, name } = guard.id;
    const row = statements.one<{ version: number }>(
      'SELECT resource_version AS version FROM objects WHERE kind = ? AND namespace = ? AND name = ?',
      kind,
      namespace,
      name,
    );
    return (row?.version ?? 0) === guard.version;
  }
  const { where, values } = filterSql(guard.filter);
  const found = statements.one<{ count: number; newest: number }>(
    `SELECT count(*) AS count, coalesce(max(o.resource_version), 0) AS newest FROM objects o WHERE ${where}`,
    ...values,
  );
  return found?.count === guard.count && found.newest === guard.newest;
};

const writeObject = (statements: Statements, write: Write, place: { version: number; text: string }): number | undefined => {
  const { version, text } = place;
  if (write.type === 'created') {
    const written = statements.run(
      'INSERT INTO objects (seq, kind, namespace, name, uid, resource_version, doc) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, namespace, name) DO NOTHING',
      version,
      write.kind,
      write.namespace,
      write.name,
      write.uid,
      version,
      text,
    );
    return written === 1 ? version : undefined;
  }
  const { seq, version: expected } = write.old;
  const written =
    write.type === 'deleted'
      ? statements.run('DELETE FROM objects WHERE seq = ? AND resource_version = ?', seq, expected)
      : statements.run(
          'UPDATE objects SET resource_version = ?, doc = ? WHERE seq = ? AND resource_version = ?',
          version,
          text,
          seq,
          expected,
        );
  return written === 1 ? seq : undefined;
};

interface Indexed {
  terms: Terms;
  owners: readonly string[];
}
const nothing: Indexed = { terms: {}, owners: [] };

const writeIndexes = (statements: Statements, write: Write, seq: number): void => {
  const before: Indexed = write.type === 'created' ? nothing : write.old;
  const after: Indexed = write.type === 'deleted' ? nothing : write;
  for (const [term, value] of Object.entries(before.terms))
    if (after.terms[term] !== value)
      statements.run('DELETE FROM object_terms WHERE kind = ? AND term = ? AND value = ? AND seq = ?', write.kind, term, value, seq);
  for (const [term, value] of Object.entries(after.terms))
    if (before.terms[term] !== value)
      statements.run(
        'INSERT INTO object_terms (kind, term, value, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        write.kind,
        term,
        value,
        seq,
      );
  for (const owner of before.owners)
    if (!after.owners.includes(owner)) statements.run('DELETE FROM object_owners WHERE owner_uid = ? AND seq = ?', owner, seq);
  for (const owner of after.owners)
    if (!before.owners.includes(owner))
      statements.run('INSERT INTO object_owners (owner_uid, seq) VALUES (?, ?) ON CONFLICT (owner_uid, seq) DO NOTHING', owner, seq);
};

const writeChange = (
  statements: Statements,
  write: Write,
  place: { version: number; text: string; at: number; seq: number },
): WrittenRow => {
  const { kind, namespace, name, type, terms, uid } = write;
  const { version, text, at, seq } = place;
  const before = write.type !== 'created' && !isSame(write.old.terms, terms) ? write.old.terms : undefined;
  statements.run(
    'INSERT INTO changes (version, kind, namespace, name, type, at, terms_before, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    version,
    kind,
    namespace,
    name,
    type,
    at,
    before === undefined ? null : JSON.stringify(before),
    text,
  );
  return { kind, namespace, name, uid, seq, type, version, text, terms, ...(before === undefined ? {} : { before }) };
};

const writeAudit = (statements: Statements, audit: AuditRecord, place: { version: number | null; at: number }): void => {
  statements.run(
    'INSERT INTO audit (at, principal, action, outcome, refs, version, message, request_id, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    place.at,
    audit.principal,
    audit.action,
    audit.outcome,
    JSON.stringify(audit.refs),
    place.version,
    audit.message ?? null,
    audit.requestId ?? null,
    audit.traceparent ?? null,
  );
};

/** `taken`: a new object's name is not free. `isBegun`: a part of the batch is written and must be rolled back. */
export type WrittenBatch = { is: 'written'; changes: WrittenRow[] } | { is: 'stale' | 'taken'; isBegun: boolean };

/** Runs one batch inside the open transaction; rolling back is the caller's. */
export const writeBatch = (statements: Statements, batch: Batch, start: { version: number; at: number }): WrittenBatch => {
  const { at } = start;
  for (const guard of batch.guards) if (!holds(statements, guard)) return { is: 'stale', isBegun: false };
  let version = start.version;
  const changes: WrittenRow[] = [];
  for (const write of batch.writes) {
    version += 1;
    const text = write.document.before + version + write.document.after;
    const seq = writeObject(statements, write, { version, text });
    if (seq === undefined) return { is: write.type === 'created' ? 'taken' : 'stale', isBegun: changes.length > 0 };
    writeIndexes(statements, write, seq);
    changes.push(writeChange(statements, write, { version, text, at, seq }));
    if (write.event !== undefined)
      statements.run(
        'INSERT INTO events (id, at, type, kind, namespace, name, uid, principal, action) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        version,
        at,
        write.event.type,
        write.kind,
        write.namespace,
        write.name,
        write.uid,
        batch.principal,
        batch.action,
      );
  }
  if (batch.audit !== undefined) writeAudit(statements, batch.audit, { version: changes.at(-1)?.version ?? null, at });
  return { is: 'written', changes };
};
