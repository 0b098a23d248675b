import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { BlobStore, RecordStore } from '#domains/artifacts';
import { createFolderBlobs, createFolderRecords } from './index.ts';

const digestOf = (content: string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

describe('blobs and records in a folder', () => {
  const corrupt: string[] = [];
  let root: string;
  let blobs: BlobStore;
  let records: RecordStore;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'fairway-blobs-test-'));
    blobs = createFolderBlobs({ root, onCorrupt: (digest) => corrupt.push(digest) });
    records = createFolderRecords({ root });
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const append = (id: string, content: string, maxBytes = 1_000) =>
    blobs.append({ owner: 'a/b/c', id, source: Readable.from([Buffer.from(content)]), maxBytes, signal: AbortSignal.timeout(5_000) });
  const put = async (content: string): Promise<boolean> => {
    const id = await blobs.startUpload('a/b/c');
    await append(id, content);
    return blobs.finishUpload('a/b/c', id, digestOf(content));
  };

  test('keeps what is uploaded under its digest, also the second time', async () => {
    assert.deepEqual([await put('content'), await put('content')], [true, true]);
    assert.equal(await blobs.size(digestOf('content')), 7);
    assert.equal(await text(await blobs.open(digestOf('content'))), 'content');
    assert.equal(await text(await blobs.open(digestOf('content'), { start: 3, end: 4 })), 'te');
  });

  test('gives a reader that has begun the whole blob, even when it is removed meanwhile', async () => {
    await put('still readable');
    const stream = await blobs.open(digestOf('still readable'));
    rmSync(join(root, 'sha256', digestOf('still readable').slice(7, 9)), { recursive: true });
    assert.equal(await text(stream), 'still readable');
  });

  test('sets a damaged blob aside when it is read, so that the same content can be pushed again', async () => {
    await put('precious');
    const hex = digestOf('precious').slice('sha256:'.length);
    writeFileSync(join(root, 'sha256', hex.slice(0, 2), hex), 'preciouz');

    assert.equal(await text(await blobs.open(digestOf('precious'))), 'preciouz', 'the reader checks the digest too');

    assert.deepEqual(corrupt, [digestOf('precious')]);
    assert.equal(await blobs.size(digestOf('precious')), undefined);
    assert.equal(await put('precious'), true);
    assert.equal(await text(await blobs.open(digestOf('precious'))), 'precious');
  });

  test('survives a restart in the middle of an upload', async () => {
    const id = await blobs.startUpload('a/b/c');
    await append(id, 'first ');
    const restarted = createFolderBlobs({ root });
    assert.equal(await restarted.uploadSize('a/b/c', id), 6);
    await append(id, 'second');
    assert.equal(await restarted.finishUpload('a/b/c', id, digestOf('first second')), true);
  });

  test('drops an upload whose content is another one', async () => {
    const id = await blobs.startUpload('a/b/c');
    await append(id, 'wrong');
    assert.equal(await blobs.finishUpload('a/b/c', id, digestOf('right')), false);
    assert.deepEqual([await blobs.uploadSize('a/b/c', id), await blobs.size(digestOf('right'))], [undefined, undefined]);
  });

  test("does not show an upload to another image's owner, nor anything for an id that is a path", async () => {
    const id = await blobs.startUpload('a/b/c');
    assert.deepEqual([await blobs.uploadSize('a/b/d', id), await blobs.uploadSize('a/b/c', '../sha256')], [undefined, undefined]);
  });

  test('refuses more bytes than are allowed', async () => {
    const id = await blobs.startUpload('a/b/c');
    await assert.rejects(append(id, 'x'.repeat(11), 10), { reason: 'too-large' });
  });

  test('drops uploads that nobody went on with', async () => {
    const id = await blobs.startUpload('a/b/c');
    assert.equal(await blobs.dropUploadsBefore(Date.now() - 60_000), 0);
    assert.ok((await blobs.dropUploadsBefore(Date.now() + 60_000)) > 0);
    assert.equal(await blobs.uploadSize('a/b/c', id), undefined);
    assert.deepEqual(readdirSync(join(root, 'uploads')), []);
  });

  test('replaces a record at once under many writers', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(1_000));
    await Promise.all(contents.map((content) => records.write(['tags', 'x'], Buffer.from(content))));
    assert.ok(contents.includes(String(await records.read(['tags', 'x']))));
    assert.deepEqual(await records.list(['tags']), ['x']);
    assert.deepEqual(
      [await records.remove(['tags', 'x']), await records.remove(['tags', 'x']), await records.read(['tags', 'x'])],
      [true, false, undefined],
    );
    assert.deepEqual(readdirSync(join(root, 'temporary')), []);
  });

  test('never follows a path out of its folder', async () => {
    for (const part of ['..', '.', '', 'a/b', 'a\0']) await assert.rejects(async () => records.list(['tags', part]), /unsafe part/);
  });
});
