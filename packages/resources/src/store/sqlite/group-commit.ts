import type { DatabaseSync } from 'node:sqlite';
import { type Clock, type Problem, unavailable } from '../../model/index.ts';
import type { Batch, BatchResult } from '../database.ts';
import { createGroupRun, type MemberAnswer } from './run-group.ts';
import { type Statements, sqliteProblem } from './statements.ts';
import type { WrittenRow } from './write-batch.ts';

export interface GroupCommit {
  commit(batch: Batch): Promise<BatchResult>;
  /** Commits what waits. */
  flush(): void;
}

interface Member {
  batch: Batch;
  resolve: (result: BatchResult) => void;
  reject: (problem: Problem) => void;
}

const tell = ({ resolve, reject }: Member, answer: MemberAnswer): void => {
  if (answer === 'stale' || answer === 'taken') resolve({ is: 'stale' });
  else if ('problem' in answer) reject(answer.problem);
  else resolve({ is: 'committed', versions: answer.changes.map(({ version }) => version) });
};

// A group runs in one synchronous block; a longer one would hold up every read and every request for too long (about 10 ms here).
const maxGroup = 256;
// More waiting writes than this are answered "unavailable" rather than kept in memory.
const maxWaiting = 4_096;

/**
 * All batches of one event-loop turn share one BEGIN … COMMIT and are answered after it. When one of them cannot stay, the group is rolled back and
 * run again with each batch behind a savepoint.
 * The group runs without an await, so that no reader sees it half done.
 */
export function createGroupCommit(deps: {
  database: DatabaseSync;
  statements: Statements;
  clock: Clock;
  /** Hears what is durable, before anybody is answered. */
  onCommitted: (changes: readonly WrittenRow[]) => void;
  /** A batch rested on what is no longer so. */
  onStale: () => void;
}): GroupCommit {
  const { database, statements, clock, onCommitted, onStale } = deps;
  let waiting: Member[] = [];
  let scheduled = false;

  const runGroup = createGroupRun({ database, statements, clock });

  const commitGroup = (group: readonly Member[]): void => {
    let answers: MemberAnswer[];
    try {
      answers = runGroup(group.map(({ batch }) => batch));
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      const problem = sqliteProblem(error);
      for (const { reject } of group) reject(problem);
      return;
    }
    if (answers.includes('stale')) onStale();
    const committed = answers.flatMap((answer) => (typeof answer === 'object' && 'changes' in answer ? answer.changes : []));
    if (committed.length > 0) onCommitted(committed);
    group.forEach((member, index) => {
      tell(member, answers[index] ?? 'stale');
    });
  };

  const flush = (): void => {
    scheduled = false;
    const group = waiting.slice(0, maxGroup);
    waiting = waiting.slice(maxGroup);
    if (group.length > 0) commitGroup(group);
    if (waiting.length === 0) return;
    scheduled = true;
    setImmediate(flush);
  };

  return {
    flush: () => {
      while (waiting.length > 0) flush();
    },
    commit: (batch) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= maxWaiting) {
          reject(unavailable(`${maxWaiting} writes wait for the database already; try again in a second`));
          return;
        }
        waiting.push({ batch, resolve, reject });
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
      }),
  };
}
