import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '@fairway/resources/log';
import { systemClock } from '@fairway/resources/model';
import { application } from '../testing/route-objects.ts';
import { createRouteSnapshot } from './route-snapshot.ts';

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-gateway-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'run', 'gateway-routes.json');
  const lines: string[] = [];
  return {
    file,
    lines,
    snapshot: createRouteSnapshot({ file, clock: systemClock, log: createLog({ write: (line) => lines.push(line), now: () => 0 }) }),
  };
}

test('the newest objects come back, and nothing half-written lies beside them', async (t) => {
  const { file, snapshot } = await setUp(t);
  snapshot.save(application('one', []));
  snapshot.save(application('two', [{ uid: 'p', port: 1 }]));
  await snapshot.flush();

  const loaded = await snapshot.load();

  assert.deepEqual(loaded, application('two', [{ uid: 'p', port: 1 }]));
  assert.deepEqual(await readdir(join(file, '..')), ['gateway-routes.json']);
});

test('no file is nothing to tell; a damaged or a newer one is told and not used', async (t) => {
  const { file, lines, snapshot } = await setUp(t);
  assert.equal(await snapshot.load(), undefined);
  assert.deepEqual(lines, []);
  snapshot.save(application('one', []));
  await snapshot.flush();

  const text = await readFile(file, 'utf8');
  for (const damaged of [text.slice(0, -10), text.replace('"version":1', '"version":2')]) {
    await writeFile(file, damaged);
    assert.equal(await snapshot.load(), undefined);
  }

  assert.equal(lines.length, 2);
});
