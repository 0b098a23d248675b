import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';

const schemaOf = (database: DatabaseSync): unknown[] =>
  database.prepare("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();
const tables = (database: DatabaseSync): string[] =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name));

const extended = [...migrations, { number: 1_000, name: 'later', up: 'CREATE TABLE later (id INTEGER)', down: 'DROP TABLE later' }];

test('migrations go up, down and up again to the same schema', () => {
  const database = new DatabaseSync(':memory:');
  const up = migrate(database, { migrations, now: 1 });
  const first = schemaOf(database);
  const down = migrate(database, { migrations, now: 2, target: 0 });
  const bare = tables(database);
  migrate(database, { migrations, now: 3 });

  assert.deepEqual(down, [...up].reverse());
  assert.deepEqual(bare, ['schema_migrations']);
  assert.deepEqual(schemaOf(database), first);
  assert.deepEqual(migrate(database, { migrations, now: 4 }), [], 'nothing is left to do');
  database.close();
});

test('a database of a newer version is refused and left as it is', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, { migrations: extended, now: 1 });
  const before = schemaOf(database);

  assert.throws(() => migrate(database, { migrations, now: 2 }), {
    reason: 'unavailable',
    message: /written by a newer version of Fairway \(migration 1000/,
  });
  assert.deepEqual(schemaOf(database), before);
  database.close();
});

test('an edited migration is refused', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, { migrations: extended, now: 1 });
  const edited = extended.map((migration) =>
    migration.number === 1_000 ? { ...migration, up: 'CREATE TABLE later (id TEXT)' } : migration,
  );

  assert.throws(() => migrate(database, { migrations: edited, now: 2 }), {
    reason: 'unavailable',
    message: /migration 1000 "later" was edited/,
  });
  database.close();
});

test('a migration that fails half way leaves nothing behind', () => {
  const database = new DatabaseSync(':memory:');
  const broken = [{ number: 1, name: 'broken', up: 'CREATE TABLE one (id INTEGER); CREATE TABLE one (id INTEGER)', down: '' }];

  assert.throws(() => migrate(database, { migrations: broken, now: 1 }));
  assert.deepEqual(tables(database), []);
  database.close();
});
