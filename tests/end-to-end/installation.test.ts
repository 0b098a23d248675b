import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startInstallation } from './installation.ts';

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
