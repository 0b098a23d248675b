import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { createTestClock } from '../contract/contract-store.ts';
import type { Batch, Write } from '../database.ts';
import { openSqliteDatabase } from './open-sqlite-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairway-store-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const clock = createTestClock();

const creation = (name: string, filler = ''): Write => ({
  type: 'created',
  kind: 'Widget.test',
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  document: { before: '{"version":"', after: `","filler":"${filler}"}` },
  terms: {},
  owners: [],
});
const batch = (writes: Write[], guards: Batch['guards'] = []): Batch => ({ guards, writes, principal: 'user:ada', action: 'widget.write' });
const id = (name: string): { kind: string; namespace: string; name: string } => ({ kind: 'Widget.test', namespace: 'default', name });

test('batches of one turn share a transaction; a stale one among them fails alone', async () => {
  const database = openSqliteDatabase({ path: ':memory:', clock });
  const told: number[][] = [];
  database.onCommit((changes) => told.push(changes.map(({ version }) => version)));

  const answers = await Promise.all([
    database.commit(batch([creation('a'), creation('b')])),
    database.commit(batch([creation('c'), creation('a')])),
    database.commit(batch([creation('d')], [{ id: id('a'), version: 0 }])),
    database.commit(batch([creation('e')], [{ id: id('a'), version: 1 }])),
  ]);

  assert.deepEqual(answers, [{ is: 'committed', versions: [1, 2] }, { is: 'stale' }, { is: 'stale' }, { is: 'committed', versions: [3] }]);
  assert.deepEqual(told, [[1, 2, 3]], 'one group, told after its COMMIT');
  assert.deepEqual(
    (await database.get([id('c'), id('e')])).map((row) => row?.version),
    [undefined, 3],
  );
  await database.close();
});

test('a full disk fails every write of the group, none is half done, and writing goes on when there is room', async () => {
  const path = join(folder, 'full.db');
  const database = openSqliteDatabase({ path, clock, maxPageCount: 30 });
  const filler = 'x'.repeat(4_000);
  const acknowledged: string[] = [];
  let refused = 0;
  for (let round = 0; round < 6; round += 1) {
    const names = [0, 1, 2, 3].map((index) => `w${round}-${index}`);
    const answers = await Promise.allSettled(names.map((name) => database.commit(batch([creation(name, filler)]))));
    answers.forEach((answer, index) => {
      if (answer.status === 'fulfilled') acknowledged.push(names[index] ?? '');
      else {
        refused += 1;
        assert.equal(answer.reason.reason, 'unavailable');
        assert.match(answer.reason.message, /^disk full: /);
      }
    });
  }
  const page = await database.list({ kind: 'Widget.test', requirements: [], limit: 1_000 });
  await database.close();

  assert.ok(refused > 0 && acknowledged.length > 0, `${refused} refused, ${acknowledged.length} acknowledged`);
  assert.deepEqual(
    page.rows.map(({ name }) => name),
    acknowledged.sort(),
  );
  const roomy = openSqliteDatabase({ path, clock });
  assert.equal((await roomy.commit(batch([creation('later', filler)]))).is, 'committed');
  assert.equal(await roomy.integrityCheck(), 'ok');
  await roomy.close();
});

test('what was committed is there after closing and opening, and versions go on', async () => {
  const path = join(folder, 'again.db');
  const first = openSqliteDatabase({ path, clock });
  const waiting = first.commit(batch([creation('a')]));
  await first.close();
  assert.deepEqual(await waiting, { is: 'committed', versions: [1] }, 'closing waits for what was asked before');
  await assert.rejects(first.currentVersion(), { reason: 'unavailable' });

  const second = openSqliteDatabase({ path, clock });
  assert.deepEqual(await second.commit(batch([creation('b')])), { is: 'committed', versions: [2] });
  await second.close();
});

test('a file that is no database, or one that another program holds, is told with its reason', async () => {
  const foreign = join(folder, 'foreign.db');
  writeFileSync(foreign, 'this is not a database, and it is long enough to be read as a header of one\n'.repeat(20));
  assert.throws(() => openSqliteDatabase({ path: foreign, clock }), {
    reason: 'unavailable',
    message: /cannot open the database .*not a database/,
  });

  const path = join(folder, 'locked.db');
  const database = openSqliteDatabase({ path, clock, busyTimeoutMs: 20 });
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(database.commit(batch([creation('a')])), { reason: 'unavailable', message: /locked by another program/ });
  other.exec('ROLLBACK');
  other.close();
  assert.equal((await database.commit(batch([creation('a')]))).is, 'committed');
  await database.close();
});

test('journals are trimmed by number and by age, and the newest version stays known', async () => {
  const moving = createTestClock();
  const database = openSqliteDatabase({ path: ':memory:', clock: moving, history: { changeRows: 3, changeAgeMs: 1_000_000 } });
  for (const name of ['a', 'b', 'c', 'd', 'e']) await database.commit(batch([{ ...creation(name), event: { type: 'created' } }]));
  moving.advance(60_000);
  assert.deepEqual(
    await database.changes({ kind: 'Widget.test', after: 2, limit: 10 }).then(({ oldest, changes }) => [oldest, changes.length]),
    [2, 3],
  );

  moving.advance(2_000_000);
  const { oldest, changes, newest } = await database.changes({ kind: 'Widget.test', after: 4, limit: 10 });
  assert.deepEqual([oldest, changes.length, newest], [4, 1, 5]);
  assert.equal((await database.listEvents({ after: 0, limit: 10 })).length, 5);
  await database.close();
});
