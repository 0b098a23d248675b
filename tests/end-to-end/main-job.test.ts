import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout, type Installation, startInstallation, until } from './installation.ts';

interface Deployed {
  component: string;
  commit: string;
  environment: string;
  release: string;
  urls: string[];
}
interface ReleaseRow {
  release: string;
  number: number;
  commit: string;
  image: string;
  runsIn: string[];
  deployments: { environment: string; rollbackOf?: string }[];
}
interface StatusRow {
  component: string;
  environment: string;
  release: string;
  ready: boolean;
  url: string;
  image: string;
}
interface Answer {
  greeting: string;
  secret: string;
  version: string;
  pid: number;
}

const server = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const { GREETING: greeting = 'Hello', API_SECRET: secret = 'none', PORT, HOST } = process.env;
createServer((request, response) => {
  console.log('asked for ' + request.url);
  response.end(JSON.stringify({ greeting, secret, version, pid: process.pid }));
}).listen(Number(PORT ?? 8080), HOST);
process.once('SIGTERM', () => process.exit(0));
`;
const packageOf = (version: string): string =>
  JSON.stringify({ name: 'shop', version, type: 'module', scripts: { start: 'node server.js' } });

// The steps of one story: each begins where the one before ended.
describe('the main job', () => {
  let fairway: Installation;
  let folder = '';
  let url = '';
  const answerOf = async (at = url): Promise<Answer> => {
    const { status, body } = await fairway.ask(at);
    assert.equal(status, 200, body);
    return JSON.parse(body) as Answer;
  };
  const releases = async (): Promise<ReleaseRow[]> => (await fairway.json<{ items: ReleaseRow[] }>(['releases', 'shop'])).items;
  const builds = async (): Promise<number> =>
    (await fairway.api<{ items: unknown[] }>('/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/builds')).items.length;
  const rowOf = async (environment: string): Promise<StatusRow | undefined> =>
    (await fairway.json<{ components: StatusRow[] }>(['status', 'shop'])).components.find((row) => row.environment === environment);
  const imageIn = async (environment: string): Promise<string | undefined> => (await rowOf(environment))?.image;

  before(async () => {
    fairway = await startInstallation();
    folder = await fairway.folderOf('shop', { 'package.json': packageOf('1.0.0'), 'server.js': server });
  });

  after(() => fairway.end());

  test('an example in a fresh folder without Git becomes a URL that answers', async () => {
    const example = await fairway.copyOf(join(checkout, 'examples', 'node-hello'));

    const deployed = await fairway.json<Deployed>(['deploy', example]);

    assert.equal(deployed.environment, 'development');
    assert.equal(deployed.urls[0], `http://node-hello.development.localhost:${fairway.ports.gateway}/`);
    assert.equal((await fairway.ask(deployed.urls[0] ?? '')).status, 200);
    assert.equal(existsSync(join(example, '.git')), false, 'the folder stays without Git');
  });

  test('deploy tells the build on stderr and the URL alone on stdout', async () => {
    const { code, stdout, stderr } = await fairway.fairway(['deploy'], { cwd: folder });

    assert.equal(code, 0, stderr);
    url = stdout.trim();
    assert.equal(url, `http://shop.development.localhost:${fairway.ports.gateway}/`);
    assert.match(stderr, /^==> clone/m);
    assert.match(stderr, /^==> push/m);
    assert.deepEqual({ ...(await answerOf()), pid: 0 }, { greeting: 'Hello', secret: 'none', version: '1.0.0', pid: 0 });
    assert.equal((await fairway.ask(url.replace('shop.development', 'shop.default.development.default'))).status, 200, 'the long name');
  });

  test('an unchanged folder is deployed again without a build', async (t) => {
    const before = await builds();

    const { code, stdout, tookMs } = await fairway.fairway(['deploy'], { cwd: folder });

    assert.deepEqual([code, stdout.trim()], [0, url]);
    assert.equal(await builds(), before);
    t.diagnostic(`the URL was printed after ${Math.round(tookMs)} ms`);
  });

  test('an edited folder becomes a new release', async () => {
    await writeFile(join(folder, 'package.json'), packageOf('1.1.0'));

    const deployed = await fairway.json<Deployed>(['deploy'], { cwd: folder });

    assert.equal((await answerOf()).version, '1.1.0');
    const [newest, older] = await releases();
    assert.equal(newest?.release, deployed.release);
    assert.equal(newest?.commit, deployed.commit);
    assert.deepEqual(newest?.runsIn, ['development']);
    assert.deepEqual(older?.runsIn, []);
    assert.notEqual(newest?.image, older?.image);
  });

  test('a push by a plain Git client deploys, and its progress comes as remote lines', async () => {
    const git = (...args: string[]) =>
      fairway.run('git', ['-c', 'user.name=Tester', '-c', 'user.email=t@example.invalid', ...args], { cwd: folder });
    await rm(join(folder, '.fairway'), { recursive: true });
    await writeFile(join(folder, 'package.json'), packageOf('1.2.0'));
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '.'],
      ['commit', '-q', '-m', 'Sell things'],
    ]) {
      const done = await git(...args);
      assert.equal(done.code, 0, done.stderr);
    }
    const remote = `http://admin:${fairway.token}@127.0.0.1:${fairway.ports.plain}/git/default/default/shop.git`;

    const { code, stderr } = await git('push', remote, 'main');

    assert.equal(code, 0, stderr);
    assert.match(stderr, /^remote: ==> clone/m);
    assert.match(stderr, /^remote: .*http:\/\/shop\.development\.localhost/m);
    assert.equal((await answerOf()).version, '1.2.0');
  });

  test('configuration and secrets reach the running process', async () => {
    await fairway.json(['config', 'set', 'shop', 'GREETING=Welcome', '-e', 'development']);
    await fairway.json(['secret', 'set', 'shop', 'API_SECRET'], { stdin: 'API_SECRET=first\n' });

    await until(
      async () => ((({ greeting, secret }) => greeting === 'Welcome' && secret === 'first')(await answerOf()) ? true : undefined),
      'greeting and secret in the answer',
    );
    const listed = await fairway.json<{ items: unknown[] }>(['config', 'list', 'shop']);
    assert.deepEqual(listed.items, [{ key: 'GREETING', environment: 'development', value: 'Welcome' }]);
  });

  test('promote runs the very same image with the configuration of the other environment', async () => {
    await fairway.json(['config', 'set', 'shop', 'GREETING=Staged', '-e', 'staging']);
    const before = await builds();

    const promoted = await fairway.json<Deployed>(['promote', 'shop', '--to', 'staging']);

    assert.equal(promoted.environment, 'staging');
    const answer = await answerOf(promoted.urls[0] ?? '');
    assert.deepEqual([answer.version, answer.greeting, answer.secret], ['1.2.0', 'Staged', 'first']);
    const image = await imageIn('staging');
    assert.match(image ?? '', /@sha256:[0-9a-f]{64}$/);
    assert.equal(image, await imageIn('development'));
    assert.equal((await answerOf()).greeting, 'Welcome', 'development keeps its own');
    assert.equal(await builds(), before);
  });

  test('rollback brings the older release back with its configuration and secrets, and builds nothing', async (t) => {
    const older = await releases().then((rows) => rows.find(({ runsIn }) => runsIn.includes('development')));
    await writeFile(join(folder, 'package.json'), packageOf('2.0.0'));
    const deployed = await fairway.json<Deployed>(['deploy', '--name', 'shop'], { cwd: folder });
    assert.equal((await answerOf()).version, '2.0.0');
    await fairway.json(['config', 'set', 'shop', 'GREETING=Newer', '-e', 'development']);
    await fairway.json(['secret', 'set', 'shop', 'API_SECRET'], { stdin: 'API_SECRET=second\n' });
    await until(async () => ((await answerOf()).secret === 'second' ? true : undefined), 'the second secret');
    // The new instance answers a moment before the rollout is over, and only a deployment that got healthy is a way back.
    await until(async () => ((await rowOf('development'))?.ready === true ? true : undefined), 'the rollout is over');
    const before = await builds();

    const startedAt = performance.now();
    const rolledBack = await fairway.json<{ release: string }>(['rollback', 'shop', '-e', 'development', '--to', older?.release ?? '']);
    const answer = await answerOf();
    const tookMs = performance.now() - startedAt;

    assert.equal(answer.version, '1.2.0');
    assert.deepEqual([answer.greeting, answer.secret], ['Welcome', 'first']);
    assert.equal(rolledBack.release, older?.release);
    assert.notEqual(rolledBack.release, deployed.release);
    assert.equal(await builds(), before);
    // How long it may take is measured by bench/: on a busy machine a limit here would tell about the machine.
    t.diagnostic(`the older release answered after ${Math.round(tookMs)} ms`);
  });

  test('rollback without a target takes the deployment before the present one', async () => {
    await fairway.json(['rollback', 'shop', '-e', 'development']);

    assert.equal((await answerOf()).version, '2.0.0');
    assert.equal((await answerOf()).secret, 'second');
  });

  test('logs print the lines of the application, and go on with -f', async () => {
    await fairway.ask(`${url}once`);
    const printed = await fairway.fairway(['logs', 'shop', '-e', 'development']);
    assert.equal(printed.code, 0, printed.stderr);
    await until(async () => (/^asked for \/once$/m.test((await fairway.fairway(['logs', 'shop'])).stdout) ? true : undefined), 'the line');

    const following = fairway.follow(['logs', '-f', 'shop', '-o', 'json']);
    await following.until(/"line":"asked for \/once"/);
    await fairway.ask(`${url}twice`);
    await following.until(/"line":"asked for \/twice"/);
    assert.equal(await following.stop('SIGINT'), 130);
  });

  test('what runs is the same after down and up', async () => {
    const { stopped } = await fairway.json<{ stopped: string[] }>(['down']);
    assert.deepEqual(stopped.toSorted(), ['control-plane', 'gateway', 'local-cluster', 'supervisor']);
    assert.deepEqual(fairway.processes(), [], 'the applications end too');

    const flags = Object.entries(fairway.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
    await fairway.json(['up', ...flags]);

    await until(async () => ((await fairway.ask(url)).status === 200 ? true : undefined), 'the application answers again');
    assert.equal((await answerOf()).version, '2.0.0');
  });

  const commands: { args: string[]; code: number; because: string; env?: Record<string, string>; stdin?: string }[] = [
    { args: ['status'], code: 0, because: 'everything is there' },
    { args: ['status', 'nobody'], code: 5, because: 'no component has this name' },
    { args: ['releases', 'shop'], code: 0, because: 'everything is there' },
    { args: ['releases', 'nobody'], code: 5, because: 'no component has this name' },
    { args: ['open', 'shop'], code: 0, because: 'it has an address' },
    { args: ['open', 'shop', '-e', 'production'], code: 5, because: 'it does not run there' },
    { args: ['logs', 'shop', '-e', 'production'], code: 5, because: 'it does not run there' },
    { args: ['logs', 'nobody'], code: 5, because: 'no component has this name' },
    { args: ['promote', 'shop'], code: 2, because: 'no target is given' },
    { args: ['promote', 'nobody', '--to', 'staging'], code: 5, because: 'no component has this name' },
    { args: ['promote', 'shop', '--to', 'nowhere'], code: 5, because: 'no path leads there' },
    { args: ['rollback', 'shop'], code: 2, because: 'no environment is given' },
    { args: ['rollback', 'nobody', '-e', 'development'], code: 5, because: 'no component has this name' },
    { args: ['config', 'list', 'shop'], code: 0, because: 'everything is there' },
    { args: ['config', 'set', 'shop', 'NOVALUE', '-e', 'development'], code: 2, because: 'an assignment has an equals sign' },
    { args: ['config', 'set', 'nobody', 'A=1', '-e', 'development'], code: 5, because: 'no component has this name' },
    { args: ['config', 'list', 'nobody'], code: 5, because: 'no component has this name' },
    { args: ['secret', 'set', 'nobody', 'A'], code: 5, because: 'no component has this name', stdin: 'A=1\n' },
    { args: ['secret', 'set', 'shop', 'ABSENT'], code: 2, because: 'no value came by standard input' },
    { args: ['doctor'], code: 0, because: 'notes are no problems' },
    { args: ['token'], code: 0, because: 'the token is in the state folder' },
    { args: ['version'], code: 0, because: 'it needs nothing' },
    { args: ['kubeconfig'], code: 0, because: 'the installation is here' },
    { args: ['kubeconfig', '-c', 'local'], code: 0, because: 'the installation is here' },
    { args: ['deploy', '/nonexistent'], code: 5, because: 'there is no such folder' },
    { args: ['frobnicate'], code: 2, because: 'there is no such command' },
    { args: ['status', '--frobnicate'], code: 2, because: 'there is no such flag' },
    { args: ['status'], code: 4, because: 'the token is wrong', env: { FAIRWAY_TOKEN: 'fwy_wrong' } },
    { args: ['status'], code: 10, because: 'nobody listens there', env: { FAIRWAY_HOST: '127.0.0.1:1', FAIRWAY_TOKEN: 'fwy_wrong' } },
    { args: ['status'], code: 10, because: 'there is no installation', env: { FAIRWAY_HOME: '/nonexistent' } },
  ];
  for (const { args, code, because, env = {}, stdin = '' } of commands)
    test(`fairway ${args.join(' ')} ends with ${code} because ${because}`, async () => {
      const result = await fairway.fairway([...args, '-o', 'json'], { env, stdin });

      assert.equal(result.code, code, result.stderr + result.stdout);
      if (code === 0) assert.equal(typeof JSON.parse(result.stdout), 'object');
      else assert.equal(result.stdout, '', 'data alone goes to stdout');
      if (code !== 0 && !args.some((arg) => arg.includes('frobnicate')))
        assert.equal((JSON.parse(result.stderr) as { error: { exitCode: number } }).error.exitCode, code);
    });

  test('the token that the CLI prints is the one in the file of mode 0600', async () => {
    const { token } = await fairway.json<{ token: string }>(['token']);

    assert.equal(token, (await readFile(join(fairway.home, 'admin.token'), 'utf8')).trim());
  });
});
