/**
 * What `node:http` and `node:sqlite` alone can do: the rows that the store writes for one created object (object, labels, change, event, audit),
 * all of one event-loop turn in one transaction, answered when it is durable. No token, no rules, no checks; and no savepoints, without which the
 * store runs its groups too as long as no member fails.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

export interface BareWrites {
  file: string;
  /** A stored object's text, with `{name}`, `{uid}` and `{version}` in the place of its own. */
  document: string;
  headers: readonly string[];
}

interface Waiting {
  name: string;
  labels: Record<string, string>;
  response: ServerResponse;
}

const kind = 'ConfigurationGroup.openchoreo.dev';
const tables = `
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;
CREATE TABLE objects (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
  uid TEXT NOT NULL, resource_version INTEGER NOT NULL, doc TEXT NOT NULL
);
CREATE UNIQUE INDEX objects_key ON objects (kind, namespace, name);
CREATE TABLE object_terms (
  kind TEXT NOT NULL, term TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, term, value, seq)
) WITHOUT ROWID;
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
);`;

const serve = ({ file, document, headers }: BareWrites): void => {
  const database = new DatabaseSync(file);
  database.exec(tables);
  const insertObject = database.prepare(
    'INSERT INTO objects (seq, kind, namespace, name, uid, resource_version, doc) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertTerm = database.prepare('INSERT INTO object_terms (kind, term, value, seq) VALUES (?, ?, ?, ?)');
  const insertChange = database.prepare(
    'INSERT INTO changes (version, kind, namespace, name, type, at, terms_before, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertEvent = database.prepare(
    'INSERT INTO events (id, at, type, kind, namespace, name, uid, principal, action) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertAudit = database.prepare(
    'INSERT INTO audit (at, principal, action, outcome, refs, version, request_id, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const fixed = document.split(/\{(?:name|uid|version)\}/);
  const open = [...document.matchAll(/\{(name|uid|version)\}/g)].map(([, word]) => word as 'name' | 'uid' | 'version');
  let version = 0;
  let waiting: Waiting[] = [];

  const write = ({ name, labels }: Waiting): string => {
    version += 1;
    const at = Date.now();
    const own = { name, uid: randomUUID(), version: String(version) };
    const text = fixed.map((part, index) => part + (open[index] === undefined ? '' : own[open[index]])).join('');
    insertObject.run(version, kind, 'default', name, own.uid, version, text);
    for (const [label, value] of Object.entries(labels)) insertTerm.run(kind, `label:${label}`, value, version);
    insertChange.run(version, kind, 'default', name, 'created', at, null, text);
    insertEvent.run(version, at, 'created', kind, 'default', name, own.uid, 'user:admin', 'configurationgroup.create');
    const refs = JSON.stringify([{ kind, namespace: 'default', name, operation: 'created' }]);
    insertAudit.run(at, 'user:admin', 'configurationgroup.create', 'committed', refs, version, `req-${own.uid}`, null);
    return text;
  };
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    database.exec('BEGIN IMMEDIATE');
    const texts = group.map(write);
    database.exec('COMMIT');
    group.forEach(({ response }, index) => {
      const bytes = Buffer.from(texts[index] ?? '');
      response.writeHead(201, [...headers, 'content-length', String(bytes.length)]);
      response.end(bytes);
    });
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { metadata } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        metadata: { name: string; labels: Record<string, string> };
      };
      waiting.push({ name: metadata.name, labels: metadata.labels, response });
      if (waiting.length === 1) setImmediate(flush);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
};

process.once('message', serve);
