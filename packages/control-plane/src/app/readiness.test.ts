import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

const pageBytes = 4_096;

describe('a control plane about itself', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'fairway-readiness-'));
  });
  after(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const createProject = (plane: RunningControlPlane, name: string, description = '') =>
    plane.call('POST', '/api/v1/orgs/default/projects', { body: { name, description } });

  test('is alive at once, and ready when the builder image is there and the reconcilers run', async () => {
    const plane = await runControlPlane({ home });
    const ask = (path: string) => plane.call('GET', path, { token: null });
    assert.deepEqual([(await ask('/health')).status, (await ask('/health')).text], [200, 'OK']);
    const early = await ask('/ready');
    assert.equal(early.status, 503);
    assert.equal(early.headers.get('retry-after'), '1');
    assert.match(early.text, /builder image.*reconcilers are being started/s);
    await plane.startLoops();
    plane.platform.builder.digest = 'sha256:0';
    assert.deepEqual([(await ask('/ready')).status, (await ask('/ready')).text], [200, 'Ready']);
    await plane.stop();
  });

  test('is alive and not ready without its database', async () => {
    const plane = await runControlPlane({ home });
    await plane.platform.resources.close();
    const closed = await plane.call('GET', '/ready', { token: null });
    assert.equal(closed.status, 503);
    assert.match(closed.text, /the database does not answer/);
    assert.equal((await plane.call('GET', '/health', { token: null })).status, 200);
    await plane.stop();
  });

  test('speaks of itself in valid Prometheus text, to those who may read it', async () => {
    const plane = await runControlPlane({ home });
    await plane.startLoops();
    await plane.call('GET', '/api/v1/orgs');
    await plane.call('GET', '/nothing"\n');
    const { text, headers } = await plane.call('GET', '/metrics');
    assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    checkExposition(text);
    assert.match(text, /^fairway_reconcile_total\{controller="builds\/build"\} \d+$/m);
    const idle = await plane.token('idle', { permissions: [] });
    assert.equal((await plane.call('GET', '/metrics', { token: idle })).status, 403);
    await plane.stop();
  });

  test('a full disk refuses writes with what to do, answers reads, loses nothing that it acknowledged, and ends with more room', async () => {
    const first = await runControlPlane({ home });
    await first.stop();
    const pages = Math.ceil((await stat(join(home, 'control-plane/fairway.db'))).size / pageBytes);
    const plane = await runControlPlane({ home, env: { FAIRWAY_MAX_DATABASE_PAGES: String(pages + 20) } });
    const acknowledged: string[] = [];
    let refused: Awaited<ReturnType<typeof createProject>> | undefined;
    for (let index = 0; refused === undefined && index < 200; index += 1) {
      const answer = await createProject(plane, `p-${index}`, 'x'.repeat(4_000));
      if (answer.status === 201) acknowledged.push(`p-${index}`);
      else refused = answer;
    }
    assert.deepEqual([refused?.status, (refused?.json as { code: string } | undefined)?.code], [503, 'UNAVAILABLE'], refused?.text);
    assert.match(refused?.text ?? '', /disk full.*nothing was written; free space/);
    assert.ok(acknowledged.length > 0);
    const byKubernetes = await plane.call('POST', '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/projects', {
      headers: { 'content-type': 'application/json' },
      body: {
        apiVersion: 'openchoreo.dev/v1alpha1',
        kind: 'Project',
        metadata: { name: 'large', annotations: { note: 'x'.repeat(100_000) } },
        spec: { deploymentPipelineRef: 'default-pipeline' },
      },
    });
    assert.equal(byKubernetes.status, 503, byKubernetes.text);
    const ready = await plane.call('GET', '/ready', { token: null });
    assert.equal(ready.status, 503);
    assert.match(ready.text, /disk full/);
    const listed = async (at: RunningControlPlane): Promise<string[]> =>
      ((await at.call('GET', '/api/v1/orgs/default/projects')).json as { data: { items: { name: string }[] } }).data.items.map(
        ({ name }) => name,
      );
    assert.deepEqual(
      acknowledged.filter((name) => name !== 'default').sort(),
      (await listed(plane)).filter((name) => name !== 'default').sort(),
    );
    await plane.stop();

    const roomy = await runControlPlane({ home });
    assert.equal((await createProject(roomy, 'later')).status, 201);
    assert.deepEqual((await listed(roomy)).filter((name) => name !== 'default').sort(), [...acknowledged, 'later'].sort());
    assert.doesNotMatch((await roomy.call('GET', '/ready', { token: null })).text, /disk full/);
    await roomy.stop();
  });

  test('does not start on the database of a newer version, and says which way out there is', async () => {
    const newer = join(home, 'newer');
    await mkdir(newer);
    const plane = await runControlPlane({ home: newer });
    await plane.stop();
    const database = new DatabaseSync(join(newer, 'control-plane/fairway.db'));
    database.exec("INSERT INTO schema_migrations VALUES (9999, 'of-tomorrow', 'x', 0)");
    database.close();
    const { code, output } = await run([join(import.meta.dirname, 'main.ts')], {
      FAIRWAY_HOME: newer,
      FAIRWAY_PORT: '0',
      FAIRWAY_TLS_PORT: '0',
    });
    assert.equal(code, 1);
    assert.match(output, /written by a newer version of Fairway \(migration 9999/);
    assert.match(output, /start the newer version, or restore a backup/);
  });

  test('wrong settings are told all at once, and nothing starts', async () => {
    const { code, output } = await run([join(import.meta.dirname, 'main.ts'), '--port', '99999'], {
      FAIRWAY_HOME: home,
      FAIRWAY_LOG_LEVEL: 'loud',
    });
    assert.equal(code, 1);
    assert.match(output, /--port must be a port.*FAIRWAY_LOG_LEVEL must be debug/);
  });
});

const run = (args: readonly string[], env: Record<string, string>): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });

/** The rules of the text format: a type before the first sample, one block a metric, no sample twice, and numbers as values. */
function checkExposition(text: string): void {
  assert.ok(text.endsWith('\n'));
  const types = new Map<string, string>();
  const finished = new Set<string>();
  const samples = new Set<string>();
  let current = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, typed, type] = /^# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      assert.equal(types.has(typed), false, `${typed} has two blocks`);
      types.set(typed, type);
      finished.add(current);
      current = typed;
      continue;
    }
    const [, name = '', labels = '', value = ''] =
      /^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line) ?? [];
    const base = types.get(current) === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
    assert.equal(base, current, `${line} stands outside its block`);
    assert.equal(samples.has(name + labels), false, `${line} comes twice`);
    samples.add(name + labels);
    assert.ok(Number.isFinite(Number(value)), line);
  }
  assert.ok(samples.size > 20);
}
