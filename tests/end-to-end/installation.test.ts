import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
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
