import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, glob, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Installation, startInstallation, until } from './installation.ts';

interface Row {
  environment: string;
  image: string;
  ready: boolean;
  message?: string;
}

const server = `require('node:http').createServer((request, response) => response.end('here')).listen(process.env.PORT, process.env.HOST);`;
const projects = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/projects';

// The machine below the platform: taken ports, damaged files, a full disk.
describe('a machine with faults', () => {
  let fairway: Installation;
  let blocker: Server;
  let url = '';
  let commit = '';
  let taken = 0;

  const serves = async (at = url): Promise<void> =>
    assert.deepEqual([(await fairway.ask(at)).status, (await fairway.ask(at)).body], [200, 'here']);
  const row = async (environment: string): Promise<Row | undefined> => {
    const { stdout } = await fairway.fairway(['status', 'shop', '-o', 'json']);
    return (JSON.parse(stdout) as { components: Row[] }).components.find((found) => found.environment === environment);
  };
  const flags = (): string[] => Object.entries(fairway.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
  const send = async (method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${fairway.ports.plain}${path}`, {
      method,
      headers: { authorization: `Bearer ${fairway.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, text: await response.text() };
  };
  const write = (name: string): Promise<{ status: number; text: string }> =>
    send('POST', projects, {
      apiVersion: 'openchoreo.dev/v1alpha1',
      kind: 'Project',
      metadata: { name, annotations: { 'openchoreo.dev/description': 'x'.repeat(8_000) } },
      spec: { deploymentPipelineRef: 'default' },
    });

  before(async () => {
    blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    taken = (blocker.address() as { port: number }).port;
    fairway = await startInstallation(undefined, { args: ['--plain-port', String(taken)] });
    const manifest = JSON.stringify({ name: 'shop', version: '1.0.0', scripts: { start: 'node server.js' } });
    const folder = await fairway.folderOf('shop', { 'package.json': manifest, 'server.js': server });
    const deployed = await fairway.json<{ urls: string[]; commit: string }>(['deploy', folder]);
    url = deployed.urls[0] ?? '';
    commit = deployed.commit;
  });
  after(async () => {
    blocker.close();
    await fairway.end();
  });

  test('a port in use gives way to the next free one, and it is said', async () => {
    assert.ok(fairway.ports.plain > taken, `${fairway.ports.plain}`);

    const { stdout, stderr } = await fairway.fairway(['up', ...flags(), '--plain-port', String(taken)]);

    assert.match(stdout + stderr, new RegExp(`${taken}.*${fairway.ports.plain}`, 's'));
    await serves();
  });

  test('a damaged layer is found by its digest, nothing of it is run, and the way out is said', async () => {
    const { image = '' } = (await row('development')) ?? {};
    const digest = image.slice(image.indexOf('sha256:') + 'sha256:'.length);
    const blob = (hex: string): string => join(fairway.home, 'control-plane', 'blobs', 'sha256', hex.slice(0, 2), hex);
    const manifest = await fairway.api<{ layers: { digest: string }[] }>(`/v2/default/default/shop/manifests/sha256:${digest}`);
    const layer = blob((manifest.layers.at(-1)?.digest ?? '').replace('sha256:', ''));
    const whole = await readFile(layer);
    await chmod(layer, 0o600);
    await writeFile(layer, Buffer.concat([whole.subarray(0, -1), Buffer.from([(whole.at(-1) ?? 0) ^ 1])]));
    // As on another machine: the image is not unpacked yet.
    for await (const unpacked of glob(join(fairway.home, 'local-cluster', 'images', `sha256-${digest}`))) {
      assert.equal((await fairway.run('chmod', ['-R', 'u+w', unpacked])).code, 0);
      await rm(unpacked, { recursive: true });
    }

    const promoted = await fairway.fairway(['promote', 'shop', '--to', 'staging', '--timeout', '6s']);

    assert.notEqual(promoted.code, 0);
    assert.match(JSON.stringify(await row('staging')), /(is corrupt: what the registry sent is|has no blob) .*build the component again/);
    await serves();
    const built = await send('POST', `/api/v1/orgs/default/projects/default/components/shop/builds?commit=${commit}`);
    assert.ok(built.status < 300, built.text);
    await until(
      async () => ((await row('staging'))?.ready === true ? true : undefined),
      () => `staging runs the mended image: ${built.text}`,
      60_000,
    );
  });

  test('a full disk under the database refuses writes with a reason, keeps applications and reads, and loses nothing', async () => {
    const pages = Math.ceil((await stat(join(fairway.home, 'control-plane', 'fairway.db'))).size / 4_096) + 60;
    assert.equal((await fairway.fairway(['down'])).code, 0);
    await fairway.json(['up', ...flags()], { env: { FAIRWAY_MAX_DATABASE_PAGES: String(pages) } });
    await until(
      async () => ((await fairway.ask(url).catch(() => undefined))?.status === 200 ? true : undefined),
      'the application answers',
    );
    const acknowledged: string[] = [];
    let refusal: { status: number; text: string } | undefined;
    for (let number = 0; number < 500 && refusal === undefined; number += 1) {
      const answer = await write(`p-${number}`);
      if (answer.status === 201) acknowledged.push(`p-${number}`);
      else refusal = answer;
    }

    assert.ok(refusal !== undefined, `${acknowledged.length} were written`);
    assert.ok(refusal.status >= 500, refusal.text);
    assert.match(refusal.text, /disk|full/);
    await serves();
    const { items } = await fairway.api<{ items: { metadata: { name: string } }[] }>(projects);
    assert.deepEqual(
      items
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith('p-'))
        .toSorted(),
      acknowledged.toSorted(),
    );

    assert.equal((await fairway.fairway(['down'])).code, 0);
    await fairway.json(['up', ...flags()]);
    assert.equal((await write('afterwards')).status, 201);
    const after = await fairway.api<{ items: unknown[] }>(projects);
    assert.equal(after.items.length, items.length + 1);
  });
});
