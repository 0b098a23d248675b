import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout, type Installation, startInstallation, until } from './installation.ts';

interface Services {
  items: { metadata: { name: string; annotations?: Record<string, string> }; spec: { clusterIP?: string } }[];
}
interface Welcome {
  welcome: string;
  from: string;
}
interface Status {
  programs: { name: string; process?: { pid: number } }[];
}

const examples = join(checkout, 'examples');
const words = ['Hi', 'Welcome', 'Good day'];

/** Asks through kept connections without a pause until it is stopped; answers the greetings, and whatever was no greeting. */
function keepAsking(url: string): { stop(): Promise<{ greetings: Map<string, number>; failures: string[] }> } {
  const { host, hostname: _name, port, pathname } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  const greetings = new Map<string, number>();
  const failures: string[] = [];
  let isStopped = false;
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const fail = (what: string): void => {
        if (failures.length < 100) failures.push(what);
        resolve();
      };
      const asked = request(
        { host: '127.0.0.1', port, path: `${pathname}/welcome/Ada`, headers: { host }, agent, timeout: 20_000 },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            body += chunk;
          });
          answer.once('error', (error) => fail(error.message));
          answer.once('end', () => {
            if (answer.statusCode !== 200) return fail(`${answer.statusCode} ${body}`);
            const { welcome } = JSON.parse(body) as Welcome;
            greetings.set(welcome, (greetings.get(welcome) ?? 0) + 1);
            resolve();
          });
        },
      );
      asked.once('timeout', () => asked.destroy(new Error('no answer in time')));
      asked.once('error', (error) => fail(error.message));
      asked.end();
    });
  const clients = Array.from({ length: 12 }, async () => {
    while (!isStopped) await ask();
  });
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(clients);
      agent.destroy();
      return { greetings, failures };
    },
  };
}

const deploy = async (fairway: Installation, folder: string): Promise<string> =>
  ((await fairway.json<{ urls: string[] }>(['deploy', folder])).urls[0] ?? '').replace(/\/$/, '');

test('a component reaches another one by its connection', async (t) => {
  const fairway = await startInstallation(t);
  const greeter = await fairway.copyOf(join(examples, 'service-greeter'));
  await deploy(fairway, greeter);
  const url = await deploy(fairway, await fairway.copyOf(join(examples, 'service-caller')));
  const welcome = async (): Promise<Welcome | undefined> => {
    const { status, body } = await fairway.ask(`${url}/welcome/Ada`);
    return status === 200 ? (JSON.parse(body) as Welcome) : undefined;
  };

  await t.test('the address that was injected is the one that the cluster gave to the Service', async () => {
    const answer = await welcome();
    const { items } = await fairway.api<Services>('/k8s/clusters/local/api/v1/services?labelSelector=component-name%3Dservice-greeter');
    const [service] = items;
    const { 9090: place } = JSON.parse(service?.metadata.annotations?.['fairway.dev/addresses'] ?? '{}') as Record<string, string>;

    assert.equal(answer?.welcome, 'Hello, Ada!');
    assert.equal(answer?.from, `http://${place}`);
    assert.equal(place?.split(':')[0], service?.spec.clusterIP);
  });

  await t.test('no request fails while three releases of the other one replace each other', async () => {
    const source = await readFile(join(greeter, 'server.js'), 'utf8');
    const asking = keepAsking(url);
    for (const word of words) {
      await writeFile(join(greeter, 'server.js'), source.replace('Hello', word));
      await deploy(fairway, greeter);
    }
    await until(async () => ((await welcome())?.welcome === 'Good day, Ada!' ? true : undefined), 'the last release answers');
    const { greetings, failures } = await asking.stop();

    t.diagnostic(`${[...greetings].map(([word, count]) => `${count} × ${word}`).join(', ')}`);
    assert.deepEqual(failures, []);
    assert.deepEqual([...greetings.keys()].toSorted(), ['Hello', ...words].map((word) => `${word}, Ada!`).toSorted());
  });

  await t.test('the address stands when the local cluster is killed and comes back', async () => {
    const before = await welcome();
    const pidOfCluster = async (): Promise<number | undefined> => {
      const { programs } = JSON.parse(await readFile(join(fairway.home, 'run', 'status.json'), 'utf8')) as Status;
      return programs.find(({ name }) => name === 'local-cluster')?.process?.pid;
    };
    const pid = await pidOfCluster();
    assert.ok(pid !== undefined, 'it runs');
    process.kill(pid, 'SIGKILL');
    await until(async () => (![undefined, pid].includes(await pidOfCluster()) ? true : undefined), 'it is started again');

    const after = await until(async () => welcome().catch(() => undefined), 'the service answers again');
    assert.deepEqual(after, before);
  });
});
