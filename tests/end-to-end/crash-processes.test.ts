import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Installation, startInstallation, until } from './installation.ts';
import { commandLineOf } from './own-processes.ts';

interface Status {
  supervisor: { pid: number };
  programs: { name: string; restarts: number; process?: { pid: number } }[];
}

const server = `
const { createServer } = require('node:http');
console.log('started');
createServer((request, response) => {
  if (request.url === '/crash') process.exit(5);
  response.end(JSON.stringify({ pid: process.pid, parent: process.ppid }));
}).listen(Number(process.env.PORT), process.env.HOST);
process.once('SIGTERM', () => process.exit(0));
`;

describe('processes that are killed', () => {
  let fairway: Installation;
  const urls: Record<'steady' | 'fragile', string> = { steady: '', fragile: '' };

  const status = (): Status => JSON.parse(readFileSync(join(fairway.home, 'run', 'status.json'), 'utf8')) as Status;
  const pidOf = (name: string): number | undefined => status().programs.find((program) => program.name === name)?.process?.pid;
  const pids = (): Record<string, number | undefined> =>
    Object.fromEntries(status().programs.map(({ name, process }) => [name, process?.pid]));
  const identity = async (url: string): Promise<{ pid: number; parent: number }> => {
    const { status: code, body } = await fairway.ask(url);
    assert.equal(code, 200, body);
    return JSON.parse(body) as { pid: number; parent: number };
  };
  const answers = (url: string): Promise<true> =>
    until(async () => ((await fairway.ask(url).catch(() => ({ status: 0 }))).status === 200 ? true : undefined), `${url} answers`);
  const kill = (name: string): number => {
    const pid = pidOf(name);
    assert.ok(pid !== undefined, `${name} runs`);
    process.kill(pid, 'SIGKILL');
    return pid;
  };
  const isReplaced = (name: string, before: number): Promise<true> =>
    until(() => (![undefined, before].includes(pidOf(name)) ? true : undefined), `${name} is started again`);
  const restarts = async (): Promise<Record<string, number>> => {
    const { items } = await fairway.api<{
      items: { metadata: { labels?: Record<string, string> }; status?: { containerStatuses?: { restartCount: number }[] } }[];
    }>('/k8s/clusters/local/api/v1/pods');
    return Object.fromEntries(
      items.flatMap(({ metadata, status: found }) =>
        metadata.labels?.['component-name'] === undefined
          ? []
          : [[metadata.labels['component-name'], found?.containerStatuses?.[0]?.restartCount ?? 0]],
      ),
    );
  };
  /** Asks without end; the answer stops it and says how long the longest silence was. */
  const watchSilence = (t: TestContext, url: string): (() => Promise<number>) => {
    const stop = new AbortController();
    t.after(() => stop.abort());
    let last = performance.now();
    let longest = 0;
    const asking = (async () => {
      while (!stop.signal.aborted) {
        const { status: code } = await fairway.ask(url).catch(() => ({ status: 0 }));
        if (code === 200) {
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        }
        await delay(10);
      }
    })();
    return async () => {
      stop.abort();
      await asking;
      return Math.max(longest, performance.now() - last);
    };
  };

  before(async () => {
    fairway = await startInstallation();
    for (const name of ['steady', 'fragile'] as const) {
      const manifest = JSON.stringify({ name, version: '1.0.0', scripts: { start: 'node server.js' } });
      const folder = await fairway.folderOf(name, { 'package.json': manifest, 'server.js': server });
      urls[name] = (await fairway.json<{ urls: string[] }>(['deploy', folder])).urls[0] ?? '';
    }
  });
  after(() => fairway.end());

  test('the local cluster adopts what runs and starts again what died meanwhile', async (t) => {
    const [steady, fragile] = [await identity(urls.steady), await identity(urls.fragile)];
    const silence = watchSilence(t, urls.steady);

    const before = kill('local-cluster');
    // The shim goes with the application, so that nobody is left to tell.
    for (const pid of [fragile.parent, fragile.pid]) process.kill(pid, 'SIGKILL');
    await isReplaced('local-cluster', before);

    const again = await until(async () => {
      const answer = await fairway.ask(urls.fragile);
      return answer.status === 200 ? (JSON.parse(answer.body) as { pid: number }) : undefined;
    }, 'the one that died answers again');
    assert.notEqual(again.pid, fragile.pid);
    assert.deepEqual(await identity(urls.steady), steady, 'the very same process');
    assert.deepEqual(await until(async () => restarts().catch(() => undefined), 'the pods'), { steady: 0, fragile: 1 });
    assert.ok((await silence()) < 1_000, 'nobody waited for the other');
  });

  test('traffic is back soon after the gateway was killed', async (t) => {
    const silence = watchSilence(t, urls.steady);
    const before = kill('gateway');

    await isReplaced('gateway', before);
    await answers(urls.steady);

    const longest = await silence();
    assert.ok(longest < 3_000, `${Math.round(longest)} ms without an answer`);
  });

  test('a new supervisor adopts what runs, and nothing is there twice', async () => {
    const [running, application] = [pids(), await identity(urls.steady)];
    const was = status().supervisor.pid;
    process.kill(was, 'SIGKILL');
    await until(() => (existsSync(`/proc/${was}`) ? undefined : true), 'the supervisor is dead');
    await identity(urls.steady);

    const up = await fairway.json<{ ports: unknown }>(['up']);

    assert.deepEqual(up.ports, fairway.ports, 'the same ports');
    assert.notEqual(status().supervisor.pid, was);
    assert.deepEqual(pids(), running);
    assert.deepEqual(await identity(urls.steady), application);
    const before = kill('gateway');
    await isReplaced('gateway', before);
    await answers(urls.steady);
    assert.equal(pidOf('control-plane'), running['control-plane'], 'an adopted program is watched like a child');
  });

  test('down after a killed supervisor ends all that is ours and nothing else; up brings the applications back', async (t) => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' });
    t.after(() => stranger.kill());
    const application = await identity(urls.steady);
    process.kill(status().supervisor.pid, 'SIGKILL');

    const { code, stderr } = await fairway.fairway(['down']);

    assert.equal(code, 0, stderr);
    assert.deepEqual(fairway.processes(), []);
    assert.equal(stranger.exitCode, null, 'a process of somebody else runs on');
    const flags = Object.entries(fairway.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
    await fairway.json(['up', ...flags]);
    for (const url of Object.values(urls)) await answers(url);
    assert.notEqual((await identity(urls.steady)).pid, application.pid);
    const found = await until(async () => restarts().catch(() => undefined), 'the pods');
    assert.deepEqual(found, { steady: 1, fragile: 2 });
  });

  test('a build that down has interrupted is run again after up, as the same build', async () => {
    const manifest = JSON.stringify({ name: 'slow', version: '1.0.0', scripts: { build: 'node build.js', start: 'node server.js' } });
    const build = `console.log('building'); setTimeout(() => {}, 1_500);`;
    const folder = await fairway.folderOf('slow', { 'package.json': manifest, 'build.js': build, 'server.js': server });
    const deploy = fairway.follow(['deploy', folder]);
    await until(
      () => (deploy.errors().includes('building') ? true : undefined),
      () => `the build runs: ${deploy.errors()}`,
    );

    assert.equal((await fairway.fairway(['down'])).code, 0);
    await deploy.stop();
    const flags = Object.entries(fairway.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
    await fairway.json(['up', ...flags]);

    await answers(urls.steady.replace('steady', 'slow'));
    const builds = await fairway.api<{ items: { metadata: { name: string } }[] }>(
      '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/builds',
    );
    assert.equal(builds.items.filter(({ metadata }) => metadata.name.startsWith('slow-')).length, 1);
  });

  test('a build whose builder is killed has failed and says so; it is not run twice, and the next one is as good as any', async () => {
    const manifest = JSON.stringify({ name: 'broken', version: '1.0.0', scripts: { build: 'node build.js', start: 'node server.js' } });
    const build = `console.log('building'); setTimeout(() => {}, 60_000);`;
    const folder = await fairway.folderOf('broken', { 'package.json': manifest, 'build.js': build, 'server.js': server });
    const deploy = fairway.follow(['deploy', folder]);
    await until(
      () => (deploy.errors().includes('building') ? true : undefined),
      () => `the build runs: ${deploy.errors()}`,
    );

    for (const pid of fairway.processes()) if (/ \S*builder\.mjs/.test(commandLineOf(pid))) process.kill(pid, 'SIGKILL');

    const code = await until(
      () => deploy.child.exitCode ?? undefined,
      () => `deploy ends: ${deploy.errors()}`,
    );
    assert.notEqual(code, 0);
    assert.match(deploy.errors(), /exit code 137/);
    assert.deepEqual(
      fairway
        .processes()
        .map(commandLineOf)
        .filter((line) => line.includes('build.js')),
      [],
      'its commands end with it',
    );
    await writeFile(join(folder, 'build.js'), `console.log('built')`);
    await fairway.json(['deploy', folder]);
    await answers(urls.steady.replace('steady', 'broken'));
    const jobs = await fairway.api<{ items: { metadata: { name: string }; status?: { failed?: number; succeeded?: number } }[] }>(
      '/k8s/clusters/local/apis/batch/v1/jobs',
    );
    const ended = jobs.items.filter(({ metadata }) => metadata.name.startsWith('broken-')).map(({ status }) => status);
    assert.deepEqual(ended.map((one) => [one?.failed ?? 0, one?.succeeded ?? 0]).toSorted(), [
      [0, 1],
      [1, 0],
    ]);
  });
});
