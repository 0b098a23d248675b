import assert from 'node:assert/strict';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandResult, type Installation, startInstallation, until } from './installation.ts';

interface Row {
  component: string;
  environment: string;
  release: string;
  ready: boolean;
  why?: string;
}

const manifest = (scripts: Record<string, string>): string => JSON.stringify({ name: 'shop', version: '1.0.0', scripts });
const good = `require('node:http').createServer((request, response) => response.end('good')).listen(process.env.PORT, process.env.HOST);`;

// What goes wrong with an application: the answer says what, why and what next, and what ran before keeps running.
describe('applications with faults', () => {
  let fairway: Installation;
  let folder = '';
  let url = '';

  const release = async (): Promise<string> => {
    const { items } = await fairway.json<{ items: { release: string }[] }>(['releases', 'shop']);
    return items[0]?.release ?? '';
  };
  const why = async (): Promise<string> => {
    const { code, stdout } = await fairway.fairway(['status', 'shop', '-o', 'json']);
    const { components = [] } = JSON.parse(stdout) as { components?: Row[] };
    return code === 0 || components.length > 0 ? JSON.stringify(components) : stdout;
  };
  const deploy = async (files: Record<string, string>, ...flags: string[]): Promise<CommandResult> => {
    for (const name of await readdir(folder)) if (name !== '.fairway') await rm(join(folder, name), { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return fairway.fairway(['deploy', ...flags], { cwd: folder });
  };
  const stillServes = async (): Promise<void> => {
    const { status, body } = await fairway.ask(url);
    assert.deepEqual([status, body], [200, 'good']);
  };
  /** The lines that the person sees last: what failed, and what next. */
  const end = ({ stderr }: CommandResult): string => stderr.slice(stderr.lastIndexOf('\nerror: '));

  before(async () => {
    fairway = await startInstallation();
    folder = await fairway.folderOf('shop', {});
    await fairway.folderOf('shop', { 'package.json': manifest({ start: 'node server.js' }), 'server.js': good });
    url = (await fairway.json<{ urls: string[] }>(['deploy'], { cwd: folder })).urls[0] ?? '';
  });
  after(() => fairway.end());

  test('a folder without a recognisable application says what was looked for and what was found', async () => {
    const before = await release();

    const result = await deploy({ 'notes.txt': 'remember the milk' });

    assert.equal(result.code, 1);
    assert.match(end(result), /No application was recognised.*package\.json.*go\.mod.*Found: notes\.txt.*Add one of these/s);
    assert.match(end(result), /next: .*-[0-9a-z]+ keeps running/);
    assert.equal(await release(), before);
    await stillServes();
  });

  test('a build that fails shows the failing line first, and the old release keeps running', async () => {
    const before = await release();

    const result = await deploy({
      'package.json': manifest({ build: 'node build.js', start: 'node server.js' }),
      'build.js': `console.log('compiling'); throw new Error('cannot find the widget');`,
      'server.js': good,
    });

    assert.equal(result.code, 1);
    assert.match(end(result), /^\nerror: the build failed: Error: cannot find the widget/);
    assert.match(end(result), /npm run.*ended with exit code 1/);
    assert.equal(await release(), before);
    await stillServes();
  });

  test('a release that crashes never gets the traffic, and status says why with its last lines', async () => {
    const result = await deploy({
      'package.json': manifest({ start: 'node server.js' }),
      'server.js': `console.log('connecting'); console.error('no database at db:5432'); process.exit(3);`,
    });

    assert.equal(result.code, 1);
    assert.match(end(result), /did not get ready.*exit code 3.*no database at db:5432/s);
    assert.match(await why(), /exit code 3.*no database at db:5432/);
    await stillServes();
  });

  test('a release that never listens never gets the traffic, and status says what is waited for', async () => {
    const result = await deploy(
      { 'package.json': manifest({ start: 'node server.js' }), 'server.js': `console.log('thinking'); setInterval(() => {}, 1_000);` },
      '--timeout',
      '8s',
    );

    assert.notEqual(result.code, 0);
    assert.match(await why(), /1 old replicas serve until the new ones are ready; pod [^ ]+: .*nothing listens on/);
    await stillServes();
  });

  test('the next good release ends all of that', async () => {
    const result = await deploy({ 'package.json': manifest({ start: 'node server.js' }), 'server.js': good.replace("'good'", "'better'") });

    assert.equal(result.code, 0, result.stderr);
    await until(async () => ((await fairway.ask(url)).body === 'better' ? true : undefined), 'the new release answers');
  });

  test('a symlink that points outside of the folder brings nothing of the machine into the image', async () => {
    await fairway.folderOf('outside', { 'secret.txt': 'do not ship this' });
    for (const name of ['notes.txt', 'build.js']) await rm(join(folder, name), { force: true });
    await writeFile(
      join(folder, 'server.js'),
      `const { readFileSync } = require('node:fs');
const read = () => { try { return readFileSync(__dirname + '/link.txt', 'utf8'); } catch (error) { return error.code; } };
require('node:http').createServer((request, response) => response.end(read())).listen(process.env.PORT, process.env.HOST);`,
    );
    await symlink(join(fairway.work, 'outside', 'secret.txt'), join(folder, 'link.txt'));

    const result = await fairway.fairway(['deploy'], { cwd: folder });

    assert.equal(result.code, 1);
    assert.match(end(result), /The symbolic link "link\.txt -> .*" points outside of the repository: replace it/);
  });
});
