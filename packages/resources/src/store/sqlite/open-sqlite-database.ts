import { DatabaseSync } from 'node:sqlite';
import { type Log, silentLog } from '../../log/index.ts';
import { type Clock, unavailable } from '../../model/index.ts';
import type { ChangeRow, Database, ObjectId, ObjectRow, RowPage, RowQuery } from '../database.ts';
import { compactHistory, defaultHistory, type HistoryLimits } from './compact-history.ts';
import { createGroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';
import { readAudit, readBounds, readChanges, readEvents, readObject, readOwned, readPage } from './read-rows.ts';
import { reindexObjects } from './reindex-objects.ts';
import { createRowCache } from './row-cache.ts';
import { createStatements, sqliteProblem } from './statements.ts';
import type { WrittenRow } from './write-batch.ts';

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  path: string;
  clock: Clock;
  /** Bounds the file, in pages of 8 KiB. */
  maxPageCount?: number;
  /** How long a write waits, blocking, for another program's lock. Default 2 s. */
  busyTimeoutMs?: number;
  history?: Partial<HistoryLimits>;
  log?: Log;
}

/** A database whose journals are trimmed by itself once a minute; `compact` does it now. */
export interface SqliteDatabase extends Database {
  compact(): Promise<void>;
  /** SQLite's own check; `ok` when all is well. */
  integrityCheck(): Promise<string>;
}

const compactEveryMs = 60_000;
const defaultBusyTimeoutMs = 2_000;

const openFile = ({ path, clock, maxPageCount, busyTimeoutMs = defaultBusyTimeoutMs }: SqliteOptions): DatabaseSync => {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { timeout: busyTimeoutMs });
    // A group touches two pages an object; half as many of twice the size are a tenth less work at each COMMIT. An older file keeps its size.
    file.exec(
      'PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY',
    );
    if (maxPageCount !== undefined) file.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxPageCount))}`);
    migrate(file, { migrations, now: clock.now() });
    return file;
  } catch (error) {
    file?.close();
    const problem = sqliteProblem(error);
    throw unavailable(`cannot open the database ${path}: ${(problem.cause as Error | undefined)?.message ?? problem.message}`, error);
  }
};

/** Opens (and creates or migrates) a database file. One process at a time may write to it. */
export function openSqliteDatabase(options: SqliteOptions): SqliteDatabase {
  const { clock, log = silentLog } = options;
  const database = openFile(options);
  const statements = createStatements(database);
  const history = { ...defaultHistory, ...options.history };
  const listeners = new Set<(changes: readonly ChangeRow[]) => void>();
  const cache = createRowCache();
  let bounds = readBounds(statements);
  const onCommitted = (changes: readonly WrittenRow[]): void => {
    cache.committed(changes);
    bounds = { ...bounds, newest: changes.at(-1)?.version ?? bounds.newest };
    for (const listener of listeners) listener(changes);
  };
  const group = createGroupCommit({ database, statements, clock, onCommitted, onStale: cache.clear });
  let isOpen = true;

  const guarded = async <Answer>(work: () => Answer): Promise<Answer> => {
    if (!isOpen) throw unavailable('the database is closed: this process is stopping');
    try {
      return work();
    } catch (error) {
      throw sqliteProblem(error);
    }
  };
  const compactSome = (): boolean => {
    try {
      if (!isOpen) return false;
      const more = compactHistory({ database, statements }, history, clock.now());
      bounds = readBounds(statements);
      return more;
    } catch (error) {
      log.warn('the journals could not be trimmed; they are tried again in a minute', { error });
      return false;
    }
  };
  const trim = (): void => {
    const more = compactSome();
    if (isOpen) cancelTrim = clock.after(more ? 10 : compactEveryMs, trim);
  };
  const readRow = (id: ObjectId): ObjectRow | undefined => {
    const known = cache.row(id);
    if (known !== undefined) return known;
    const row = readObject(statements, id);
    if (row !== undefined) cache.keepRow(row);
    return row;
  };
  const readList = (query: RowQuery): RowPage => {
    if (query.walk === true) return readPage(statements, query);
    const known = cache.page(query);
    if (known !== undefined) return { ...known, version: bounds.newest, oldest: bounds.oldest };
    const page = readPage(statements, query);
    cache.keepPage(query, page);
    return page;
  };
  let cancelTrim = clock.after(compactEveryMs, trim);

  return {
    get: (ids) => guarded(() => ids.map(readRow)),
    list: (query) => guarded(() => readList(query)),
    owned: (ownerUid, page) => guarded(() => readOwned(statements, ownerUid, page)),
    changes: (query) => guarded(() => readChanges(statements, query)),
    commit: (batch) => (isOpen ? group.commit(batch) : Promise.reject(unavailable('the database is closed: this process is stopping'))),
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reindex: (kind, index) => reindexObjects({ database, statements, kind, ...index }, { guarded, onChanged: cache.clear }),
    // Asked of the file: readiness is judged by it.
    currentVersion: () => guarded(() => readBounds(statements).newest),
    listAudit: (query) => guarded(() => readAudit(statements, query)),
    listEvents: (query) => guarded(() => readEvents(statements, query)),
    compact: () =>
      guarded(() => {
        while (compactSome());
      }),
    integrityCheck: () =>
      guarded(() => statements.one<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check ?? 'no answer'),
    close: async () => {
      if (!isOpen) return;
      cancelTrim();
      group.flush();
      isOpen = false;
      database.close();
    },
  };
}
