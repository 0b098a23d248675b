import type { DatabaseSync } from 'node:sqlite';
import type { Clock, Problem } from '../../model/index.ts';
import type { Batch } from '../database.ts';
import { type Statements, sqliteProblem } from './statements.ts';
import { type WrittenRow, writeBatch } from './write-batch.ts';

/** `taken`: the name of a new object is taken, which says nothing against what was read before. */
export type MemberAnswer = { changes: WrittenRow[] } | 'stale' | 'taken' | { problem: Problem };

/** Ends the cheap run of a group: one of its members has written a part that must not stay. */
class MemberMustGo extends Error {}

const newestSql =
  "SELECT max((SELECT coalesce(max(version), 0) FROM changes), (SELECT version FROM marks WHERE mark = 'oldest')) AS version";

/**
 * Runs a group in one transaction and answers each of its batches; throws, perhaps with the transaction open, where none can be acknowledged.
 * A savepoint copies every page that its batch touches, and hardly any batch has to go alone: so the group is run without savepoints first.
 */
export const createGroupRun = (deps: {
  database: DatabaseSync;
  statements: Statements;
  clock: Clock;
}): ((group: readonly Batch[]) => MemberAnswer[]) => {
  const { database, statements, clock } = deps;

  /** Alone, so that its failure is its own. */
  const runMember = (batch: Batch, version: number): MemberAnswer => {
    statements.run('SAVEPOINT member');
    try {
      const written = writeBatch(statements, batch, { version, at: clock.now() });
      if (written.is !== 'written') statements.run('ROLLBACK TO member');
      statements.run('RELEASE member');
      return written.is === 'written' ? written : written.is;
    } catch (error) {
      // SQLITE_FULL and a few others roll back the whole transaction, not the savepoint: then no member may be acknowledged.
      if (!database.isTransaction) throw error;
      statements.run('ROLLBACK TO member');
      statements.run('RELEASE member');
      return { problem: sqliteProblem(error) };
    }
  };

  const runTogether = (batch: Batch, version: number): MemberAnswer => {
    const written = writeBatch(statements, batch, { version, at: clock.now() });
    if (written.is === 'written') return written;
    if (written.isBegun) throw new MemberMustGo();
    return written.is;
  };

  const runGroup = (group: readonly Batch[], run: typeof runMember): MemberAnswer[] => {
    statements.run('BEGIN IMMEDIATE');
    let version = statements.one<{ version: number }>(newestSql)?.version ?? 0;
    const answers = group.map((batch) => {
      const answer = run(batch, version);
      if (typeof answer === 'object' && 'changes' in answer) version = answer.changes.at(-1)?.version ?? version;
      return answer;
    });
    statements.run('COMMIT');
    return answers;
  };

  return (group) => {
    try {
      return runGroup(group, runTogether);
    } catch (error) {
      if (!database.isTransaction) throw error;
      database.exec('ROLLBACK');
      return runGroup(group, runMember);
    }
  };
};
