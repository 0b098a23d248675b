import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isProblem } from '@fairway/resources/model';
import { readSettings, type Settings } from './settings.ts';

const home = mkdtempSync(join(tmpdir(), 'fairway-settings-'));
after(() => rmSync(home, { recursive: true, force: true }));
const file = join(home, 'settings.yaml');
const read = (given: { argv?: string[]; env?: Record<string, string>; yaml?: string }): Promise<Settings> => {
  writeFileSync(file, given.yaml ?? '');
  return readSettings(given.argv ?? [], { FAIRWAY_HOME: home, ...given.env });
};

test('everything but the state folder has a default', async () => {
  assert.deepEqual(await read({}), {
    home,
    host: '127.0.0.1',
    port: 7070,
    tlsPort: 7443,
    gatewayPort: 7080,
    advertisedUrl: 'http://127.0.0.1:7070',
    registryHost: 'registry.fairway.localhost',
    maxPushBytes: 1024 ** 3,
    maxDatabasePages: undefined,
    keepBuilds: 20,
    keepReleases: 20,
    keepDeployments: 20,
    keepSecretVersions: 20,
    imageGraceHours: 24,
    buildCacheBytes: 2 * 1024 ** 3,
    logLevel: 'info',
  });
});

const sources: { because: string; given: Parameters<typeof read>[0]; expect: Partial<Settings> }[] = [
  { because: 'the file is read', given: { yaml: 'port: 1\nlogLevel: warn\n' }, expect: { port: 1, logLevel: 'warn' } },
  { because: 'a variable wins over the file', given: { yaml: 'port: 1\n', env: { FAIRWAY_PORT: '2' } }, expect: { port: 2 } },
  {
    because: 'a flag wins over both',
    given: { yaml: 'port: 1\n', env: { FAIRWAY_PORT: '2' }, argv: ['--port', '3'] },
    expect: { port: 3, advertisedUrl: 'http://127.0.0.1:3' },
  },
  { because: 'an empty variable is none', given: { env: { FAIRWAY_PORT: '' } }, expect: { port: 7070 } },
  { because: 'a limit may be set', given: { env: { FAIRWAY_MAX_DATABASE_PAGES: '100' } }, expect: { maxDatabasePages: 100 } },
  {
    because: 'an address of its own is kept',
    given: { argv: ['--advertised-url', 'https://fairway.example'] },
    expect: { advertisedUrl: 'https://fairway.example' },
  },
  { because: 'an empty file sets nothing', given: { yaml: '# nothing yet\n' }, expect: { port: 7070 } },
];
for (const { because, given, expect } of sources)
  test(because, async () => {
    const settings: Partial<Settings> = await read(given);
    for (const [name, value] of Object.entries(expect)) assert.equal(settings[name as keyof Settings], value, name);
  });

test('all that is wrong is told at once, each with the place that it came from', async () => {
  const wrong = {
    argv: ['--port', '70000'],
    env: { FAIRWAY_MAX_PUSH_BYTES: '-1', FAIRWAY_KEEP_RELEASES: '301' },
    yaml: 'tlsPort: x\nlogLevel: loud\nadvertisedUrl: ftp://x/y\ncolour: red\n',
  };
  await assert.rejects(read(wrong), (error) => {
    assert.ok(isProblem(error, 'invalid'));
    assert.deepEqual(error.details.fields?.map(({ field }) => field).sort(), [
      '--port',
      'FAIRWAY_KEEP_RELEASES',
      'FAIRWAY_MAX_PUSH_BYTES',
      'settings.yaml: advertisedUrl',
      'settings.yaml: colour',
      'settings.yaml: logLevel',
      'settings.yaml: tlsPort',
    ]);
    return true;
  });
});

const refused: { because: string; given: Parameters<typeof read>[0]; message: RegExp }[] = [
  { because: 'a list is no table of settings', given: { yaml: '- port\n' }, message: /settings\.yaml must hold settings/ },
  { because: 'the file is no YAML', given: { yaml: 'port: [1\n' }, message: /settings\.yaml is not YAML/ },
  {
    because: 'a setting is a text or a number',
    given: { yaml: 'port:\n  number: 1\n' },
    message: /settings\.yaml: port must be a text or a number/,
  },
  { because: 'a flag is unknown', given: { argv: ['--prot', '1'] }, message: /--prot/ },
  { because: 'a flag has no value', given: { argv: ['--port'] }, message: /--port/ },
  { because: 'the state folder is empty', given: { argv: ['--home', ''] }, message: /no state folder/ },
];
for (const { because, given, message } of refused)
  test(`refuses because ${because}`, async () => {
    await assert.rejects(read(given), (error) => isProblem(error, 'invalid') && message.test(error.message));
  });

test('refuses without a state folder', async () => {
  await assert.rejects(readSettings([], {}), (error) => isProblem(error, 'invalid'));
});
