import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Installation, startInstallation, until } from './installation.ts';

interface Listed {
  items: {
    metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
    spec?: unknown;
    status?: unknown;
  }[];
}
interface Binding {
  spec: { componentRelease?: string };
  status?: { image?: string; conditions?: { type: string; status: string }[] };
}

// Slow enough to be met in the middle of each step: the build waits for a file, the start for a while.
const files = (version: string): Record<string, string> => ({
  'package.json': JSON.stringify({ name: 'shop', version, scripts: { build: 'node build.js', start: 'node server.js' } }),
  'build.js': `console.log('building ${version}'); setTimeout(() => console.log('built'), 1_200);`,
  'server.js': `
const { createServer } = require('node:http');
const server = createServer((request, response) => response.end('${version}'));
setTimeout(() => server.listen(Number(process.env.PORT), process.env.HOST), 700);
process.once('SIGTERM', () => server.close(() => process.exit(0)));
`,
});

/** Where an installation keeps the Git repository of a component. */
async function bareRepository(home: string, component: string): Promise<string> {
  for await (const folder of glob(join(home, 'control-plane', '**', '*.git'))) if (folder.includes(component)) return folder;
  return assert.fail(`no repository of ${component}`);
}

describe('a control plane that is killed', () => {
  let fairway: Installation;
  let folder = '';
  let url = '';
  const failures: string[] = [];
  let answered = 0;
  const stop = new AbortController();
  let asking: Promise<void> = Promise.resolve();

  const write = async (version: string): Promise<void> => {
    for (const [name, text] of Object.entries(files(version))) await writeFile(join(folder, name), text);
  };
  /** The control plane is away for a moment after a kill. */
  const look = async <T>(path: string): Promise<T | undefined> => fairway.api<T>(path).catch(() => undefined);
  const items = async (path: string): Promise<Listed['items'] | undefined> => (await look<Listed>(path))?.items;
  const control = (plural: string): string => {
    const group = ['pipelineruns', 'componentreleases', 'deploymentrecords'].includes(plural)
      ? 'fairway.dev/v1'
      : 'openchoreo.dev/v1alpha1';
    return `/k8s/control/apis/${group}/namespaces/default/${plural}`;
  };
  const jobs = '/k8s/clusters/local/apis/batch/v1/jobs';
  const pods = '/k8s/clusters/local/api/v1/pods';
  const programs = (): { name: string; process?: { pid: number } }[] =>
    (
      JSON.parse(readFileSync(join(fairway.home, 'run', 'status.json'), 'utf8')) as {
        programs: { name: string; process?: { pid: number } }[];
      }
    ).programs;
  const kill = async (): Promise<void> => {
    const pid = programs().find(({ name }) => name === 'control-plane')?.process?.pid;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await until(
      async () =>
        (await look('/k8s/control/version')) !== undefined && programs().some((p) => p.name === 'control-plane' && p.process?.pid !== pid)
          ? true
          : undefined,
      'the control plane is started again',
    );
  };
  const counts = async (): Promise<Record<string, number>> =>
    until(async () => {
      const lists = [control('builds'), control('pipelineruns'), control('componentreleases'), control('deploymentrecords'), jobs];
      const found = await Promise.all(lists.map(items));
      const [builds, runs, releases, records, jobsFound] = found.map((list) => list?.length);
      if (builds === undefined || runs === undefined || releases === undefined || records === undefined || jobsFound === undefined)
        return undefined;
      return { builds, runs, releases, records, jobs: jobsFound };
    }, 'the counts');
  const binding = async (environment: string): Promise<Binding | undefined> =>
    (await items(control('webapplicationbindings')))?.find(
      ({ metadata }) => metadata.labels?.['openchoreo.dev/environment'] === environment,
    ) as Binding | undefined;
  const isReady = async (environment: string, release: string): Promise<true | undefined> => {
    const found = await binding(environment);
    const ready = found?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    return found?.spec.componentRelease === release && ready === 'True' ? true : undefined;
  };
  const applicationPods = async (): Promise<Listed['items'] | undefined> =>
    (await items(pods))?.filter(({ metadata }) => metadata.name.startsWith('shop-webapp-'));
  /** Each Job ran one pod, and each pod is of a Job that is there. */
  const assertOnePodAJob = async (): Promise<void> => {
    const found = ((await items(pods)) ?? []).flatMap(({ metadata }) => metadata.labels?.['job-name'] ?? []);
    assert.deepEqual(found.toSorted(), ((await items(jobs)) ?? []).map(({ metadata }) => metadata.name).toSorted());
  };

  before(async () => {
    fairway = await startInstallation();
    folder = await fairway.folderOf('shop', files('one'));
    url = (await fairway.json<{ urls: string[] }>(['deploy', folder])).urls[0] ?? '';
    asking = (async () => {
      while (!stop.signal.aborted) {
        await fairway.ask(url).then(
          ({ status, body }) => {
            answered += 1;
            if (status !== 200) failures.push(`${status} ${body}`);
          },
          (error: unknown) => failures.push(String(error)),
        );
        await delay(10);
      }
    })();
  });
  after(async () => {
    stop.abort();
    await asking;
    await fairway.end();
  });

  test('goes on with a build that ran meanwhile, and runs it once', async () => {
    const was = await counts();
    await write('two');
    const deploy = fairway.follow(['deploy', folder]);
    await until(
      () => (deploy.errors().includes('building two') ? true : undefined),
      () => `the build runs: ${deploy.errors()}`,
    );

    await kill();

    await until(async () => ((await fairway.ask(url)).body === 'two' ? true : undefined), 'the new version answers', 30_000);
    await until(() => isReady('development', 'shop-v2'), 'the binding is ready');
    const { builds = 0, runs = 0, releases = 0, records = 0, jobs: jobsBefore = 0 } = was;
    assert.deepEqual(await counts(), {
      builds: builds + 1,
      runs: runs + 1,
      releases: releases + 1,
      records: records + 1,
      jobs: jobsBefore + 1,
    });
    await assertOnePodAJob();
    const code = await until(
      () => deploy.child.exitCode ?? undefined,
      () => `deploy ends: ${deploy.errors()}`,
    );
    assert.equal(code, 0, `deploy waits for the control plane to come back: ${deploy.errors()}`);
  });

  test('goes on with a rollout that was under way, and starts no process twice', async () => {
    await until(async () => ((await applicationPods())?.length === 1 ? true : undefined), 'the instance of the test before is gone');
    const was = await counts();
    await write('three');
    const deploy = fairway.follow(['deploy', folder]);
    await until(
      async () => (((await applicationPods())?.length ?? 0) > 1 ? true : undefined),
      () => `the new instance is started: ${deploy.errors()}`,
      30_000,
    );

    await kill();

    await until(async () => ((await fairway.ask(url)).body === 'three' ? true : undefined), 'the new version answers', 30_000);
    await until(() => isReady('development', 'shop-v3'), 'the binding is ready');
    await until(async () => ((await applicationPods())?.length === 1 ? true : undefined), 'the old instance is gone');
    const now = await counts();
    for (const what of ['builds', 'runs', 'releases', 'records', 'jobs'] as const) assert.equal(now[what], (was[what] ?? 0) + 1, what);
    await deploy.stop();
  });

  test('goes on with a promotion that was under way, with the very same image', async () => {
    const was = await counts();
    const promote = fairway.follow(['promote', 'shop', '--to', 'staging']);
    await until(
      () => binding('staging'),
      () => `the binding of staging is there: ${promote.errors()}`,
    );

    await kill();

    await until(() => isReady('staging', 'shop-v3'), 'staging is ready', 30_000);
    const staging = await binding('staging');
    assert.equal(staging?.status?.image, (await binding('development'))?.status?.image);
    const now = await counts();
    assert.deepEqual(now, { ...was, records: (was.records ?? 0) + 1 });
    assert.equal((await fairway.ask(url.replace('.development.', '.staging.'))).body, 'three');
    await promote.stop();
  });

  test('loses no push that was acknowledged, though nobody saw it', async () => {
    const was = await counts();
    await write('four');
    const git = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await fairway.run('git', args, { cwd: folder });
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '-q', '-m', 'Four');
    const bare = await bareRepository(fairway.home, 'shop');
    // Past the hook: what a kill between the update of the ref and the hook leaves behind.
    await git('push', '-q', '--force', '--receive-pack=git -c core.hooksPath=/dev/null receive-pack', bare, 'HEAD:refs/heads/main');
    const commit = await git('rev-parse', 'HEAD');

    await kill();

    await until(async () => ((await fairway.ask(url)).body === 'four' ? true : undefined), 'the pushed version answers', 40_000);
    const now = await counts();
    for (const what of ['builds', 'runs', 'releases', 'records', 'jobs'] as const) assert.equal(now[what], (was[what] ?? 0) + 1, what);
    assert.ok(JSON.stringify(await items(control('builds'))).includes(commit));
  });

  test('was not missed by anybody who used the application', async () => {
    stop.abort();
    await asking;
    assert.deepEqual(failures, []);
    assert.ok(answered > 200, `${answered} answers`);
    assert.match(await readFile(join(fairway.home, 'run', 'status.json'), 'utf8'), /"signal 9|SIGKILL/);
  });
});
