import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout, type HttpAnswer, type Installation, skipWithout, startInstallation, until } from './installation.ts';

interface Deployed {
  component: string;
  environment: string;
  urls: string[];
}
interface List<Item> {
  items: (Item & { metadata: { name: string; namespace: string; uid: string } })[];
}
interface CronJobs {
  spec: { schedule: string; jobTemplate: { metadata?: { labels?: Record<string, string> }; spec: object } };
}

const examples = join(checkout, 'examples');
const json = ({ body }: HttpAnswer): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

const answering: { example: string; tools: string[]; path: string; check: (answer: HttpAnswer) => void }[] = [
  { example: 'node-hello', tools: ['node'], path: '', check: (answer) => assert.equal(json(answer).greeting, 'Hello') },
  { example: 'node-build', tools: ['node', 'npm'], path: '', check: (answer) => assert.match(answer.body, /\d+\.\d+\.\d+/) },
  { example: 'python-flask', tools: ['python3'], path: '', check: (answer) => assert.equal(json(answer).language, 'python') },
  { example: 'go-hello', tools: ['go'], path: '', check: (answer) => assert.equal(json(answer).language, 'go') },
  {
    example: 'static-site',
    tools: ['node'],
    path: '',
    check: (answer) => assert.match(answer.headers['content-type'] ?? '', /^text\/html/),
  },
  {
    example: 'service-greeter',
    tools: ['node'],
    path: 'greetings/Ada',
    check: (answer) => assert.equal(json(answer).message, 'Hello, Ada!'),
  },
];

/** Go compiles its standard library for a minute where there is no cache: builds get the one of whoever tests, as `go test` would. */
async function lendGoCache(fairway: Installation): Promise<void> {
  const { stdout } = await fairway.run('go', ['env', 'GOCACHE']);
  const caches = join(fairway.home, 'build-caches', 'openchoreo-ci-default');
  await mkdir(caches, { recursive: true });
  await mkdir(stdout.trim(), { recursive: true });
  await rm(join(caches, 'go-build'), { recursive: true, force: true });
  await symlink(stdout.trim(), join(caches, 'go-build'));
}

describe('the examples', () => {
  let fairway: Installation;
  before(async () => {
    fairway = await startInstallation();
  });
  after(() => fairway.end());
  const local = <Answer>(path: string): Promise<Answer> => fairway.api<Answer>(`/k8s/clusters/local${path}`);

  test('each of them has a test', () => {
    // service-caller needs another one: connections.test.ts.
    const tested = [...answering.map(({ example }) => example), 'procfile-worker', 'scheduled-task', 'service-caller'];
    assert.deepEqual(
      readdirSync(examples)
        .filter((name) => existsSync(join(examples, name, 'README.md')))
        .toSorted(),
      tested.toSorted(),
    );
  });

  for (const { example, tools, path, check } of answering)
    test(`${example} is built, runs and answers`, async (t) => {
      if (skipWithout(t, ...tools)) return;
      if (tools.includes('go')) await lendGoCache(fairway);

      const deployed = await fairway.json<Deployed>(['deploy', await fairway.copyOf(join(examples, example))]);

      assert.equal(deployed.urls.length > 0, true);
      const answer = await fairway.ask(`${(deployed.urls[0] ?? '').replace(/\/$/, '')}/${path}`);
      assert.equal(answer.status, 200, answer.body);
      check(answer);
    });

  test('procfile-worker has no address and works', async (t) => {
    if (skipWithout(t, 'node')) return;

    const deployed = await fairway.json<Deployed>(['deploy', await fairway.copyOf(join(examples, 'procfile-worker'))]);

    assert.deepEqual(deployed.urls, []);
    await until(
      async () => (/"round":2/.test((await fairway.fairway(['logs', 'procfile-worker'])).stdout) ? true : undefined),
      'the second round in the log',
    );
    assert.equal((await fairway.fairway(['open', 'procfile-worker'])).code, 5);
  });

  test('scheduled-task is scheduled, and a Job made of its template runs to its end', async (t) => {
    if (skipWithout(t, 'node')) return;

    const deployed = await fairway.json<Deployed>(['deploy', await fairway.copyOf(join(examples, 'scheduled-task'))]);

    assert.deepEqual(deployed.urls, []);
    const { items } = await local<List<CronJobs>>('/apis/batch/v1/cronjobs');
    const [cronJob] = items;
    assert.ok(cronJob !== undefined && items.length === 1);
    assert.equal(cronJob.spec.schedule, '*/5 * * * *');
    // What `kubectl create job --from=cronjob/NAME` posts.
    const { name, namespace, uid } = cronJob.metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true };
    const metadata = {
      name: 'by-hand',
      namespace,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      labels: cronJob.spec.jobTemplate.metadata?.labels ?? {},
      ownerReferences: [owner],
    };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: cronJob.spec.jobTemplate.spec };
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const made = await fetch(`http://127.0.0.1:${fairway.ports.plain}/k8s/clusters/local${jobs}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fairway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(job),
    });
    assert.equal(made.status, 201, await made.text());

    await until(async () => {
      const { status } = await local<{ status?: { succeeded?: number; failed?: number } }>(`${jobs}/by-hand`);
      assert.equal(status?.failed ?? 0, 0, 'the task does not fail');
      return status?.succeeded === 1 ? true : undefined;
    }, 'the Job succeeds');
    const { stdout } = await fairway.fairway(['logs', 'scheduled-task']);
    assert.match(stdout, /"task":"memory-report"/);
  });

  test('kubectl starts a scheduled task by hand', async (t) => {
    if (skipWithout(t, 'node', 'kubectl')) return;
    const kubeconfig = join(fairway.work, 'local.kubeconfig');
    await writeFile(kubeconfig, (await fairway.fairway(['kubeconfig', '-c', 'local'])).stdout, { mode: 0o600 });
    const [cronJob] = (await local<List<CronJobs>>('/apis/batch/v1/cronjobs')).items;
    assert.ok(cronJob !== undefined, 'the task of the test before');
    const { name, namespace } = cronJob.metadata;
    const kubectl = (...args: string[]) =>
      fairway.run('kubectl', ['--kubeconfig', kubeconfig, '-n', namespace, ...args], { env: { HOME: fairway.work } });

    const created = await kubectl('create', 'job', 'by-kubectl', `--from=cronjob/${name}`);
    assert.equal(created.code, 0, created.stderr);
    const waited = await kubectl('wait', '--for=condition=complete', 'job/by-kubectl', '--timeout=20s');

    assert.equal(waited.code, 0, waited.stderr);
    assert.match((await kubectl('logs', 'job/by-kubectl')).stdout, /"task":"memory-report"/);
  });
});
