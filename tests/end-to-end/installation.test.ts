import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startInstallation, until } from './installation.ts';

test('an installation starts, says the same again, and leaves nothing behind', async (t) => {
  const installation = await startInstallation(t);
  const flags = Object.entries(installation.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);

  const again = await installation.json<{ wasRunning: boolean; ports: unknown }>(['up', ...flags]);
  assert.equal(again.wasRunning, true);
  assert.deepEqual(again.ports, installation.ports);
  assert.equal(installation.processes().length, 4, 'the supervisor, the local cluster, the gateway and the control plane');

  await installation.end();
  assert.equal(existsSync(installation.home), false);
  assert.deepEqual(installation.processes(), []);
});

test('up --foreground runs until it is told to end, and takes everything with it', async (t) => {
  const installation = await startInstallation(t);
  const flags = Object.entries(installation.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
  await installation.json(['down']);
  assert.deepEqual(installation.processes(), []);

  const running = installation.follow(['up', '--foreground', ...flags]);
  await until(
    () =>
      fetch(`http://127.0.0.1:${installation.ports.plain}/ready`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    'the API is ready',
  );
  const { programs } = await installation.json<{ programs: { state: string }[] }>(['status']);
  assert.deepEqual(
    programs.map(({ state }) => state),
    ['running', 'running', 'running'],
  );

  assert.equal(await running.stop('SIGTERM'), 0, running.errors());
  assert.deepEqual(installation.processes(), []);
});

test('an application finds no package that it does not declare, though one lies above the state folder', async (t) => {
  const aside = await mkdtemp(join(tmpdir(), 'fairway-aside-'));
  t.after(() => rm(aside, { recursive: true, force: true }));
  const fairway = await startInstallation(t, {
    env: { XDG_STATE_HOME: aside },
    // As in a checkout, whose own packages lie above its state folder.
    prepare: async (root) => {
      await mkdir(join(root, 'node_modules', 'undeclared'), { recursive: true });
      await writeFile(join(root, 'node_modules', 'undeclared', 'index.js'), 'module.exports = "found";\n');
    },
  });
  const look = "let found = 'absent'; try { found = require('undeclared'); } catch {}";
  const folder = await fairway.folderOf('hello', {
    'package.json': JSON.stringify({ scripts: { build: 'node build.js', start: 'node server.js' } }),
    'build.js': `${look} require('node:fs').writeFileSync('built.txt', found);`,
    'server.js': `${look} const built = require('node:fs').readFileSync('built.txt', 'utf8');
      require('node:http').createServer((_, response) => response.end(built + ' ' + found)).listen(process.env.PORT, process.env.HOST);`,
  });

  const { urls } = await fairway.json<{ urls: string[] }>(['deploy'], { cwd: folder });

  assert.equal((await fairway.ask(urls[0] ?? '')).body, 'absent absent');
  await fairway.json(['down']);
  assert.equal(existsSync(join(fairway.home, 'local-cluster', 'pods')), false);
  assert.equal((await readdir(join(aside, 'fairway'))).length, 1);
});
