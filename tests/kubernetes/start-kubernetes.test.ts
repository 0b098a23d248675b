import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { programsFolder } from '../../tools/kubernetes/programs.ts';
import { startKubernetes } from '../../tools/kubernetes/start-kubernetes.ts';
import { commandLineOf, processesOf } from '../end-to-end/own-processes.ts';
import { until } from '../end-to-end/run-command.ts';
import { createClient } from './client.ts';

const main = fileURLToPath(new URL('./testdata/start-and-wait.ts', import.meta.url));

/** Everything that worked in the folder has ended, and the folder is gone. */
const isGone = (folder: string) => (processesOf(folder).length === 0 && !existsSync(folder) ? true : undefined);

test('runs pods on played nodes, and leaves no process and no file', async () => {
  const kubernetes = await startKubernetes({ scheduler: true, kwok: true });
  const folder = dirname(kubernetes.kubeconfig);
  const client = createClient(kubernetes);
  try {
    const version = await client.ask({ path: '/version' });
    assert.equal((version.body as { gitVersion: string }).gitVersion, 'v1.36.3');
    const node = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'played', annotations: { 'kwok.x-k8s.io/node': 'fake' } } };
    const status = { allocatable: { cpu: '4', memory: '4Gi', pods: '9' } };
    assert.equal((await client.ask({ method: 'POST', path: '/api/v1/nodes', body: { ...node, status } })).status, 201);
    const spec = { containers: [{ name: 'a', image: 'example.com/nothing' }] };
    const pods = '/api/v1/namespaces/default/pods';
    assert.equal((await client.ask({ method: 'POST', path: pods, body: { metadata: { name: 'a' }, spec } })).status, 201);
    const phase = async () => ((await client.ask({ path: `${pods}/a` })).object.status as { phase?: string }).phase;
    await until(async () => ((await phase()) === 'Running' ? true : undefined), 'the pod runs');
    assert.equal(Object.keys(kubernetes.pids).length, 5);
  } finally {
    client.close();
    await kubernetes.stop();
    await kubernetes.stop();
  }
  assert.ok(isGone(folder), processesOf(folder).map(commandLineOf).join('\n'));
});

test('ends with whoever started it, killed in the middle', async () => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { value } = (await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()) as { value: string };
  const folder = dirname(value);
  assert.ok(processesOf(folder).length >= 3);

  child.kill('SIGKILL');
  await once(child, 'exit');

  await until(
    () => isGone(folder),
    () => `all is gone; there is ${processesOf(folder).map(commandLineOf).join('\n')}`,
  );
});

/** Another folder of programs, as long as the test runs. */
async function withCache(t: TestContext): Promise<string> {
  const before = process.env.XDG_CACHE_HOME;
  const cache = await mkdtemp(join(tmpdir(), 'cache-of-a-test-'));
  process.env.XDG_CACHE_HOME = cache;
  t.after(async () => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    await rm(cache, { recursive: true });
  });
  return programsFolder();
}

test('says what to do when the programs are not built', async (t) => {
  await withCache(t);

  await assert.rejects(startKubernetes(), /are not built: run node tools\/kubernetes\/build\.ts/);
});

test('tells which program ended, and its last words', async (t) => {
  const programs = await withCache(t);
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, 'etcd'), '#!/bin/sh\necho no disk >&2\nexit 3\n', { mode: 0o755 });
  await writeFile(join(programs, 'kube-apiserver'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });

  await assert.rejects(startKubernetes(), /etcd ended by itself \(exit code 3\); the last lines of etcd:\nno disk/);
});
