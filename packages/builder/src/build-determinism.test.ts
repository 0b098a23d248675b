import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { writeLayer } from './pack/tar-layer.ts';
import { exampleFolder, openWorkbench, type Workbench } from './testing/workbench.ts';
import { findProgram } from './toolchain.ts';

describe('the same commit gives the same digest', () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  /** A build as its own process, because umask and clock belong to one. */
  const buildApart = async (
    name: string,
    commit: string,
    place: { umask: string; cache?: string; tmp: string; clock?: string },
  ): Promise<string> => {
    const result = join(place.tmp, 'result.json');
    const program = new URL('./main.ts', import.meta.url).pathname;
    const clock = place.clock === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(place.clock)}`];
    const child = spawn('/bin/sh', ['-c', 'umask "$0"; exec "$@"', place.umask, process.execPath, ...clock, program], {
      env: {
        ...process.env,
        TERMINATION_LOG: result,
        FAIRWAY_URL: bench.server.url,
        FAIRWAY_TOKEN: bench.server.token,
        FAIRWAY_GIT_URL: `${bench.server.url}/git/${name}.git`,
        FAIRWAY_COMMIT: commit,
        FAIRWAY_IMAGE: `registry.fairway.localhost/default/shop/${name}`,
        TMPDIR: place.tmp,
        ...(place.cache === undefined ? {} : { FAIRWAY_CACHE: place.cache }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, output);
    return (JSON.parse(readFileSync(result, 'utf8')) as { digest: string }).digest;
  };

  test('in another folder, with another clock and umask, with and without caches', async () => {
    const commit = bench.commit('node-build', { folder: exampleFolder('node-build') });
    const folder = (name: string) => mkdtempSync(join(bench.folder, name));
    const cache = folder('cache-');
    const nextYear = 'const now = Date.now; Date.now = () => now() + 365 * 86400000;';

    const first = await buildApart('node-build', commit, { umask: '022', cache, tmp: folder('a-') });
    bench.server.blobs.clear();
    const warm = await buildApart('node-build', commit, { umask: '077', cache, tmp: folder('a-much-longer-name-') });
    rmSync(cache, { recursive: true });
    const cold = await buildApart('node-build', commit, { umask: '002', tmp: folder('b-'), clock: nextYear });

    assert.deepEqual([warm, cold], [first, first]);
  });

  test('with dependencies of Python, from a cold and a warm cache', { skip: lacksPython() }, async () => {
    const commit = bench.commit('python-flask', { folder: exampleFolder('python-flask') });
    const cache = mkdtempSync(join(bench.folder, 'pip-'));
    const build = (umask: string) => buildApart('python-flask', commit, { umask, cache, tmp: mkdtempSync(join(bench.folder, 'python-')) });

    const cold = await build('022');
    const warm = await build('077');

    assert.equal(warm, cold);
  });

  test('and its archive is what tar understands: long names, links, modes, no times, no owners', async () => {
    const long = `app/${'deep/'.repeat(30)}näme.txt`;
    const folder = mkdtempSync(join(bench.folder, 'tar-'));
    writeFileSync(join(folder, 'source'), 'x'.repeat(1000));
    const file = join(folder, 'layer.tar');
    const entries = [
      { path: 'app/run', type: 'file', executable: true, source: { content: Buffer.from('#!/bin/sh\n') } },
      { path: long, type: 'file', executable: false, source: { file: join(folder, 'source'), size: 1000 } },
      { path: 'app/link', type: 'link', target: 'run' },
    ] as const;

    const layer = await writeLayer(file, entries, AbortSignal.timeout(5_000));
    const again = await writeLayer(join(folder, 'again.tar'), [...entries].reverse(), AbortSignal.timeout(5_000));
    const listing = execFileSync('tar', ['-tvf', file, '--numeric-owner', '--full-time', '--utc', '--quoting-style=literal'], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });

    assert.equal(again.digest, layer.digest);
    assert.match(listing, /^-rwxr-xr-x 0\/0 +10 1970-01-01 00:00:00 app\/run$/m);
    assert.match(listing, /^lrwxrwxrwx 0\/0 +0 1970-01-01 00:00:00 app\/link -> run$/m);
    assert.ok(listing.includes(`-rw-r--r-- 0/0            1000 1970-01-01 00:00:00 ${long}`), listing);
  });
});

function lacksPython(): string | false {
  const isMissing = findProgram('python3', process.env.PATH ?? '') === undefined;
  return isMissing && process.env.FAIRWAY_TEST_REQUIRE !== 'all' ? 'python3 is not on this machine' : false;
}
