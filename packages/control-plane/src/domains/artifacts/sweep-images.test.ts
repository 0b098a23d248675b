import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createFolderBlobs, createFolderRecords } from '#drivers/blobs';
import { type Artifacts, type BlobStore, createArtifacts, type ImageUse, type RecordStore } from './index.ts';
import { sha256 } from './manifest.ts';

const signal = AbortSignal.timeout(60_000);
const dayMs = 86_400_000;
const commit = (digit: string): string => digit.repeat(40);
const repository = 'default/shop/hello';

class Killed extends Error {}

describe('a sweep of images', () => {
  let root: string;
  let artifacts: Artifacts;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fairway-sweep-test-'));
    artifacts = createArtifacts({ blobs: createFolderBlobs({ root }), records: createFolderRecords({ root }) });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = async (content: string, to = repository): Promise<string> => {
    const digest = sha256(Buffer.from(content));
    // As clients do: what is there already is not sent.
    if ((await artifacts.blobSize(to, digest)) !== undefined) return digest;
    const upload = await artifacts.startUpload(to);
    await artifacts.appendUpload({ repository: to, upload, source: Readable.from([Buffer.from(content)]), signal });
    await artifacts.finishUpload(to, upload, digest);
    return digest;
  };
  /** An image of a configuration, a layer that all share, and one of its own. */
  const push = async (name: string, { tag, to = repository }: { tag?: string; to?: string } = {}): Promise<string> => {
    const config = await put(JSON.stringify({ name }), to);
    const layers = [await put('dependencies', to), await put(`application ${name}`, to)];
    const manifest = { schemaVersion: 2, config: { digest: config }, layers: layers.map((digest) => ({ digest })) };
    const bytes = Buffer.from(JSON.stringify(manifest));
    return artifacts.putManifest({ repository: to, reference: tag ?? sha256(bytes), bytes });
  };
  const files = (folder = root): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  /** Everything that is there now was touched last two days ago. */
  const age = (): void => {
    const then = new Date(Date.now() - 2 * dayMs);
    for (const file of files()) utimesSync(file, then, then);
  };
  const useOf = (named: readonly string[], busy: readonly string[] = []): ImageUse => ({
    isNamed: (digest) => named.includes(digest),
    isBusy: (name) => busy.includes(name),
  });
  const sweep = (use: ImageUse, of: Pick<Artifacts, 'sweep'> = artifacts) => of.sweep({ since: Date.now() - dayMs, use, signal });
  /** Whether a client could pull all of it. */
  const isWhole = async (digest: string, at = repository): Promise<boolean> => {
    const manifest = await artifacts.manifest(at, digest);
    if (manifest === undefined) return false;
    const { config, layers } = JSON.parse(manifest.bytes.toString('utf8')) as { config: { digest: string }; layers: { digest: string }[] };
    for (const part of [config, ...layers]) if ((await artifacts.blobSize(at, part.digest)) === undefined) return false;
    return true;
  };

  test('takes what nothing names, with its tag, its hold on blobs and its bytes, and leaves what is shared', async () => {
    const kept = await push('one', { tag: commit('1') });
    const gone = await push('two', { tag: commit('2') });
    age();
    const swept = await sweep(useOf([kept]));

    assert.deepEqual([swept.manifests, swept.blobs], [1, 2]);
    assert.equal(swept.bytes, 'application two'.length + JSON.stringify({ name: 'two' }).length);
    assert.equal(await isWhole(kept), true);
    assert.equal(await artifacts.manifest(repository, gone), undefined);
    assert.deepEqual((await artifacts.listTags(repository, { limit: 10 })).tags, [commit('1')]);
    age();
    assert.deepEqual(await sweep(useOf([kept])), { manifests: 0, blobs: 0, bytes: 0 }, 'a second time there is nothing to do');
  });

  const keeping: { because: string; tag?: string; named?: boolean; busy?: boolean; young?: boolean; stays: boolean }[] = [
    { because: 'something names it', named: true, stays: true },
    { because: 'it was pushed within the grace', young: true, stays: true },
    { because: 'somebody gave it a name of its own', tag: 'latest', stays: true },
    { because: 'its repository is being built for', busy: true, stays: true },
    { because: 'the tag of a build is no name', tag: commit('a'), stays: false },
    { because: 'nothing needs it', stays: false },
  ];
  for (const { because, tag, named, busy, young, stays } of keeping)
    test(`an image ${stays ? 'stays' : 'goes'}, because ${because}`, async () => {
      const digest = await push('image', tag === undefined ? {} : { tag });
      if (young !== true) age();
      await sweep(useOf(named === true ? [digest] : [], busy === true ? [repository] : []));
      assert.equal(await isWhole(digest), stays);
    });

  test('an index keeps what it lists, and goes before it', async () => {
    const inside = await push('amd64');
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ digest: inside }] }));
    const index = await artifacts.putManifest({ repository, reference: sha256(bytes), bytes });
    age();
    await sweep(useOf([index]));
    assert.equal(await isWhole(inside), true);

    age();
    const order: string[] = [];
    const records = createFolderRecords({ root });
    const told: RecordStore = {
      ...records,
      removeUntouched: async (path, since) => {
        order.push(path.at(-1) ?? '');
        return records.removeUntouched(path, since);
      },
    };
    await sweep(useOf([]), createArtifacts({ blobs: createFolderBlobs({ root }), records: told }));
    assert.deepEqual(order.slice(0, 2), [index.slice(7), inside.slice(7)]);
    assert.deepEqual(files(), []);
  });

  test('a blob that another image name holds stays, and nothing is left of a name without images', async () => {
    await push('same', { to: 'default/shop/gone' });
    const kept = await push('same');
    age();
    await sweep(useOf([], [repository]));

    assert.equal(await isWhole(kept), true);
    assert.equal(existsSync(join(root, 'repositories', 'default', 'shop', 'gone')), false);
  });

  test('what a client was told to be there stays until it has pushed the rest', async () => {
    await push('one');
    age();
    const layer = await put('dependencies');
    await sweep(useOf([]));
    const config = await put('{}');
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config: { digest: config }, layers: [{ digest: layer }] }));
    const digest = await artifacts.putManifest({ repository, reference: sha256(bytes), bytes });
    assert.equal(await isWhole(digest), true);
  });

  test('what somebody pulled within the grace stays', async () => {
    const digest = await push('one');
    age();
    assert.equal(await isWhole(digest), true, 'pulled');
    await sweep(useOf([]));
    assert.equal(await isWhole(digest), true);
  });

  test('an image that comes to be named while the sweep goes on stays', async () => {
    const digest = await push('late');
    age();
    let asked = 0;
    await sweep({
      isNamed: (of) => {
        asked += of === digest ? 1 : 0;
        return asked > 2;
      },
      isBusy: () => false,
    });
    assert.equal(await isWhole(digest), true);
  });

  test('while a manifest that cannot be read stays, so do the blobs, as it may need any of them', async () => {
    const digest = await push('one');
    const file = join(root, 'repositories', repository, 'manifests', digest.slice(7));
    writeFileSync(file, 'damaged');
    age();
    await sweep(useOf([digest]));
    assert.deepEqual([files(join(root, 'sha256')).length, existsSync(file)], [3, true]);
    await sweep(useOf([]));
    assert.deepEqual(files(), []);
  });

  test('pushes and sweeps at the same time leave every pushed image whole', async () => {
    for (let round = 0; round < 15; round += 1) {
      for (const name of ['a', 'b', 'c', 'd']) await push(name);
      age();
      const [first, second] = await Promise.all([
        Promise.all(['a', 'b'].map((name) => push(name, { tag: commit(name) }))),
        Promise.all(['c', 'e'].map((name) => push(name))),
        sweep(useOf([])),
        sweep(useOf([])),
      ]);
      for (const digest of [...first, ...second]) assert.equal(await isWhole(digest), true);
      assert.equal((await artifacts.manifest(repository, commit('a')))?.digest, first[0]);
    }
  });

  for (const moment of ['before', 'after'] as const)
    test(`one that is killed ${moment} each of its removals never takes what is named, and the next goes on`, async () => {
      const kept = await push('kept', { tag: commit('1') });
      for (const name of ['x', 'y', 'z']) await push(name, { tag: sha256(Buffer.from(name)).slice(7) });
      age();
      let kills = 0;
      for (let at = 1; ; at += 1) {
        let count = 0;
        const guard = async <T>(act: () => Promise<T>): Promise<T> => {
          count += 1;
          if (count === at && moment === 'before') throw new Killed();
          const answer = await act();
          if (count === at) throw new Killed();
          return answer;
        };
        const blobs = createFolderBlobs({ root });
        const records = createFolderRecords({ root });
        const dying = createArtifacts({
          blobs: { ...blobs, removeUntouched: (...given) => guard(() => blobs.removeUntouched(...given)) } satisfies BlobStore,
          records: {
            ...records,
            removeUntouched: (...given) => guard(() => records.removeUntouched(...given)),
            removeEmpty: (...given) => guard(() => records.removeEmpty(...given)),
          } satisfies RecordStore,
        });
        const isKilled = await sweep(useOf([kept]), dying).then(
          () => false,
          (error: unknown) => error instanceof Killed,
        );
        assert.equal(await isWhole(kept), true, `killed at removal ${at}`);
        if (!isKilled) break;
        kills += 1;
      }

      assert.ok(kills > 4, `${kills} kills`);
      assert.equal(files(join(root, 'sha256')).length, 3);
      assert.equal(files(join(root, 'repositories')).length, 5);
    });

  test('takes damaged blobs and broken writes away with stale uploads', async () => {
    const digest = await push('one');
    const [blob = ''] = files(join(root, 'sha256'));
    writeFileSync(`${blob}.corrupt`, 'damaged');
    writeFileSync(join(root, 'temporary', 'half'), 'half');
    assert.equal(await artifacts.dropStaleUploads(Date.now() - dayMs), 0);
    age();
    assert.equal(await artifacts.dropStaleUploads(Date.now() - dayMs), 1);
    assert.equal(await isWhole(digest), true);
    assert.deepEqual([existsSync(`${blob}.corrupt`), files(join(root, 'temporary'))], [false, []]);
  });
});
