import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';
import { type Installation, startInstallation, until } from './installation.ts';

interface Pod {
  metadata: { annotations?: Record<string, string> };
}
interface StatusRow {
  environment: string;
  ready: boolean;
  reason: string;
  message: string;
}

const serverOn = (port: number, version: number): string => `import { createServer } from 'node:http';
createServer((request, response) => response.end('version ${version}')).listen(${port}, '127.0.0.1');
process.once('SIGTERM', () => setTimeout(() => process.exit(0), 300));
`;

/** Asks without a pause until it is stopped; the answer is every status that came. */
function keepAsking(fairway: Installation, url: string): { stop(): Promise<Map<number, number>> } {
  const statuses = new Map<number, number>();
  let isStopped = false;
  const asking = (async () => {
    while (!isStopped) {
      const { status } = await fairway.ask(url, { limitMs: 15_000 }).catch(() => ({ status: 0 }));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await delay(20);
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await asking;
      return statuses;
    },
  };
}

test('an application with a port of its own is replaced while the gateway holds its requests, and has it alone', async (t) => {
  const fairway = await startInstallation(t);
  const [port = 0] = await freePorts(1);
  const folder = await fairway.folderOf('stubborn', {
    'package.json': '{"name":"stubborn","version":"1.0.0","type":"module","scripts":{"start":"node server.js"}}',
    'server.js': serverOn(port, 1),
  });
  const pods = async (): Promise<Pod[]> =>
    (await fairway.api<{ items: Pod[] }>('/k8s/clusters/local/api/v1/pods?labelSelector=component-name%3Dstubborn')).items;

  const { urls } = await fairway.json<{ urls: string[] }>(['deploy', folder]);
  const [url = ''] = urls;
  assert.equal((await fairway.ask(url)).body, 'version 1');
  await t.test('it is noticed at its first start', async () => {
    await until(
      async () =>
        (await pods()).some(({ metadata }) => metadata.annotations?.['fairway.dev/fixed-port'] === `${port}`) ? true : undefined,
      'the pod names its port',
    );
  });

  await t.test('no request fails while a new release takes the port over', async () => {
    const asking = keepAsking(fairway, url);
    await writeFile(join(folder, 'server.js'), serverOn(port, 2));
    await fairway.json(['deploy', folder]);
    const statuses = await asking.stop();

    assert.equal((await fairway.ask(url)).body, 'version 2');
    assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]));
  });

  await t.test('a second instance is told that the port is taken, by whom, and the way out', async () => {
    const promoted = await fairway.fairway(['promote', 'stubborn', '--to', 'staging', '--timeout', '40s', '-o', 'json']);

    assert.notEqual(promoted.code, 0, promoted.stdout);
    const { components } = await fairway.json<{ components: StatusRow[] }>(['status', 'stubborn']);
    const staging = components.find(({ environment }) => environment === 'staging');
    assert.equal(staging?.ready, false);
    assert.match(`${staging?.reason} ${staging?.message}`, /PortTaken/);
    assert.match(staging?.message ?? '', new RegExp(`${port}`));
    assert.match(staging?.message ?? '', /PORT/);
    assert.equal((await fairway.ask(url)).body, 'version 2', 'the first instance is left alone');
  });
});
