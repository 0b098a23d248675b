import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kindId, systemClock } from '../model/index.ts';
import { Widget } from './contract/contract-store.ts';
import { openSqliteDatabase } from './sqlite/open-sqlite-database.ts';

const writer = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));

/** Names that the writers were told are stored, up to the moment of the kill and those that were on their way in the pipe. */
const killAfter = async (path: string, { round, count }: { round: number; count: number }): Promise<string[]> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', writer, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL');
  return acknowledged;
};

test('a killed process loses nothing that it acknowledged, and leaves no half commit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-crash-'));
  const path = join(folder, 'fairway.db');
  try {
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      acknowledged.push(...(await killAfter(path, { round, count: 300 + 100 * round })));

      const database = openSqliteDatabase({ path, clock: systemClock });
      const { rows, version } = await database.list({ kind: kindId(Widget), requirements: [], limit: 1_000_000 });
      const stored = new Set(rows.map(({ name }) => name));
      const audit = await database.listAudit({ limit: 1_000_000 });
      const events = await database.listEvents({ after: 0, limit: 1_000_000 });
      const { changes } = await database.changes({ kind: kindId(Widget), after: 0, limit: 1_000_000 });
      const integrity = await database.integrityCheck();
      await database.close();

      assert.deepEqual(
        acknowledged.filter((name) => !stored.has(name)),
        [],
        'acknowledged and lost',
      );
      assert.deepEqual([changes.length, audit.length, events.length, version], Array(4).fill(rows.length), 'every commit is whole');
      assert.equal(integrity, 'ok');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
