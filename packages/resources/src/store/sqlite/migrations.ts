import type { Migration } from './migrate.ts';

/**
 * Numbered pairs. A pair that was released is never edited (its checksum is kept in every database): add the next number.
 * `seq` is the version of the change that created the object; WITHOUT ROWID halves the cost of the index tables.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'objects and journals',
    up: `
CREATE TABLE objects (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
  uid TEXT NOT NULL, resource_version INTEGER NOT NULL, doc TEXT NOT NULL
);
CREATE UNIQUE INDEX objects_key ON objects (kind, namespace, name);
CREATE TABLE object_terms (
  kind TEXT NOT NULL, term TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (kind, term, value, seq)
) WITHOUT ROWID;
CREATE TABLE object_owners (owner_uid TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (owner_uid, seq)) WITHOUT ROWID;
CREATE TABLE changes (
  version INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
  type TEXT NOT NULL, at INTEGER NOT NULL, terms_before TEXT, doc TEXT NOT NULL
);
CREATE INDEX changes_kind ON changes (kind, version);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, principal TEXT NOT NULL, action TEXT NOT NULL, outcome TEXT NOT NULL,
  refs TEXT NOT NULL, version INTEGER, message TEXT, request_id TEXT, traceparent TEXT
);
CREATE TABLE events (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
  uid TEXT NOT NULL, principal TEXT NOT NULL, action TEXT NOT NULL
);
CREATE TABLE marks (mark TEXT PRIMARY KEY, version INTEGER NOT NULL);
INSERT INTO marks (mark, version) VALUES ('oldest', 0);
`,
    down: `
DROP TABLE marks;
DROP TABLE events;
DROP TABLE audit;
DROP TABLE changes;
DROP TABLE object_owners;
DROP TABLE object_terms;
DROP TABLE objects;
`,
  },
];
