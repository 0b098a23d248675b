import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runBuild } from './run-build.ts';
import { openWorkbench, type Workbench } from './testing/workbench.ts';

interface Case {
  name: string;
  because: string;
  files: Record<string, string>;
  env?: Record<string, string>;
  phase: string;
  line: RegExp;
  message: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'nothing',
    because: 'nothing in the folder says what it is',
    files: { 'notes.txt': 'hello' },
    phase: 'detect',
    line: /notes\.txt/,
    message: /Looked for: package\.json.*Found: notes\.txt\./,
  },
  {
    name: 'dockerfile',
    because: 'there is no container engine',
    files: { Dockerfile: 'FROM scratch' },
    phase: 'detect',
    line: /Dockerfile/,
    message: /no container engine.*Procfile/,
  },
  {
    name: 'build-fails',
    because: 'the line of the compiler comes first, not the noise of npm',
    files: {
      'package.json': JSON.stringify({ scripts: { build: 'node build.js', start: 'node server.js' } }),
      'build.js': "console.log('compiling');\nconsole.error('src/app.ts(3,4): error TS2304: Cannot find name');\nprocess.exit(2);\n",
      'server.js': '',
    },
    phase: 'build',
    line: /^src\/app\.ts\(3,4\): error TS2304/,
    message: /`npm run --silent build` ended with exit code 2/,
  },
  {
    name: 'install-fails',
    because: 'the lock file lacks what package.json asks for',
    files: {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { ms: '2.1.3' }, scripts: { start: 'node server.js' } }),
      'package-lock.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: { '': { name: 'x', version: '1.0.0' } },
      }),
      'server.js': '',
    },
    phase: 'install',
    line: /ms@2\.1\.3|npm ci/,
    message: /`npm ci/,
  },
  {
    name: 'bad-json',
    because: 'package.json is no JSON',
    files: { 'package.json': '{"scripts": {' },
    phase: 'detect',
    line: /^package\.json: /,
    message: /not JSON/,
  },
  {
    name: 'bad-settings',
    because: 'all faults of fairway.yaml are told at once',
    files: { 'fairway.yaml': 'port: 99999\nschedule: soon\nfoo: 1\n', 'server.js': '' },
    phase: 'detect',
    line: /^fairway\.yaml: /,
    message: /port must be.*schedule must be.*foo is not known/,
  },
  {
    name: 'bad-workload',
    because: 'a schema file may not lie outside of the application',
    files: {
      'server.js': '',
      'workload.yaml':
        'metadata: {name: x}\nendpoints:\n  - {name: a, port: 1, type: REST, schemaFile: ../../etc/passwd}\n  - {name: b, port: 0, type: SOAP}\n',
    },
    phase: 'detect',
    line: /^workload\.yaml: endpoints\[0\]/,
    message: /leaves the application.*endpoints\[1\]\.port.*endpoints\[1\]\.type/,
  },
  {
    name: 'no-folder',
    because: "the component's path is not in the commit",
    files: { 'server.js': '' },
    env: { FAIRWAY_APP_PATH: 'services/api' },
    phase: 'clone',
    line: /^undefined$/,
    message: /no folder "services\/api"/,
  },
  {
    name: 'climbing-path',
    because: 'a path never leaves the repository',
    files: { 'server.js': '' },
    env: { FAIRWAY_APP_PATH: '../../etc' },
    phase: 'clone',
    line: /^undefined$/,
    message: /leaves the repository/,
  },
  {
    name: 'absent-commit',
    because: 'the commit is not in the repository',
    files: { 'server.js': '' },
    env: { FAIRWAY_COMMIT: 'f'.repeat(40) },
    phase: 'clone',
    line: /not our ref|ffffffff/,
    message: /could not be fetched/,
  },
  {
    name: 'option-commit',
    because: 'a revision is never an option of git',
    files: { 'server.js': '' },
    env: { FAIRWAY_COMMIT: '--upload-pack=touch' },
    phase: 'clone',
    line: /^undefined$/,
    message: /neither a commit id nor/,
  },
  {
    name: 'no-site',
    because: 'the build made no index.html',
    files: { 'package.json': JSON.stringify({ scripts: { build: 'node -e 0' } }) },
    phase: 'pack',
    line: /^undefined$/,
    message: /dist\/index\.html/,
  },
];

describe('a build that cannot succeed', () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  for (const { name, because, files, env = {}, phase, line, message } of cases) {
    test(`fails in ${phase} and says why: ${because}`, async () => {
      const { outcome, log } = await bench.build(name, bench.commit(name, files), env);

      assert.ok('failure' in outcome, because);
      assert.equal(outcome.failure.phase, phase);
      assert.match(String(outcome.failure.line), line);
      assert.match(outcome.failure.message, message);
      assert.ok(log.includes(`==> failed in ${phase}`));
      assert.ok(Buffer.byteLength(JSON.stringify(outcome)) <= 4096);
      assert.deepEqual(
        [...bench.server.manifests.keys()].filter((key) => key.includes(name)),
        [],
      );
    });
  }

  const links = [
    { target: '/etc/passwd', refused: true },
    { target: '../../../../etc/passwd', refused: true },
    { target: 'here/../../../outside', refused: true },
    { target: 'server.js', refused: false },
    { target: 'absent.js', refused: false },
  ];
  for (const [index, { target, refused }] of links.entries()) {
    test(`a link to ${target} is ${refused ? 'refused' : 'packed as a link'}`, async () => {
      const name = `link-${index}`;
      bench.commit(name, { 'server.js': '', 'here/file': 'x' });
      const work = join(bench.folder, 'git', `${name}.git`);
      symlinkSync(target, join(work, 'link'));
      const commit = bench.commit(name, { 'second.txt': 'x' });

      const { outcome } = await bench.build(name, commit);

      if (refused) assert.ok('failure' in outcome && outcome.failure.phase === 'clone' && outcome.failure.line?.includes(target));
      else assert.ok('digest' in outcome, JSON.stringify(outcome));
    });
  }

  test('the token reaches neither the application nor the log nor another host', async () => {
    const name = 'curious';
    const script = 'console.log("sees", JSON.stringify(process.env)); console.log("by chance fixture-token-0123456789");';
    const commit = bench.commit(name, {
      'package.json': JSON.stringify({ scripts: { build: 'node build.js', start: 'node server.js' } }),
      'build.js': script,
      'server.js': '',
    });

    const { log } = await bench.build(name, commit);
    const foreign = await bench.build(name, commit, { FAIRWAY_URL: 'http://control-plane.invalid' });

    assert.ok(log.some((line) => line.startsWith('sees {')));
    assert.ok(!log.some((line) => line.includes('FAIRWAY_TOKEN') || line.includes(bench.server.token)));
    assert.ok(log.some((line) => line === 'by chance ***'));
    assert.ok('failure' in foreign.outcome && foreign.outcome.failure.phase === 'clone');
  });

  test('its commands carry the id of the container, by which they are found when the builder was killed', async () => {
    const commit = bench.commit('found', {
      'package.json': JSON.stringify({ scripts: { build: 'node build.js', start: 'node server.js' } }),
      'build.js': 'console.log("in", process.env.FAIRWAY_CONTAINER_ID);',
      'server.js': '',
    });

    const { log } = await bench.build('found', commit, { FAIRWAY_CONTAINER_ID: 'pod.step.0' });

    assert.ok(log.includes('in pod.step.0'), log.join('\n'));
  });

  test('a canceled build ends with all that it started', async () => {
    const name = 'endless';
    const commit = bench.commit(name, {
      'package.json': JSON.stringify({ scripts: { build: 'node build.js' } }),
      'build.js':
        "require('node:child_process').spawn('sleep', ['473'], { stdio: 'inherit' });\nconsole.log('waiting');\nsetInterval(() => undefined, 1000);\n",
    });
    const controller = new AbortController();
    const tmp = mkdtempSync(join(bench.folder, 'canceled-'));

    const outcome = await runBuild({
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: tmp,
        FAIRWAY_URL: bench.server.url,
        FAIRWAY_TOKEN: bench.server.token,
        FAIRWAY_GIT_URL: `${bench.server.url}/git/${name}.git`,
        FAIRWAY_COMMIT: commit,
        FAIRWAY_IMAGE: `default/shop/${name}`,
      },
      log: (line) => {
        if (line === 'waiting') controller.abort();
      },
      signal: controller.signal,
    });

    assert.ok('failure' in outcome && /canceled/.test(outcome.failure.message));
    assert.equal(runsAnywhere('sleep\u0000473'), false);
    assert.deepEqual(readdirSync(tmp), []);
  });

  test('a lost connection to Git or to the registry is tried again', async () => {
    const commit = bench.commit('flaky', { 'server.js': '' });
    bench.server.dropped.count = 3;
    bench.server.droppedFetches.count = 2;

    const { outcome } = await bench.build('flaky', commit);

    assert.ok('digest' in outcome, JSON.stringify(outcome));
    assert.equal(bench.server.dropped.count, 0);
    assert.equal(bench.server.droppedFetches.count, 0);
  });
});

function runsAnywhere(commandLine: string): boolean {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-axo', 'command'], { encoding: 'utf8' }).includes(commandLine.replaceAll('\0', ' '));
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(commandLine);
    } catch {
      return false;
    }
  });
}
