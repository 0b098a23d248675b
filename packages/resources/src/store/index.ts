/**
 * The store: objects, commits, lists, watches, audit and event log, over one database port.
 * Knows kinds by their registry only: no domain, no HTTP, no outside call inside a transaction. A write is acknowledged when it is durable.
 * Start with open-resources.ts; a write's way is commit/commit-changes.ts → commit/decide-change.ts → commit/build-batch.ts →
 * sqlite/group-commit.ts. Another database fills database.ts and runs store-contract.ts.
 */
export type { AuditEntry, Database, EventEntry, EventQuery } from './database.ts';
export { createJournal, type Journal } from './journal.ts';
export { createKindRegistry } from './kind-registry.ts';
export { openResources, type ResourcesOptions } from './open-resources.ts';
export { createMatcher, namedBy } from './selector/create-matcher.ts';
export type { HistoryLimits } from './sqlite/compact-history.ts';
export { openSqliteDatabase, type SqliteDatabase, type SqliteOptions } from './sqlite/open-sqlite-database.ts';
