import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@fairway/resources/model';
import { probeContainer } from './probe-container.ts';

interface Health {
  ready: boolean;
  started: boolean;
  message: string;
}

async function foreignProgram(t: TestContext): Promise<number> {
  const server = createServer((_, response) => response.end('not the application')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

const httpGet = { path: '/', port: 8080 };
const cases: { because: string; container: Record<string, unknown>; sibling?: true }[] = [
  { because: 'it has no probe', container: {} },
  { because: 'its probe asks by HTTP', container: { readinessProbe: { httpGet, periodSeconds: 1 } } },
  { because: 'its probe names the port', container: { readinessProbe: { httpGet: { port: 'web' }, periodSeconds: 1 } } },
  { because: 'its probe connects', container: { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } } },
  { because: 'its probe asks by gRPC', container: { readinessProbe: { grpc: { port: 8080 }, periodSeconds: 1 } } },
  {
    because: 'it is still starting',
    container: { startupProbe: { httpGet, periodSeconds: 1 }, readinessProbe: { httpGet, periodSeconds: 1 } },
  },
  { because: 'another container of its pod listens there', container: { readinessProbe: { httpGet, periodSeconds: 1 } }, sibling: true },
];
for (const { because, container, sibling = false } of cases) {
  test(`a container whose port another program has is not ready until its pod listens there: ${because}`, async (t) => {
    const port = await foreignProgram(t);
    const own = new Map<string, number[]>();
    const pod = [
      { id: 'main', podUid: 'one' },
      { id: 'beside', podUid: 'one' },
      { id: 'stranger', podUid: 'two' },
    ];
    own.set('stranger', [port]);
    const said: string[] = [];
    const seen: Health[] = [];
    const ready = new Promise<void>((resolve) => {
      const options = {
        clock: systemClock,
        runtime: { list: () => pod, listeningPorts: async (id: string) => own.get(id) ?? [] },
        container: { name: 'main', ports: [{ name: 'web', containerPort: 8080 }], ...container },
        record: pod[0],
        portOf: () => port,
        onHealth: (health: Health) => {
          seen.push(health);
          if (health.ready) resolve();
          hear(health.message);
        },
        onUnhealthy: (_probe: string, message: string) => hear(message),
        onGivenUp: () => assert.fail('it gave up'),
      } as unknown as Parameters<typeof probeContainer>[0];
      const hear = (message: string): void => {
        said.push(message);
        if (message.includes('another program')) own.set(sibling ? 'beside' : 'main', [port]);
      };
      const probing = probeContainer(options);
      t.after(() => probing.stop());
    });

    await ready;

    assert.ok(
      said.some((message) => message.includes(`another program listens on port ${port}`)),
      said.join(),
    );
    assert.equal(
      seen.findIndex(({ ready: isReady }) => isReady),
      seen.length - 1,
    );
  });
}

test('a port of another host is nobody’s to own', async (t) => {
  const port = await foreignProgram(t);
  const ready = new Promise<void>((resolve) => {
    const options = {
      clock: systemClock,
      runtime: { list: () => [], listeningPorts: async () => [] },
      container: { name: 'main', readinessProbe: { httpGet: { host: 'localhost', path: '/', port }, periodSeconds: 1 } },
      record: { id: 'main', podUid: 'one' },
      portOf: (containerPort: number) => containerPort,
      onHealth: (health: Health) => {
        if (health.ready) resolve();
      },
      onUnhealthy: () => {},
      onGivenUp: () => {},
    } as unknown as Parameters<typeof probeContainer>[0];
    const probing = probeContainer(options);
    t.after(() => probing.stop());
  });

  await ready;
});
