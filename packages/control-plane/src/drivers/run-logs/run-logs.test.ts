import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isProblem } from '@fairway/resources/model';
import { createLogArchive } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'fairway-run-logs-'));
after(() => rmSync(root, { recursive: true, force: true }));
const archive = createLogArchive({ root });

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
async function collect(log: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (log === undefined) return undefined;
  const all: Uint8Array[] = [];
  for await (const chunk of log) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}

test('gives back what was saved, and replaces it as a whole', async () => {
  assert.equal(await collect(await archive.read('default', 'run.build')), undefined);
  await archive.save('default', 'run.build', chunks('one\n', 'two\n'));
  assert.equal(await collect(await archive.read('default', 'run.build')), 'one\ntwo\n');
  await archive.save('default', 'run.build', chunks('three\n'));
  assert.equal(await collect(await archive.read('default', 'run.build')), 'three\n');
  assert.equal(await collect(await archive.read('other', 'run.build')), undefined, 'another organization has its own');
});

test('keeps the older log when a newer one breaks off', async () => {
  await archive.save('default', 'cut.build', chunks('whole\n'));
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('the pod is gone');
  }
  await assert.rejects(archive.save('default', 'cut.build', breaking()), /the pod is gone/);
  assert.equal(await collect(await archive.read('default', 'cut.build')), 'whole\n');
});

test('removes a log with what a crash left of it, also a second time', async () => {
  await archive.save('default', 'gone.build', chunks('x\n'));
  writeFileSync(join(root, 'default', 'gone.build.log.new'), 'half');
  await archive.remove('default', 'gone.build');
  await archive.remove('default', 'gone.build');
  assert.equal(await collect(await archive.read('default', 'gone.build')), undefined);
  assert.deepEqual(
    readdirSync(join(root, 'default')).filter((name) => name.startsWith('gone')),
    [],
  );
});

test('cuts a log without end, and says so in it', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    const block = Buffer.alloc(1024 * 1024, 'x');
    for (;;) yield block;
  }
  await archive.save('default', 'long.build', endless());
  const text = (await collect(await archive.read('default', 'long.build'))) ?? '';
  assert.ok(text.length < 17 * 1024 * 1024);
  assert.match(text.slice(-100), /the log is longer than 16777216 bytes and ends here\n$/);
});

for (const name of ['../x', '..', 'a/b', 'a..b', '', 'A', 'x'.repeat(300)])
  test(`refuses the name ${JSON.stringify(name.slice(0, 20))}`, async () => {
    await assert.rejects(archive.save('default', name, chunks('x')), (error) => isProblem(error, 'invalid'));
    await assert.rejects(archive.read(name, 'run.build'), (error) => isProblem(error, 'invalid'));
    await archive.remove('default', name);
    assert.equal(existsSync(join(root, '..', 'x.log')), false);
    assert.deepEqual(
      readdirSync(root).filter((entry) => entry !== 'default' && entry !== 'other'),
      [],
    );
  });
