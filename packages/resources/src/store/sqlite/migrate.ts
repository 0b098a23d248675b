import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { unavailable } from '../../model/index.ts';

export interface Migration {
  number: number;
  name: string;
  up: string;
  down: string;
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

const checksumOf = ({ up, down }: Migration): string => createHash('sha256').update(up).update('\n--\n').update(down).digest('hex');

const refuseForeign = (applied: readonly Applied[], known: readonly Migration[]): void => {
  for (const { number, name, checksum } of applied) {
    const migration = known.find((candidate) => candidate.number === number);
    if (migration === undefined)
      throw unavailable(
        `the database was written by a newer version of Fairway (migration ${number}, this one knows up to ${known.at(-1)?.number ?? 0}); start the newer version, or restore a backup made before the upgrade`,
      );
    if (checksumOf(migration) !== checksum)
      throw unavailable(
        `migration ${number} "${name}" was edited after this database ran it; a released migration must not change: restore its text and add a new number`,
      );
  }
};

const inTransaction = (database: DatabaseSync, work: () => void): void => {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

/** Brings a database to `target` (default: the newest), up or down, in one transaction. Answers the numbers that ran. */
export const migrate = (
  database: DatabaseSync,
  { migrations, now, target = migrations.at(-1)?.number ?? 0 }: { migrations: readonly Migration[]; now: number; target?: number },
): number[] => {
  const ran: number[] = [];
  inTransaction(database, () => {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, at INTEGER NOT NULL)',
    );
    const applied = database.prepare('SELECT number, name, checksum FROM schema_migrations ORDER BY number').all() as unknown as Applied[];
    refuseForeign(applied, migrations);
    const newest = applied.at(-1)?.number ?? 0;
    for (const migration of migrations.filter(({ number }) => number > newest && number <= target)) {
      database.exec(migration.up);
      database
        .prepare('INSERT INTO schema_migrations (number, name, checksum, at) VALUES (?, ?, ?, ?)')
        .run(migration.number, migration.name, checksumOf(migration), now);
      ran.push(migration.number);
    }
    for (const migration of migrations.filter(({ number }) => number <= newest && number > target).reverse()) {
      database.exec(migration.down);
      database.prepare('DELETE FROM schema_migrations WHERE number = ?').run(migration.number);
      ran.push(migration.number);
    }
  });
  return ran;
};
