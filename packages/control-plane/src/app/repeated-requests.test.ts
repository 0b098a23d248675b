import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type Answer, administratorToken, type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

const projects = '/api/v1/orgs/default/projects';
const objects = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/projects';
const unnamed = (label: string) => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Project',
  metadata: { generateName: 'made-', labels: { label } },
  spec: { deploymentPipelineRef: 'default-pipeline' },
});
const named = (name: string) => ({ ...unnamed('named'), metadata: { name } });
const keyed = (key: string) => ({ 'idempotency-key': key, 'content-type': 'application/json' });
const message = ({ text }: Answer): string => text;

describe('a request with an Idempotency-Key', () => {
  let plane: RunningControlPlane;
  before(async () => {
    plane = await runControlPlane();
  });
  after(async () => {
    await plane.stop();
  });
  const post = (path: string, key: string, body: unknown, token?: string) =>
    plane.call('POST', path, { body, headers: keyed(key), ...(token === undefined ? {} : { token }) });
  const madeWith = async (label: string): Promise<string[]> => {
    const { json } = await plane.call('GET', `${objects}?labelSelector=label%3D${label}`);
    return (json as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
  };

  test('is carried out once, and its answer given again: an operation', async () => {
    const first = await post(projects, 'key-1', { name: 'once' });
    const second = await post(projects, 'key-1', { name: 'once' });

    assert.deepEqual([first.status, second.status], [201, 201], second.text);
    assert.equal(second.text, first.text);
    assert.deepEqual(
      [first, second].map(({ headers }) => headers.get('idempotent-replayed')),
      [null, 'true'],
    );
    assert.equal(second.headers.get('content-type'), first.headers.get('content-type'));
    assert.notEqual(second.headers.get('x-request-id'), first.headers.get('x-request-id'));
  });

  test('is carried out once, and its answer given again: an object of the Kubernetes protocol', async () => {
    const first = await post(objects, 'key-2', unnamed('two'));
    const second = await post(objects, 'key-2', unnamed('two'));

    assert.deepEqual([first.status, second.status], [201, 201], second.text);
    assert.equal(second.text, first.text);
    assert.equal((await madeWith('two')).length, 1);
  });

  test('is carried out once, and its answer given again: a patch', async () => {
    await plane.call('POST', objects, { body: named('patched'), headers: { 'content-type': 'application/json' } });
    const patch = (body: unknown, type: string) =>
      plane.call('PATCH', `${objects}/patched?fieldManager=test${/apply/.test(type) ? '&force=true' : ''}`, {
        body,
        headers: { ...keyed(`key-${type}`), 'content-type': type },
      });
    for (const [type, body] of [
      ['application/json-patch+json', [{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }]],
      ['application/apply-patch+yaml', { ...named('patched'), metadata: { name: 'patched', labels: { c: 'd' } } }],
    ] as const) {
      const first = await patch(body, type);
      const second = await patch(body, type);
      assert.deepEqual([first.status, second.status, second.headers.get('idempotent-replayed')], [200, 200, 'true'], second.text);
      assert.equal(second.text, first.text);
    }
  });

  for (const { because, path, body } of [
    { because: 'another body', path: projects, body: { name: 'other' } },
    { because: 'another address', path: `${projects}?x=y`, body: { name: 'mine' } },
    { because: 'another surface', path: objects, body: named('other') },
  ])
    test(`is refused when its key was used for something else: ${because}`, async () => {
      const key = `key-3-${because.replaceAll(' ', '-')}`;
      assert.equal((await post(projects, key, { name: `mine-${path.length}-${JSON.stringify(body).length}` })).status, 201);

      const answer = await post(path, key, body);

      assert.equal(answer.status, 422, answer.text);
      assert.match(message(answer), /Idempotency-Key .* another request/);
    });

  test('that failed is carried out again: nothing was written', async () => {
    const first = await post(objects, 'key-4', { ...named('late'), spec: { deploymentPipelineRef: 7 } });
    const second = await post(objects, 'key-4', named('late'));

    assert.deepEqual([first.status, second.status], [422, 201], second.text);
  });

  test('that only asks what would be leaves the key unused', async () => {
    const dry = await post(`${objects}?dryRun=All`, 'key-5', unnamed('five'));
    const real = await post(objects, 'key-5', unnamed('five'));

    assert.deepEqual([dry.status, real.status], [201, 201], real.text);
    assert.equal((await madeWith('five')).length, 1);
  });

  test('is known by its caller: the key of another, or of one with other permissions, says nothing', async () => {
    const [one, two, three] = await Promise.all([
      plane.token('one', { permissions: ['catalog.*'] }),
      plane.token('two', { permissions: ['catalog.*'] }),
      plane.token('three', { permissions: [] }),
    ]);
    const answers = [];
    for (const token of [one, two, three]) answers.push(await post(objects, 'key-6', unnamed('six'), token));

    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 403],
    );
    assert.equal((await madeWith('six')).length, 2);
  });

  for (const [because, key] of [
    ['too long', 'x'.repeat(256)],
    ['of other characters', 'a b'],
    ['empty', ''],
  ] as const)
    test(`is refused with a key that is ${because}`, async () => {
      const answer = await post(projects, key, { name: 'never' });

      assert.equal(answer.status, 400, answer.text);
      assert.match(message(answer), /Idempotency-Key/);
    });

  test('leaves nothing that anybody may read: keys and answers are not served', async () => {
    const { text } = await plane.call('GET', '/k8s/control/apis/fairway.dev/v1');
    assert.doesNotMatch(text, /usedkey/i);
    assert.equal((await plane.call('GET', '/k8s/control/apis/fairway.dev/v1/usedkeys')).status, 404);
  });

  test('is in the audit log once, with its request id, also where the operation knows its caller alone', async () => {
    const requestId = 'req-audited';
    const body = { name: 'audited', type: 'Service' };
    const headers = { ...keyed('key-7'), 'x-request-id': requestId };
    const path = `${projects}/default/components`;
    for (let count = 0; count < 2; count += 1) assert.equal((await plane.call('POST', path, { body, headers })).status, 201);

    const entries = (await plane.platform.journal.listAudit({ limit: 100 })).filter((entry) => entry.requestId === requestId);
    assert.deepEqual(
      entries.map(({ action, refs }) => [action, refs.map(({ kind }) => kind)]),
      [['component.create', ['Component.openchoreo.dev']]],
    );
  });
});

describe('requests with keys and a control plane that is killed', () => {
  async function startChild(home: string): Promise<{ kill: () => Promise<void>; url: string }> {
    const script = new URL('./testing/serve-until-killed.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, home], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await exited;
    };
    const lines = createInterface({ input: child.stdout ?? assert.fail() });
    const [url] = (await once(lines, 'line')) as [string];
    return { kill, url };
  }
  const create = (url: string, key: string) =>
    fetch(`${url}${objects}`, {
      method: 'POST',
      headers: { ...keyed(key), authorization: `Bearer ${administratorToken}`, connection: 'close' },
      body: JSON.stringify(unnamed(key)),
    });

  test('nothing is created twice: what was answered is answered again, and the rest is done once', async (t: TestContext) => {
    const home = await mkdtemp(join(tmpdir(), 'fairway-repeat-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const first = await startChild(home);
    const answered = new Map<string, string>();
    const keys = Array.from({ length: 60 }, (_, index) => `crash-${index}`);
    const sending = keys.map(async (key) => {
      const answer = await create(first.url, key);
      answered.set(key, await answer.text());
      if (answered.size === 20) await first.kill();
    });
    await Promise.allSettled(sending);
    await first.kill();
    assert.ok(answered.size >= 20);

    const second = await startChild(home);
    t.after(second.kill);
    const outcomes = new Map<string, string>();
    for (const key of keys) {
      const answer = await create(second.url, key);
      const text = await answer.text();
      if (answered.has(key)) assert.deepEqual([answer.status, text], [201, answered.get(key)]);
      else assert.ok(answer.status === 201 || (answer.status === 409 && /was carried out/.test(text)), `${answer.status} ${text}`);
      outcomes.set(key, text);
    }
    const list = await fetch(`${second.url}${objects}?labelSelector=label`, { headers: { authorization: `Bearer ${administratorToken}` } });
    const { items } = (await list.json()) as { items: { metadata: { labels: { label: string } } }[] };
    assert.deepEqual(items.map(({ metadata }) => metadata.labels.label).sort(), keys.toSorted());
  });
});
