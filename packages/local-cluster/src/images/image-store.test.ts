import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { silentLog } from '@fairway/resources/log';
import { createImageStore, type ImageStore } from './index.ts';
import { sealFolders } from './unpack-layer.ts';

interface Item {
  path: string;
  flag?: string;
  content?: string;
  link?: string;
  mode?: number;
}

const block = ({ path, flag = '0', content = '', link = '', mode = 0o644 }: Item): Buffer => {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100, 'utf8');
  header.write(mode.toString(8).padStart(7, '0'), 100);
  header.write(Buffer.byteLength(content).toString(8).padStart(11, '0'), 124);
  header.write(flag, 156);
  header.write(link, 157, 100);
  header.write('ustar\0' + '00', 257, 'latin1');
  header.fill(0x20, 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
};
const tar = (...items: Item[]): Buffer => Buffer.concat([...items.map(block), Buffer.alloc(1024)]);
const pax = (record: string): Item => {
  let length = record.length + 3;
  while (`${length} ${record}\n`.length !== length) length = `${length} ${record}\n`.length;
  return { path: 'PaxHeader', flag: 'x', content: `${length} ${record}\n` };
};

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blobs = new Map<string, Buffer>();
const manifests = new Map<string, Buffer>();
const add = (bytes: Buffer): { digest: string; size: number } => {
  blobs.set(digestOf(bytes), bytes);
  return { digest: digestOf(bytes), size: bytes.length };
};
const publish = (layers: { bytes: Buffer; layer?: string }[], tag?: string): string => {
  const config = add(
    Buffer.from(
      JSON.stringify({ config: { Cmd: ['node', 'server.js'], WorkingDir: '/app', Env: ['A=b'], ExposedPorts: { '8080/tcp': {} } } }),
    ),
  );
  const described = layers.map(({ bytes, layer }) => ({
    mediaType: 'x',
    ...add(bytes),
    annotations: layer === undefined ? {} : { 'fairway.dev/layer': layer },
  }));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config: { mediaType: 'x', ...config }, layers: described }));
  manifests.set(digestOf(manifest), manifest);
  if (tag !== undefined) manifests.set(tag, manifest);
  return `registry.test/shop/hello@${digestOf(manifest)}`;
};

let server: Server;
let root = '';
let store: ImageStore;
let wants: 'nothing' | 'basic' | 'bearer' = 'nothing';
let requests = 0;
let served = { manifests: 0, blobs: 0 };
/** Blobs are not answered before this. */
let gate = Promise.resolve();

const serve = (kind: string, name: string, response: ServerResponse): void => {
  const found = (kind === 'blobs' ? blobs : manifests).get(name);
  if (found !== undefined) served[kind as keyof typeof served] += 1;
  const answer = () => response.writeHead(found === undefined ? 404 : 200).end(found);
  if (kind === 'blobs') gate.then(answer);
  else answer();
};

before(async () => {
  server = createServer((request, response) => {
    requests += 1;
    const { port } = server.address() as AddressInfo;
    const [, kind = '', name = ''] = /^\/v2\/shop\/(?:hello|other)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const basic = `Basic ${Buffer.from('ada:pw').toString('base64')}`;
    if (request.url?.startsWith('/token') === true) {
      const ok = request.headers.authorization === basic && request.url.includes('scope=repository');
      response.writeHead(ok ? 200 : 401).end(JSON.stringify({ token: 'pass' }));
      return;
    }
    const expected = wants === 'basic' ? basic : 'Bearer pass';
    if (wants !== 'nothing' && request.headers.authorization !== expected) {
      const challenge =
        wants === 'basic'
          ? 'Basic realm="r"'
          : `Bearer realm="http://127.0.0.1:${port}/token",service="s",scope="repository:shop/hello:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return;
    }
    serve(kind, name, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  root = mkdtempSync(join(tmpdir(), 'fairway-images-'));
  store = await createImageStore({
    root,
    mirrors: { 'registry.test': `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    log: silentLog,
  });
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await sealFolders(root, 'writable');
  await rm(root, { recursive: true });
});

const pull = (reference: string, more = {}) => store.pull({ reference, signal: AbortSignal.timeout(5_000), ...more });

test('unpacks layers over each other, skips base layers, and needs no network for an image that is there', async () => {
  const long = `${'d/'.repeat(60)}deep.txt`;
  const reference = publish([
    { bytes: tar({ path: 'usr/', flag: '5' }, { path: 'usr/node', content: 'base' }), layer: 'base' },
    {
      bytes: gzipSync(
        tar(
          { path: './app/', flag: '5' },
          { path: 'app/gone.txt', content: 'x' },
          { path: 'app/old/a', content: 'x' },
          { path: 'app/run.sh', content: '#!/bin/sh', mode: 0o755 },
          pax(`path=app/${long}`),
          { path: 'short', content: 'deep' },
        ),
      ),
      layer: 'dependencies',
    },
    {
      bytes: tar(
        { path: 'app/.wh.gone.txt' },
        { path: 'app/old/.wh..wh..opq' },
        { path: 'app/old/b', content: 'b' },
        { path: 'app/link', flag: '2', link: '/app/run.sh' },
        { path: 'app/hard', flag: '1', link: 'app/run.sh' },
      ),
      layer: 'application',
    },
  ]);

  const image = await pull(reference);

  const app = join(image.folder, 'app');
  assert.deepEqual(readdirSync(image.folder), ['app']);
  assert.deepEqual(readdirSync(app).sort(), ['d', 'hard', 'link', 'old', 'run.sh']);
  assert.deepEqual(readdirSync(join(app, 'old')), ['b']);
  assert.equal(readFileSync(join(app, long), 'utf8'), 'deep');
  assert.equal(readlinkSync(join(app, 'link')), 'run.sh');
  assert.equal(statSync(join(app, 'run.sh')).mode & 0o777, 0o555);
  assert.equal(lstatSync(app).mode & 0o777, 0o555);
  assert.deepEqual(image.config.command, ['node', 'server.js']);
  assert.deepEqual(image.config.exposedPorts, [8080]);
  const before = requests;
  assert.equal((await pull(reference)).folder, image.folder);
  assert.equal(requests, before);
});

for (const { item, message, because } of [
  { item: { path: '/etc/x', content: 'x' }, message: /absolute/, because: 'an absolute path' },
  { item: { path: 'app/../../x', content: 'x' }, message: /climbs out/, because: 'a path with ..' },
  { item: { path: 'app/l', flag: '2', link: '../../etc/passwd' }, message: /points outside/, because: 'a symlink that climbs out' },
  { item: { path: 'app/l', flag: '2', link: '/etc/passwd' }, message: /points outside/, because: 'a symlink into the machine' },
  { item: { path: 'app/h', flag: '1', link: '../secret' }, message: /climbs out/, because: 'a hard link that climbs out' },
  { item: { path: 'app/dev', flag: '3' }, message: /device/, because: 'a device' },
  { item: { path: 'app/fifo', flag: '6' }, message: /device/, because: 'a pipe' },
]) {
  test(`refuses ${because} and keeps nothing`, async () => {
    const reference = publish([{ bytes: tar({ path: 'app/ok', content: 'ok' }, item) }]);

    await assert.rejects(pull(reference), { name: 'Problem', reason: 'invalid', message });

    assert.ok(readdirSync(root).every((name) => !name.startsWith('.new-') && name !== reference.split('@')[1]?.replace(':', '-')));
  });
}

test('refuses to write through a symlink of the same layer', async () => {
  const reference = publish([
    { bytes: tar({ path: 'app/d/x', content: '' }, { path: 'app/l', flag: '2', link: 'd' }, { path: 'app/l/y', content: 'y' }) },
  ]);

  await assert.rejects(pull(reference), /not a folder/);
});

test('refuses a corrupt blob and keeps nothing', async () => {
  const bytes = tar({ path: 'app/corrupt', content: 'good' });
  const reference = publish([{ bytes }]);
  blobs.set(digestOf(bytes), tar({ path: 'app/corrupt', content: 'evil' }));

  await assert.rejects(pull(reference), { reason: 'unavailable', message: /corrupt/ });

  assert.equal(existsSync(join(root, (reference.split('@')[1] ?? '').replace(':', '-'))), false);
});

test('says what to do when the disk is full, and keeps nothing', async (t) => {
  const small = mkdtempSync(join(tmpdir(), 'fairway-small-'));
  t.after(() => {
    spawnSync('umount', [small]);
    return rm(small, { recursive: true });
  });
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'fairway-test', small]).status !== 0) return t.skip('no right to mount');
  const mirrors = { 'registry.test': `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const full = await createImageStore({ root: small, mirrors, log: silentLog });
  // Small on the way and large when unpacked, and the other way round.
  for (const bytes of [
    gzipSync(tar({ path: 'app/large', content: 'x'.repeat(200_000) })),
    tar({ path: 'app/large', content: 'y'.repeat(200_000) }),
  ]) {
    const reference = publish([{ bytes }]);

    await assert.rejects(full.pull({ reference, signal: AbortSignal.timeout(5_000) }), {
      reason: 'unavailable',
      message: /the disk is full.*Free some space/,
    });

    assert.deepEqual(readdirSync(small), []);
  }
});

test('says what to do with an image of base layers only', async () => {
  const reference = publish([{ bytes: tar({ path: 'bin/sh', content: 'x' }), layer: 'base' }]);

  await assert.rejects(pull(reference), /no application layer.*Build it with Fairway/);
});

for (const scheme of ['basic', 'bearer'] as const) {
  test(`pulls with credentials by ${scheme} and says what is missing without them`, async () => {
    const reference = publish([{ bytes: tar({ path: `app/${scheme}`, content: scheme }) }]);
    wants = scheme;

    await assert.rejects(pull(reference), { reason: 'forbidden', message: /credentials/ });
    const image = await pull(reference, { credentials: { username: 'ada', password: 'pw' } });
    wants = 'nothing';

    assert.equal(readFileSync(join(image.folder, 'app', scheme), 'utf8'), scheme);
  });
}

test('pulls of one image at the same time download it once, and each caller answers for itself', async (t) => {
  wants = 'basic';
  t.after(() => {
    wants = 'nothing';
  });
  const reference = publish([{ bytes: tar({ path: 'app/shared', content: 'x' }) }]);
  const ada = { credentials: { username: 'ada', password: 'pw' } };
  served = { manifests: 0, blobs: 0 };

  const [first, second, stranger, nobody] = await Promise.allSettled([
    pull(reference, ada),
    pull(reference, ada),
    pull(reference, { credentials: { username: 'eve', password: 'pw' } }),
    pull(reference),
  ]);

  assert.deepEqual([first.status, second.status], ['fulfilled', 'fulfilled']);
  for (const refused of [stranger, nobody]) assert.equal(refused.status === 'rejected' && refused.reason.reason, 'forbidden');
  assert.equal(served.blobs, 2, 'its configuration and its layer');
});

test('a pull whose first caller gives up goes on for the second one', async () => {
  const reference = publish([{ bytes: tar({ path: 'app/patient', content: 'x' }) }]);
  const hasty = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  served = { manifests: 0, blobs: 0 };

  const first = pull(reference, { signal: hasty.signal });
  const second = pull(reference);
  while (served.manifests < 2) await new Promise((turn) => setImmediate(turn));
  hasty.abort();
  resolve();

  await assert.rejects(first);
  assert.equal(readFileSync(join((await second).folder, 'app/patient'), 'utf8'), 'x');
});

test('asks what a tag means now only when it is told to', async () => {
  publish([{ bytes: tar({ path: 'app/v', content: '1' }) }], 'v');
  const first = await pull('registry.test/shop/hello:v');
  publish([{ bytes: tar({ path: 'app/v', content: '2' }) }], 'v');

  assert.equal((await pull('registry.test/shop/hello:v')).digest, first.digest);
  assert.notEqual((await pull('registry.test/shop/hello:v', { when: 'always' })).digest, first.digest);
  await assert.rejects(pull('registry.test/shop/hello:other', { when: 'never' }), /not on this node/);
});

test('pulls anew what a power cut emptied', async () => {
  const image = await pull(publish([{ bytes: tar({ path: 'app/cut', content: 'whole' }) }], 'cut'));
  await pull('registry.test/shop/hello:cut');
  writeFileSync(join(image.folder, '..', 'image.json'), '');
  writeFileSync(join(root, 'references.json'), '');

  const again = await pull('registry.test/shop/hello:cut');

  assert.equal(again.digest, image.digest);
  assert.equal(readFileSync(join(again.folder, 'app/cut'), 'utf8'), 'whole');
  assert.deepEqual(again.config, image.config);
});

test('removes what nobody uses, but for the last few of each repository', async () => {
  const other = await pull('registry.test/shop/other:v');
  const forgotten = publish([{ bytes: tar({ path: 'app/old', content: 'o' }) }]);
  await pull(forgotten);
  const kept = await pull(publish([{ bytes: tar({ path: 'app/keep', content: 'k' }) }]));
  const used = await pull(publish([{ bytes: tar({ path: 'app/used', content: 'u' }) }]));
  await pull(kept.digest.replace(/^/, 'registry.test/shop/hello@'));

  const removed = await store.removeUnused({ inUse: new Set([used.digest]), keep: 1 });

  assert.ok(removed.length >= 4);
  assert.deepEqual(
    readdirSync(root)
      .filter((name) => name.startsWith('sha256-') || name.startsWith('.'))
      .sort(),
    [kept, used, other].map(({ digest }) => digest.replace(':', '-')).sort(),
  );
  assert.ok(removed.includes(forgotten.split('@')[1] ?? ''));
  assert.ok((await pull(forgotten)).folder, 'what was removed is pulled again');
});

test('removes also the last ones of a repository when nobody has used them for a month', async () => {
  const forgotten = await pull(publish([{ bytes: tar({ path: 'app/month', content: 'm' }) }]));
  const recent = await pull(publish([{ bytes: tar({ path: 'app/week', content: 'w' }) }]));
  const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
  utimesSync(join(forgotten.folder, '..', 'image.json'), daysAgo(31), daysAgo(31));
  utimesSync(join(recent.folder, '..', 'image.json'), daysAgo(7), daysAgo(7));

  const removed = await store.removeUnused({ inUse: new Set(), keep: 100 });

  assert.deepEqual([removed.includes(forgotten.digest), removed.includes(recent.digest)], [true, false]);
});
