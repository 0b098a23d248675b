import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '@fairway/resources/model';
import { probeContainer } from './probe-container.ts';

test('a container whose port another program has is not taken as ready until it listens itself', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  let own: number[] = [];
  const seen: { ready: boolean; message: string }[] = [];
  const ready = new Promise<void>((resolve) => {
    const options = {
      clock: systemClock,
      runtime: { listeningPorts: async () => own },
      container: { name: 'main', ports: [{ containerPort: 8080 }] },
      record: { id: 'one' },
      portOf: () => port,
      onHealth: (health: { ready: boolean; message: string }) => {
        seen.push(health);
        if (health.message.includes('another program')) own = [port];
        if (health.ready) resolve();
      },
      onUnhealthy: () => {},
      onGivenUp: () => {},
    } as unknown as Parameters<typeof probeContainer>[0];
    const probing = probeContainer(options);
    t.after(() => probing.stop());
  });

  await ready;

  assert.match(seen[0]?.message ?? '', new RegExp(`another program listens on port ${port}`));
  assert.equal(seen[0]?.ready, false);
  assert.equal(seen.at(-1)?.ready, true);
});
