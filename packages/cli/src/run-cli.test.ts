import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { wordsOf } from './command.ts';
import { commands } from './commands.ts';
import { aboutExitCodes, exitCodes } from './exit-codes.ts';
import { runForTest, servePlatform } from './testing/run-for-test.ts';
import { topics } from './topics.ts';

const names = commands.map((command) => wordsOf(command).join(' '));
/** Arguments that each command must have. */
const argumentsOf = (usage: string): string[] =>
  usage.split(' ').flatMap((word) => (word.startsWith('<') ? [word.includes('assignments') ? 'A=b' : 'web'] : []));

test('every command has a sentence, an example that names it, and no two are the same', () => {
  assert.equal(new Set(names).size, names.length);
  for (const [at, command] of commands.entries()) {
    assert.match(command.about, /^[A-Z].*[^.]$/, names[at]);
    assert.ok(command.examples.length > 0, names[at]);
    for (const example of command.examples) assert.ok(example.includes(`fairway ${names[at]}`), example);
    for (const { flags, about } of command.flags ?? []) assert.ok(/--[a-z-]+/.test(flags) && about !== '', `${names[at]} ${flags}`);
  }
});

test('every command prints its help on stdout, by --help and by help COMMAND', async (t) => {
  for (const [at, name] of names.entries()) {
    const byFlag = await runForTest(t, [...name.split(' '), '--help']);
    const byHelp = await runForTest(t, ['help', ...name.split(' ')]);

    assert.equal(byFlag.code, exitCodes.ok, name);
    assert.equal(byFlag.stderr, '', name);
    assert.match(byFlag.stdout, new RegExp(`Usage: fairway ${name} `), name);
    assert.match(byFlag.stdout, /-o, --output/, name);
    assert.ok(byFlag.stdout.includes(commands[at]?.examples[0] ?? 'absent'), name);
    assert.deepEqual(byHelp, byFlag, name);
  }
});

test('every command refuses an unknown flag, a wrong format and too many words with code 2, as JSON when that is wanted', async (t) => {
  for (const [at, name] of names.entries()) {
    const words = [...name.split(' '), ...argumentsOf(commands[at]?.usage ?? '')];
    const unknown = await runForTest(t, [...words, '--frobnicate', '-o', 'json']);
    const format = await runForTest(t, [...words, '-o', 'xml']);

    assert.equal(unknown.code, exitCodes.usage, name);
    assert.equal(unknown.stdout, '', name);
    const { error } = JSON.parse(unknown.stderr) as { error: { message: string; hint: string; exitCode: number } };
    assert.match(error.message, /unknown option '--frobnicate'/, name);
    assert.match(error.hint, new RegExp(`fairway help ${name}`), name);
    assert.equal(error.exitCode, exitCodes.usage, name);
    assert.equal(format.code, exitCodes.usage, name);
    assert.match(format.stderr, /^error: .*xml.*\nnext: /s, name);
  }
});

test('every command that speaks to the platform says on stderr that none is there, asks nothing, and ends with code 10', async (t) => {
  const local = new Set(['up', 'down', 'doctor', 'version', 'deploy']);
  for (const [at, name] of names.entries()) {
    if (local.has(name)) continue;
    const words = [...name.split(' '), ...argumentsOf(commands[at]?.usage ?? '')];
    const extra = name === 'promote' ? ['web', '--to', 'x'] : /\[name]/.test(commands[at]?.usage ?? '') ? ['web'] : [];
    const env = /rollback|config set/.test(name) ? ['-e', 'development'] : [];
    const ran = await runForTest(t, [...words, ...extra, ...env, '-o', 'json'], { input: 'web=1\n' });

    if (name === 'secret set') continue;
    assert.equal(ran.code, exitCodes.unreachable, `${name}: ${ran.stderr}`);
    assert.equal(ran.stdout, '', name);
    assert.match((JSON.parse(ran.stderr) as { error: { message: string } }).error.message, /no installation/, name);
  }
});

test('the formats are json, yaml and names', async (t) => {
  const json = await runForTest(t, ['version', '-o', 'json']);
  const yaml = await runForTest(t, ['version', '-o', 'yaml']);
  const name = await runForTest(t, ['version', '-o', 'name']);
  const text = await runForTest(t, ['version']);

  const { version } = JSON.parse(json.stdout) as { version: string };
  assert.deepEqual(parse(yaml.stdout), JSON.parse(json.stdout));
  assert.equal(name.stdout, `${version}\n`);
  assert.equal(text.stdout, `fairway ${version}\n`);
  for (const flag of ['--version', '-V']) assert.equal((await runForTest(t, [flag])).stdout, text.stdout);
});

test('lists are {"items": […]} or rows, and names alone with -o name', async (t) => {
  const { env } = await servePlatform(t, {
    'GET /k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/components': {
      body: { items: [component('web', 'shop'), component('api', 'shop')], metadata: { resourceVersion: '1' } },
    },
  });

  const json = await runForTest(t, ['status', '-o', 'json'], { env });
  const list = await runForTest(t, ['status', '-o', 'name'], { env });
  const text = await runForTest(t, ['status'], { env });
  const absent = await runForTest(t, ['status', 'nothing'], { env });

  assert.deepEqual(
    (JSON.parse(json.stdout) as { components: { component: string }[] }).components.map((row) => row.component),
    ['web', 'api'],
  );
  assert.equal(list.stdout, 'web\napi\n');
  assert.match(text.stdout, /^COMPONENT .*\nweb .*NotDeployed/);
  assert.equal(absent.code, exitCodes.notFound);
  assert.match(absent.stderr, /there is no component nothing.*there are: web, api/s);
});

test('fairway alone, help and a noun alone print what there is; what is unknown is code 2', async (t) => {
  for (const argv of [[], ['help'], ['--help'], ['-h']]) {
    const { code, stdout, stderr } = await runForTest(t, argv);
    assert.equal(code, exitCodes.ok, argv.join(' '));
    assert.equal(stderr, '');
    for (const word of ['up', 'deploy', 'config', 'exit-codes']) assert.ok(stdout.includes(word), word);
  }
  assert.match((await runForTest(t, ['config'])).stdout, /set .*\n.*list /);
  const cases = [
    { argv: ['stauts'], says: /Did you mean status/ },
    { argv: ['config', 'frob'], says: /frob/ },
    { argv: ['help', 'frob'], says: /there is no help on "frob"/ },
    { argv: ['version', 'frob'], says: /too many arguments/ },
    { argv: ['config', 'set'], says: /missing required argument/ },
    { argv: ['deploy', '--timeout', 'soon'], says: /"soon" is no duration/ },
    { argv: ['up', '--plain-port', 'http'], says: /is not a port/ },
    { argv: ['rollback', 'web'], says: /which environment/ },
    { argv: ['logs', 'a/b/c/d'], says: /names no component/ },
    { argv: ['config', 'set', 'web', '=x', '-e', 'a'], says: /KEY=VALUE/ },
  ];
  for (const { argv, says } of cases) {
    const { code, stdout, stderr } = await runForTest(t, argv);
    assert.equal(code, exitCodes.usage, `${argv.join(' ')}: ${stderr}`);
    assert.match(stderr, says, argv.join(' '));
    assert.equal(stdout, '', argv.join(' '));
  }
});

test('topics are pages, and that of the exit codes is whole', async (t) => {
  for (const { name, about } of topics) {
    const { code, stdout } = await runForTest(t, ['help', name]);
    assert.equal(code, exitCodes.ok);
    assert.ok(stdout.startsWith(about));
  }
  const { stdout } = await runForTest(t, ['help', 'exit-codes']);
  for (const name of Object.keys(exitCodes) as (keyof typeof exitCodes)[])
    assert.match(stdout, new RegExp(`^ +${exitCodes[name]} +${aboutExitCodes[name]}$`, 'm'));
});

test('what the platform refuses becomes an exit code, with its own words and the request’s id', async (t) => {
  const cases = [
    [400, exitCodes.usage],
    [401, exitCodes.unauthenticated],
    [403, exitCodes.forbidden],
    [404, exitCodes.notFound],
    [409, exitCodes.conflict],
    [412, exitCodes.conflict],
    [422, exitCodes.usage],
    [418, exitCodes.failed],
  ] as const;
  for (const [status, exitCode] of cases) {
    const { env } = await servePlatform(t, {
      'GET /k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/components/web': { body: component('web', 'shop') },
      'POST /api/v1/orgs/default/projects/shop/components/web/rollback': {
        status,
        body: { success: false, error: 'because \u001b[31m of this', code: 'SOME_CODE' },
      },
    });
    const text = await runForTest(t, ['rollback', 'shop/web', '-e', 'staging'], { env });
    const json = await runForTest(t, ['rollback', 'shop/web', '-e', 'staging', '-o', 'json'], { env });

    assert.equal(text.code, exitCode, String(status));
    assert.match(text.stderr, /^error: because \?\[31m of this \(request req-1\)$/m);
    const message = 'because \u001b[31m of this';
    assert.deepEqual(JSON.parse(json.stderr), { error: { message, exitCode, code: 'SOME_CODE', requestId: 'req-1' } });
  }
});

test('an interrupt ends with 130 and says that the work goes on; a wait that takes too long with 8', async (t) => {
  const { env } = await servePlatform(t, {
    'GET /k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/components/web': { body: component('web', 'shop') },
    'POST /api/v1/orgs/default/projects/shop/components/web/rollback': {
      body: { success: true, data: { componentRelease: 'web-v1', deploymentRecord: 'r1' } },
    },
  });
  const rollback = ['rollback', 'shop/web', '-e', 'staging'];

  const interrupted = await runForTest(t, rollback, { env, signal: AbortSignal.timeout(100) });
  const late = await runForTest(t, [...rollback, '--timeout', '100ms'], { env });
  const left = await runForTest(t, [...rollback, '--no-wait', '-o', 'json'], { env });

  assert.equal(interrupted.code, exitCodes.interrupted);
  assert.match(interrupted.stderr, /goes on/);
  assert.equal(late.code, exitCodes.timeout);
  assert.match(late.stderr, /it took longer than 100ms; the work goes on/);
  assert.equal(left.code, exitCodes.ok);
  assert.equal((JSON.parse(left.stdout) as { release: string }).release, 'web-v1');
});

test('a platform that does not answer is told with what starts it', async (t) => {
  const ran = await runForTest(t, ['status'], { env: { FAIRWAY_HOST: 'http://127.0.0.1:1', FAIRWAY_TOKEN: 'a-token' } });

  assert.equal(ran.code, exitCodes.unreachable);
  assert.match(ran.stderr, /cannot be reached.*\nnext: fairway up/);
});

test('secrets come from standard input, and a damaged line is not repeated', async (t) => {
  const { env, calls } = await servePlatform(t, {
    'GET /k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/components/web': { body: component('web', 'shop') },
    'GET /k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/environments/staging': { body: { metadata: { name: 'staging' } } },
    'PATCH /k8s/control/apis/fairway.dev/v1/namespaces/default/secrets/web.staging.key': { body: {} },
  });

  const set = await runForTest(t, ['secret', 'set', 'shop/web', 'KEY', '-e', 'staging'], { env, input: 'KEY=a=b\nOTHER=x\n' });
  const missing = await runForTest(t, ['secret', 'set', 'shop/web', 'KEY'], { env, input: '' });
  const damaged = await runForTest(t, ['secret', 'set', 'shop/web', 'KEY'], { env, input: 'hunter2\n' });

  assert.equal(set.code, exitCodes.ok, set.stderr);
  const sent = JSON.parse(calls.find(({ method }) => method === 'PATCH')?.body ?? '{}') as { spec: { stringData: unknown } };
  assert.deepEqual(sent.spec.stringData, { KEY: 'a=b' });
  assert.doesNotMatch(set.stdout + set.stderr, /a=b/);
  assert.equal(missing.code, exitCodes.usage);
  assert.equal(damaged.code, exitCodes.usage);
  assert.doesNotMatch(damaged.stderr, /hunter2/);
  assert.match(damaged.stderr, /^next: pipe one KEY=VALUE a line/m);
});

function component(name: string, projectName: string) {
  return {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Component',
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1' },
    spec: { owner: { projectName }, type: 'WebApplication' },
  };
}
