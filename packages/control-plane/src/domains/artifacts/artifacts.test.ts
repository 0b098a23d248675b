import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { createFolderBlobs, createFolderRecords } from '#drivers/blobs';
import { type Artifacts, createArtifacts } from './index.ts';
import { sha256 } from './manifest.ts';

describe('artifacts', () => {
  let root: string;
  let artifacts: Artifacts;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'fairway-artifacts-test-'));
    artifacts = createArtifacts({ blobs: createFolderBlobs({ root }), records: createFolderRecords({ root }) });
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const signal = AbortSignal.timeout(10_000);
  const put = async (repository: string, content: string): Promise<string> => {
    const upload = await artifacts.startUpload(repository);
    await artifacts.appendUpload({ repository, upload, source: Readable.from([Buffer.from(content)]), signal });
    await artifacts.finishUpload(repository, upload, sha256(Buffer.from(content)));
    return sha256(Buffer.from(content));
  };
  const putImage = async (repository: string, config: object): Promise<string> => {
    const manifest = {
      schemaVersion: 2,
      config: { digest: await put(repository, JSON.stringify(config)) },
      layers: [{ digest: await put(repository, 'layer') }],
    };
    return artifacts.putManifest({ repository, reference: 'latest', bytes: Buffer.from(JSON.stringify(manifest)) });
  };

  test("reads a label of an image's configuration", async () => {
    const digest = await putImage('default/shop/labels', { config: { Labels: { 'fairway.dev/result': '{"commit":"abc"}' } } });

    assert.equal(await artifacts.imageLabel('default/shop/labels', digest, 'fairway.dev/result'), '{"commit":"abc"}');
    assert.equal(await artifacts.imageLabel('default/shop/labels', digest, 'absent'), undefined);
    assert.equal(await artifacts.imageLabel('default/shop/other', digest, 'fairway.dev/result'), undefined);
  });

  test('an image without a configuration that is JSON has no labels', async () => {
    const digest = await putImage('default/shop/plain', { config: null });
    assert.equal(await artifacts.imageLabel('default/shop/plain', digest, 'x'), undefined);
  });

  test('one upload takes one writer at a time', async () => {
    const repository = 'default/shop/writers';
    const upload = await artifacts.startUpload(repository);
    const source = new Readable({ read: () => undefined });
    const first = artifacts.appendUpload({ repository, upload, source, signal });
    source.push('a');
    const second = async () => {
      // The first one has begun when its size is being asked for twice; both orders end in one conflict.
      await artifacts.uploadSize(repository, upload);
      return artifacts.appendUpload({ repository, upload, source: Readable.from([Buffer.from('b')]), signal });
    };

    await assert.rejects(second(), { reason: 'conflict' });
    source.push(null);
    assert.equal(await first, 1);
  });

  const names = [
    { name: 'default/shop', because: 'two parts' },
    { name: 'a/b/c/d', because: 'four parts' },
    { name: 'Default/shop/x', because: 'upper case' },
    { name: '../shop/x', because: 'a parent folder' },
    { name: 'default/shop/.x', because: 'a hidden name' },
    { name: `a/b/${'c'.repeat(255)}`, because: 'too long' },
  ];
  for (const { name, because } of names) {
    test(`refuses an image name with ${because}`, async () => {
      await assert.rejects(async () => artifacts.startUpload(name), { reason: 'invalid' });
      await assert.rejects(async () => artifacts.manifest(name, 'latest'), { reason: 'invalid' });
    });
  }
});
