import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { KindId } from '../../model/index.ts';
import type { Terms } from '../database.ts';
import type { Statements } from './statements.ts';

interface Indexing {
  database: DatabaseSync;
  statements: Statements;
  kind: KindId;
  mark: number;
  terms: (text: string) => Terms;
}

// More at once would block the event loop; the rest goes in later turns.
const rowsAtOnce = 500;

const markName = (kind: KindId): string => `index ${kind}`;

/** Whether objects of the kind are found by the terms that are wanted. */
const isIndexed = ({ statements, kind, mark }: Indexing): boolean =>
  (statements.one<{ version: number }>('SELECT version FROM marks WHERE mark = ?', markName(kind))?.version ?? 0) === mark;

const indexRows = ({ statements, kind, terms }: Indexing, rows: readonly { seq: number; doc: string }[]): void => {
  const [first, last] = [rows[0]?.seq ?? 0, rows.at(-1)?.seq ?? 0];
  statements.run('DELETE FROM object_terms WHERE kind = ? AND seq BETWEEN ? AND ?', kind, first, last);
  for (const { seq, doc } of rows)
    for (const [term, value] of Object.entries(terms(doc)))
      statements.run('INSERT INTO object_terms (kind, term, value, seq) VALUES (?, ?, ?, ?)', kind, term, value, seq);
};

/** Indexes the objects behind a place anew, some at a time; answers the next place, or undefined when all are done and the mark is set. */
const reindexSome = (indexing: Indexing, after: number): number | undefined => {
  const { database, statements, kind, mark } = indexing;
  database.exec('BEGIN IMMEDIATE');
  try {
    const rows = statements.all<{ seq: number; doc: string }>(
      'SELECT seq, doc FROM objects WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?',
      kind,
      after,
      rowsAtOnce,
    );
    indexRows(indexing, rows);
    if (rows.length === 0) {
      // Terms that later writes did not know of went on after their objects.
      statements.run('DELETE FROM object_terms WHERE kind = ? AND seq NOT IN (SELECT seq FROM objects WHERE kind = ?)', kind, kind);
      statements.run(
        'INSERT INTO marks (mark, version) VALUES (?, ?) ON CONFLICT (mark) DO UPDATE SET version = excluded.version',
        markName(kind),
        mark,
      );
    }
    database.exec('COMMIT');
    return rows.at(-1)?.seq;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
};

/** All objects of a kind, some in each turn of the event loop. */
export async function reindexObjects(
  indexing: Indexing,
  { guarded, onChanged }: { guarded: <Answer>(work: () => Answer) => Promise<Answer>; onChanged: () => void },
): Promise<void> {
  if (await guarded(() => isIndexed(indexing))) return;
  let place: number | undefined = 0;
  while (place !== undefined) {
    const from: number = place;
    place = await guarded(() => reindexSome(indexing, from));
    onChanged();
    await setImmediate();
  }
}
