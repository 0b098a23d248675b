import type { DatabaseSync } from 'node:sqlite';
import type { Statements } from './statements.ts';

/** How long journals are kept: whichever bound is met first. */
export interface HistoryLimits {
  changeRows: number;
  changeAgeMs: number;
  eventRows: number;
  auditRows: number;
  /** Applies to audit and event log. */
  journalAgeMs: number;
}

const day = 86_400_000;
/** Shorter: a watcher that was away over the weekend lists everything again. Longer: the file grows by the size of every write. */
export const defaultHistory: HistoryLimits = {
  changeRows: 50_000,
  changeAgeMs: 7 * day,
  eventRows: 200_000,
  auditRows: 1_000_000,
  journalAgeMs: 400 * day,
};

// Deleting more rows at once would block the event loop; the rest goes in the next turn.
const rowsAtOnce = 500;

const forget = (statements: Statements, table: 'events' | 'audit', limits: { rows: number; before: number }): number =>
  statements.run(
    `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ORDER BY id LIMIT ?) AND (at < ? OR id <= (SELECT max(id) FROM ${table}) - ?)`,
    rowsAtOnce,
    limits.before,
    limits.rows,
  );

const forgetChanges = (statements: Statements, limits: { rows: number; before: number }): number => {
  // The newest row stays: it carries the version that the next change continues.
  const found = statements.one<{ last: number | null }>(
    `SELECT max(version) AS last FROM (SELECT version, at FROM changes ORDER BY version LIMIT ?)
     WHERE version < (SELECT max(version) FROM changes) AND (at < ? OR version <= (SELECT max(version) FROM changes) - ?)`,
    rowsAtOnce,
    limits.before,
    limits.rows,
  );
  const last = found?.last ?? null;
  if (last === null) return 0;
  statements.run("UPDATE marks SET version = ? WHERE mark = 'oldest'", last);
  return statements.run('DELETE FROM changes WHERE version <= ?', last);
};

/** Forgets a part of what is over the bounds; true when more is to do. */
export const compactHistory = (
  { database, statements }: { database: DatabaseSync; statements: Statements },
  limits: HistoryLimits,
  now: number,
): boolean => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const forgotten = [
      forgetChanges(statements, { rows: limits.changeRows, before: now - limits.changeAgeMs }),
      forget(statements, 'events', { rows: limits.eventRows, before: now - limits.journalAgeMs }),
      forget(statements, 'audit', { rows: limits.auditRows, before: now - limits.journalAgeMs }),
    ];
    database.exec('COMMIT');
    return forgotten.some((rows) => rows >= rowsAtOnce);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};
