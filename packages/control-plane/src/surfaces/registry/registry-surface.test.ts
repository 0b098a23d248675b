import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createImage, pushImage, writeLayer } from '@fairway/builder';
import { createLog } from '@fairway/resources/log';
import type { Caller } from '@fairway/resources/model';
import { createArtifacts } from '#domains/artifacts';
import { createFolderBlobs, createFolderRecords } from '#drivers/blobs';
import { createHttpServer, createRequestFigures, type HttpServer } from '#http';
import { authorizeImage, createRegistrySurface } from './index.ts';

const callers: Record<string, Caller> = {
  admin: { principal: 'user:admin', permissions: ['*'] },
  run: {
    principal: 'service:run',
    organization: 'default',
    permissions: ['artifacts.image.read', 'artifacts.image.push'],
    limits: { image: 'default/shop/hello' },
  },
  reader: { principal: 'user:reader', organization: 'default', permissions: ['artifacts.image.read'] },
  stranger: { principal: 'user:stranger', organization: 'other', permissions: ['artifacts.*'] },
};

const sha256 = (bytes: Uint8Array | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('the registry surface', () => {
  let folder: string;
  let server: HttpServer;
  let url: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairway-registry-test-'));
    const artifacts = createArtifacts({
      blobs: createFolderBlobs({ root: join(folder, 'blobs') }),
      records: createFolderRecords({ root: join(folder, 'blobs') }),
      limits: { maxBlobBytes: 1024 * 1024, maxManifestBytes: 64 * 1024 },
    });
    server = createHttpServer({
      surfaces: [createRegistrySurface({ artifacts, authorize: authorizeImage })],
      checkToken: async (token) => callers[token],
      useKey: () => assert.fail('no route of the registry is repeatable'),
      figures: createRequestFigures(),
      onRefused: () => undefined,
      log: createLog({ write: () => undefined, level: 'error', now: () => 0 } as never),
      now: () => 0,
    });
    url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  });
  after(async () => {
    await server.close(1_000);
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (
    method: string,
    path: string,
    options: { as?: string; body?: Uint8Array | string; headers?: Record<string, string> } = {},
  ) =>
    fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Basic ${Buffer.from(`token:${options.as ?? 'admin'}`).toString('base64')}`,
        connection: 'close',
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: options.body }),
    });
  const pushBlob = async (repository: string, bytes: string, as = 'admin'): Promise<string> => {
    const digest = sha256(bytes);
    const answer = await call('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { as, body: bytes });
    assert.equal(answer.status, 201, await answer.text());
    return digest;
  };
  const manifestOf = (config: string, layer: string, note = ''): string =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: 1 }],
      annotations: { note },
    });
  const pushManifest = async (repository: string, reference: string, note = ''): Promise<string> => {
    const manifest = manifestOf(await pushBlob(repository, '{}'), await pushBlob(repository, 'layer'), note);
    const answer = await call('PUT', `/v2/${repository}/manifests/${reference}`, { body: manifest });
    assert.equal(answer.status, 201, await answer.text());
    return sha256(manifest);
  };
  const codeOf = async (answer: Response): Promise<[number, string | undefined]> => {
    const body = (await answer.json()) as { errors?: { code: string }[] };
    return [answer.status, body.errors?.[0]?.code];
  };

  test('asks for credentials and answers the ping', async () => {
    const anonymous = await fetch(`${url}/v2/`, { headers: { connection: 'close' } });
    assert.equal(anonymous.headers.get('www-authenticate'), 'Basic realm="fairway"');
    assert.deepEqual(await codeOf(anonymous), [401, 'UNAUTHORIZED']);
    assert.equal((await call('GET', '/v2/')).status, 200);
  });

  test('takes an image that the builder pushes, and gives the same bytes back', async () => {
    const content = Buffer.from('console.log(1)');
    const layer = await writeLayer(
      join(folder, 'layer.tar'),
      [{ path: 'app/index.js', type: 'file', executable: false, source: { content } }],
      AbortSignal.timeout(5_000),
    );
    const image = createImage({
      layers: [{ layer, kind: 'application' }],
      command: ['node', 'index.js'],
      env: [],
      port: 8080,
      labels: { 'fairway.dev/base': 'none' },
      createdAt: 1,
    });
    const push = () =>
      pushImage({
        image,
        registry: new URL(url),
        repository: 'default/shop/hello',
        tag: 'abc',
        token: 'run',
        log: () => undefined,
        signal: AbortSignal.timeout(10_000),
      });

    await push();
    await push();
    const manifest = await call('GET', '/v2/default/shop/hello/manifests/abc', { as: 'reader' });
    const blob = await call('GET', `/v2/default/shop/hello/blobs/${layer.digest}`, { as: 'reader' });

    assert.equal(manifest.headers.get('docker-content-digest'), image.digest);
    assert.equal(sha256(Buffer.from(await manifest.arrayBuffer())), image.digest);
    assert.deepEqual(Buffer.from(await blob.arrayBuffer()), readFileSync(layer.file));
  });

  test('takes a blob in chunks and tells where it stands', async () => {
    const start = await call('POST', '/v2/default/shop/chunks/blobs/uploads/');
    const location = start.headers.get('location') ?? '';

    const first = await call('PATCH', location, { body: 'hello ', headers: { 'content-range': '0-5' } });
    const wrong = await call('PATCH', location, { body: 'x', headers: { 'content-range': '99-99' } });
    const status = await call('GET', location);
    const done = await call('PUT', `${location}?digest=${sha256('hello world')}`, { body: 'world' });
    const range = await call('GET', `/v2/default/shop/chunks/blobs/${sha256('hello world')}`, { headers: { range: 'bytes=6-' } });

    assert.deepEqual([start.status, first.status, first.headers.get('range')], [202, 202, '0-5']);
    assert.equal(wrong.status, 416);
    assert.deepEqual([status.status, status.headers.get('range')], [204, '0-5']);
    assert.equal(done.status, 201);
    assert.deepEqual([range.status, await range.text(), range.headers.get('content-range')], [206, 'world', 'bytes 6-10/11']);
    assert.deepEqual(await codeOf(await call('GET', location)), [404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  test('refuses content that has another digest, and keeps nothing of it', async () => {
    const digest = sha256('the right content');
    const answer = await call('POST', `/v2/default/shop/hello/blobs/uploads/?digest=${digest}`, { body: 'the wrong content' });

    assert.deepEqual(await codeOf(answer), [400, 'DIGEST_INVALID']);
    assert.equal((await call('HEAD', `/v2/default/shop/hello/blobs/${digest}`)).status, 404);
  });

  test('shows a blob only in the images that it was pushed or mounted to', async () => {
    const digest = await pushBlob('default/shop/one', 'shared');
    const before = await call('HEAD', `/v2/default/shop/two/blobs/${digest}`);
    const mounted = await call('POST', `/v2/default/shop/two/blobs/uploads/?mount=${digest}&from=default/shop/one`);
    const after = await call('HEAD', `/v2/default/shop/two/blobs/${digest}`);
    // The run may not read the other image: it is told to upload instead.
    const foreign = await call('POST', `/v2/default/shop/hello/blobs/uploads/?mount=${digest}&from=default/shop/one`, { as: 'run' });

    assert.deepEqual([before.status, mounted.status, after.status, foreign.status], [404, 201, 200, 202]);
  });

  test('refuses a manifest whose layers are not there', async () => {
    const manifest = manifestOf(sha256('nowhere'), sha256('absent'));
    assert.deepEqual(await codeOf(await call('PUT', '/v2/default/shop/lost/manifests/v1', { body: manifest })), [
      404,
      'MANIFEST_BLOB_UNKNOWN',
    ]);
    assert.deepEqual(await codeOf(await call('PUT', '/v2/default/shop/lost/manifests/v1', { body: '{"schemaVersion":1}' })), [
      400,
      'MANIFEST_INVALID',
    ]);
  });

  test('pages through tags, moves a tag, and deletes manifests with their tags', async () => {
    const first = await pushManifest('default/shop/tags', 'a', 'first');
    await pushManifest('default/shop/tags', 'b', 'first');
    const second = await pushManifest('default/shop/tags', 'c', 'second');
    await pushManifest('default/shop/tags', 'a', 'second');

    const page = await call('GET', '/v2/default/shop/tags/tags/list?n=2');
    const next = page.headers.get('link') ?? '';
    const rest = await call('GET', /^<(.*)>/.exec(next)?.[1] ?? '');
    const moved = await call('HEAD', '/v2/default/shop/tags/manifests/a');
    const deleted = await call('DELETE', `/v2/default/shop/tags/manifests/${second}`);
    const left = await call('GET', '/v2/default/shop/tags/tags/list');

    assert.deepEqual(await page.json(), { name: 'default/shop/tags', tags: ['a', 'b'] });
    assert.deepEqual(await rest.json(), { name: 'default/shop/tags', tags: ['c'] });
    assert.equal(moved.headers.get('docker-content-digest'), second);
    assert.equal(deleted.status, 202);
    assert.deepEqual(await left.json(), { name: 'default/shop/tags', tags: ['b'] });
    assert.equal((await call('GET', `/v2/default/shop/tags/manifests/${first}`)).status, 200);
  });

  const refusals = [
    {
      because: 'a run pushes its own image only',
      method: 'POST',
      path: '/v2/default/shop/other/blobs/uploads/',
      as: 'run',
      expected: [404, 'NAME_UNKNOWN'],
    },
    {
      because: 'a reader may not push',
      method: 'POST',
      path: '/v2/default/shop/hello/blobs/uploads/',
      as: 'reader',
      expected: [403, 'DENIED'],
    },
    {
      because: 'a run may not delete',
      method: 'DELETE',
      path: '/v2/default/shop/hello/manifests/abc',
      as: 'run',
      expected: [403, 'DENIED'],
    },
    {
      because: 'another organization does not learn of it',
      method: 'GET',
      path: '/v2/default/shop/hello/manifests/abc',
      as: 'stranger',
      expected: [404, 'NAME_UNKNOWN'],
    },
    { because: 'names have three parts', method: 'GET', path: '/v2/hello/tags/list', as: 'admin', expected: [400, 'NAME_INVALID'] },
    {
      because: 'a name never climbs out of its folder',
      method: 'GET',
      path: '/v2/default/%2e%2e%2f%2e%2e/hello/tags/list',
      as: 'admin',
      expected: [400, 'NAME_INVALID'],
    },
    {
      because: 'an upload id is no path',
      method: 'GET',
      path: '/v2/default/shop/hello/blobs/uploads/..%2f..%2fsha256',
      as: 'admin',
      expected: [404, 'BLOB_UPLOAD_UNKNOWN'],
    },
    {
      because: 'a tag is no path',
      method: 'GET',
      path: '/v2/default/shop/hello/manifests/..%2ftags%2fabc',
      as: 'admin',
      expected: [400, 'TAG_INVALID'],
    },
    {
      because: 'digests are checked before they are looked up',
      method: 'GET',
      path: '/v2/default/shop/hello/blobs/sha256:abc',
      as: 'admin',
      expected: [400, 'DIGEST_INVALID'],
    },
    {
      because: 'an unknown image has no tags',
      method: 'GET',
      path: '/v2/default/shop/never/tags/list',
      as: 'admin',
      expected: [404, 'NAME_UNKNOWN'],
    },
    {
      because: 'blobs are not deleted one by one',
      method: 'DELETE',
      path: `/v2/default/shop/hello/blobs/${sha256('x')}`,
      as: 'admin',
      expected: [405, 'UNSUPPORTED'],
    },
  ];
  for (const { because, method, path, as, expected } of refusals) {
    test(`refuses ${method} ${path} of ${as}: ${because}`, async () => {
      assert.deepEqual(await codeOf(await call(method, path, { as })), expected);
    });
  }

  test('refuses a blob and a manifest over their limits', async () => {
    const start = await call('POST', '/v2/default/shop/large/blobs/uploads/');
    const blob = await call('PATCH', start.headers.get('location') ?? '', { body: Buffer.alloc(1024 * 1024 + 1) });
    const manifest = await call('PUT', '/v2/default/shop/large/manifests/v1', { body: Buffer.alloc(65 * 1024, ' ') });

    assert.deepEqual(
      [await codeOf(blob), await codeOf(manifest)],
      [
        [413, 'SIZE_INVALID'],
        [413, 'SIZE_INVALID'],
      ],
    );
  });

  test('an upload that breaks off can be gone on with', async () => {
    const location = (await call('POST', '/v2/default/shop/broken/blobs/uploads/')).headers.get('location') ?? '';
    const broken = requestHttp(`${url}${location}`, {
      method: 'PATCH',
      agent: false,
      headers: { authorization: 'Bearer admin', 'content-length': 100 },
    });
    broken.once('error', () => undefined);
    broken.write('begun ');
    const size = await waitFor(async () => ((await call('GET', location)).headers.get('range') === '0-5' ? 6 : undefined));
    broken.destroy(new Error('cable cut'));
    const digest = sha256('begun and ended');
    // The server may notice the cut a moment later than the bytes: until then the upload is busy.
    const done = await waitFor(async () => {
      const answer = await call('PUT', `${location}?digest=${digest}`, { body: 'and ended', headers: { 'content-range': `${size}-14` } });
      return answer.status === 409 ? undefined : answer.status;
    });
    assert.equal(done, 201);
  });

  const skopeo = promisify(execFile)('skopeo', ['--version']).then(
    () => true,
    () => false,
  );
  test('skopeo pushes, inspects and pulls the same digest', async (context) => {
    if (!(await skopeo) && process.env.FAIRWAY_TEST_REQUIRE !== 'all') return context.skip('skopeo is not on this machine');
    const layout = join(folder, 'layout');
    const source = await writeLayout(layout);
    const run = promisify(execFile);
    const reference = `docker://${url.slice('http://'.length)}/default/shop/witness:v1`;
    const policy = join(folder, 'policy.json');
    writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
    const base = ['--policy', policy];

    await run(
      'skopeo',
      [...base, 'copy', '--preserve-digests', '--dest-tls-verify=false', '--dest-creds=token:admin', `oci:${layout}:v1`, reference],
      {
        timeout: 60_000,
      },
    );
    const { stdout } = await run('skopeo', [...base, 'inspect', '--tls-verify=false', '--creds=token:reader', reference], {
      timeout: 60_000,
    });
    await run(
      'skopeo',
      [...base, 'copy', '--src-tls-verify=false', '--src-creds=token:reader', reference, `dir:${join(folder, 'pulled')}`],
      { timeout: 60_000 },
    );

    assert.equal((JSON.parse(stdout) as { Digest: string }).Digest, source);
    assert.equal(sha256(readFileSync(join(folder, 'pulled', 'manifest.json'))), source);
  });
});

/** Asks again until there is an answer, at most 5 s. */
async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('the state did not come within 5 s');
  }
}

/** An OCI layout on disk with one image, as skopeo reads it; answers the manifest's digest. */
async function writeLayout(layout: string): Promise<string> {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const file = join(layout, 'layer.tar');
  const entry = { path: 'app/hello', type: 'file', executable: true, source: { content: Buffer.from('hello') } } as const;
  const layer = await writeLayer(file, [entry], AbortSignal.timeout(5_000));
  const image = createImage({
    layers: [{ layer, kind: 'application' }],
    command: ['./hello'],
    env: [],
    port: undefined,
    labels: {},
    createdAt: 0,
  });
  const keep = (digest: string, bytes: Uint8Array) => writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
  keep(layer.digest, readFileSync(file));
  keep(image.config.digest, image.config.bytes);
  keep(image.digest, image.manifest);
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: image.digest,
    size: image.manifest.length,
    annotations: { 'org.opencontainers.image.ref.name': 'v1' },
  };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  return image.digest;
}
