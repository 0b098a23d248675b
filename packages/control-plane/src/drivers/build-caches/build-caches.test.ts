import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type BuildCaches, createBuildCaches } from './index.ts';

const hourMs = 3_600_000;
const fileBytes = 64 * 1024;
const signal = AbortSignal.timeout(10_000);

describe('build caches', () => {
  let root: string;
  let caches: BuildCaches;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fairway-build-caches-'));
    caches = createBuildCaches({ root, now: Date.now });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** A file of 64 KiB that was used so many hours ago. */
  const file = (path: string, hoursAgo: number): void => {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, Buffer.alloc(fileBytes, path));
    const then = new Date(Date.now() - hoursAgo * hourMs);
    utimesSync(place, then, then);
  };
  const left = (): string[] =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  /** Bounds that leave room for so many files beside their folders. */
  const trim = (files: number, isBusy: (namespace: string) => boolean | Promise<boolean> = () => false) =>
    caches.trim({ maxBytes: files * fileBytes, isBusy: async (namespace) => isBusy(namespace), signal });

  test('nothing goes while they are below the bound', async () => {
    file('one/npm/_cacache/content-v2/a', 100);
    assert.deepEqual(await trim(10), { count: 0, bytes: 0 });
    assert.deepEqual(
      await createBuildCaches({ root: join(root, 'absent'), now: Date.now }).trim({ maxBytes: 1, isBusy: async () => false, signal }),
      {
        count: 0,
        bytes: 0,
      },
    );
  });

  test('what was used longest ago goes, of all organizations, until there is some room', async () => {
    for (let hour = 1; hour <= 10; hour += 1) file(`${hour % 2 === 0 ? 'one' : 'two'}/npm/_cacache/content-v2/${hour}/x`, hour * 10);
    const { count, bytes } = await trim(6);

    assert.equal(bytes, count * fileBytes);
    const hours = left().map((path) => Number(/(\d+)\/x$/.exec(path)?.[1]));
    assert.deepEqual(
      hours.sort((a, b) => a - b),
      Array.from({ length: 10 - count }, (_, index) => index + 1),
    );
    assert.ok(count >= 5 && count <= 7, `${count} of 10 went`);
    assert.equal(existsSync(join(root, 'one/npm/_cacache/content-v2/10')), false, 'its folder goes with it');
  });

  test('of what was used at one time no more goes than must', async () => {
    for (let index = 0; index < 20; index += 1) file(`one/pip/http/${index}`, 5);
    const { count } = await trim(15);
    assert.ok(count >= 6 && count <= 9, `${count} of 20 went`);
  });

  const units: { because: string; together: string[]; stays: string[] }[] = [
    {
      because: 'a module that Go has unpacked is believed to be whole',
      together: ['go-mod/a/x', 'go-mod/cache/y'],
      stays: ['go-build/00/z'],
    },
    { because: 'a package that npx has installed is run as it is', together: ['npm/_npx/1/x', 'npm/_npx/2/y'], stays: ['npm/_cacache/z'] },
    { because: 'yarn believes a package folder to be whole', together: ['yarn/v6/p/x', 'yarn/v6/p/y'], stays: ['yarn/zip'] },
  ];
  for (const { because, together, stays } of units)
    test(`${together.join(' and ')} go together or not at all, because ${because}`, async () => {
      const [first = '', ...others] = together;
      file(`one/${first}`, 100);
      for (const path of [...others, ...stays]) file(`one/${path}`, 50);
      await trim(together.length + stays.length - 1);
      const isThere = together.map((path) => existsSync(join(root, 'one', path)));
      assert.ok(
        isThere.every((each) => each === isThere[0]),
        'never a half',
      );
    });

  test('the cache that a build uses is left alone', async () => {
    for (let index = 0; index < 4; index += 1) {
      file(`busy/pip/${index}`, 100);
      file(`idle/pip/${index}`, 50);
    }
    await trim(1, (namespace) => namespace === 'busy');
    assert.equal(left().filter((path) => path.startsWith('busy/')).length, 4);
    assert.equal(left().filter((path) => path.startsWith('idle/')).length < 4, true);
  });

  test('a build that begins while its cache is being looked at waits for a moment, and loses nothing', async () => {
    for (let index = 0; index < 4; index += 1) file(`one/pip/${index}`, 100);
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<boolean>();
    let isStarted = false;
    const trimming = trim(1, () => {
      asked.resolve();
      return answer.promise;
    });
    await asked.promise;
    const starting = caches.whileStarting('one', async () => {
      isStarted = true;
    });
    await new Promise(setImmediate);
    assert.equal(isStarted, false);
    answer.resolve(false);
    await Promise.all([trimming, starting]);
    assert.deepEqual([isStarted, left().length], [true, 4]);
  });

  test('nothing goes while a build begins, and what begins is remembered', async () => {
    file('one/pip/a', 100);
    assert.equal(caches.lastStart(), 0);
    await caches.whileStarting('one', async () => {
      await trim(0, () => assert.fail('nobody needs to be asked'));
    });
    assert.equal(left().length, 1);
    assert.ok(caches.lastStart() > 0);
    await assert.rejects(
      caches.whileStarting('one', () => Promise.reject(new Error('no cluster'))),
      /no cluster/,
    );
    await trim(0);
    assert.equal(left().length, 0, 'a start that failed holds nothing back');
  });

  test('what a trim that broke off had moved away goes, and no link is followed', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'fairway-outside-'));
    writeFileSync(join(outside, 'precious'), 'x');
    file('.removed-1/go-mod/x', 1);
    file('one/pip/a', 100);
    symlinkSync(outside, join(root, 'one', 'pip', 'link'));
    symlinkSync(outside, join(root, 'two'));
    await trim(0);
    assert.deepEqual([readdirSync(outside), existsSync(join(root, '.removed-1'))], [['precious'], false]);
    rmSync(outside, { recursive: true });
  });
});
