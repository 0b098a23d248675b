import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Deployment, EndpointSlice, type EndpointSliceFields, Lease, Namespace, Pod, Service } from '@fairway/contracts/builtin';
import type { AnyResource, Resource } from '@fairway/resources/model';
import { type ClusterHome, type ClusterProcess, makeHome, startProcess, testToken } from './testing/cluster-process.ts';
import { openImageRegistry } from './testing/image-registry.ts';

type Slice = AnyResource & EndpointSliceFields;
const limitMs = 30_000;

const until = async <Value>(what: string, look: () => Promise<Value | undefined | false>): Promise<Value> => {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

const application = (word: string): string => `
import { createServer } from 'node:http';
console.log('started ${word}');
const server = createServer((request, response) => setTimeout(() => response.end('${word} ' + process.pid), 5));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;

const deployment = (image: string): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'hello', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'hello' } },
    template: {
      metadata: { labels: { app: 'hello' } },
      spec: {
        containers: [
          {
            name: 'main',
            image: `registry.test/test/hello@${image}`,
            ports: [{ name: 'http', containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});
const service: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'hello', namespace: 'default' },
  spec: { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 'http' }] },
};

const started = async (home: ClusterHome, mirror: string, port?: number): Promise<ClusterProcess> => {
  const process = await startProcess(home, { mirror, ...(port === undefined ? {} : { port }) });
  if (!('client' in process)) throw new Error(`the local cluster ended with ${process.code}: ${process.output}`);
  return process;
};

describe('the local cluster as a process', () => {
  let home: ClusterHome;
  let registry: Awaited<ReturnType<typeof openImageRegistry>>;
  let cluster: ClusterProcess;
  let one = '';
  let two = '';

  before(async () => {
    home = await makeHome();
    // As above a state folder that lies in a checkout of ours.
    await writeFile(join(home.folder, 'package.json'), '{"type":"module"}');
    registry = await openImageRegistry();
    one = registry.addImage({ 'app/server.mjs': application('one') }, ['node', 'server.mjs']);
    two = registry.addImage({ 'app/server.mjs': application('two') }, ['node', 'server.mjs']);
    cluster = await started(home, registry.url);
  });
  after(async () => {
    await cluster.end('SIGUSR2');
    await registry.close();
    await home.remove();
  });

  const slices = async (): Promise<Slice[]> => {
    const query = { namespace: 'default', labelSelector: 'kubernetes.io/service-name=hello' };
    return (await cluster.client.list(EndpointSlice, query)).items as unknown as Slice[];
  };
  const readyPorts = (found: readonly Slice[]): number[] =>
    found
      .filter(({ endpoints }) => endpoints[0]?.conditions?.ready === true)
      .flatMap(({ ports: list = [] }) => list.flatMap(({ port = 0 }) => port));
  const ports = async (): Promise<number[]> => readyPorts(await slices());
  const ask = async (port: number): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) });
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    return answer.text();
  };
  const askAll = async (): Promise<string[]> => Promise.all((await ports()).map(ask));
  const isRolled = async (word: string): Promise<boolean> => {
    const { status } = (await cluster.client.get(Deployment, { namespace: 'default', name: 'hello' })) ?? {};
    if (status?.conditions?.find(({ type }) => type === 'Progressing')?.reason !== 'NewReplicaSetAvailable') return false;
    const pods = (await cluster.client.list(Pod, { namespace: 'default' })).items;
    if (pods.length !== 2) return false;
    return (await askAll()).filter((text) => text.startsWith(word)).length === 2;
  };

  test('runs a deployment from an image and answers over its service’s endpoints', async () => {
    await cluster.client.apply(Deployment, deployment(one), { fieldManager: 'test' });
    await cluster.client.apply(Service, service, { fieldManager: 'test' });

    await until('two ready pods', () => isRolled('one'));

    const [pod] = (await cluster.client.list(Pod, { namespace: 'default' })).items;
    const name = pod?.metadata.name ?? '';
    let log = '';
    for await (const chunk of cluster.client.logs({ namespace: 'default', name })) log += Buffer.from(chunk).toString();
    assert.equal(log, 'started one\n');
  });

  test('an application without a package.json is read as Node reads it anywhere', async () => {
    const image = registry.addImage({ 'app/task.js': "console.log(typeof require('node:fs').readFileSync)" }, ['node', 'task.js']);
    const key = { namespace: 'plain', name: 'task' };
    await cluster.client.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: key.namespace } });

    await cluster.client.create(Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: key,
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: `registry.test/test/hello@${image}` }] },
    });

    const phase = await until('the end of the task', async () => {
      const { status } = (await cluster.client.get(Pod, key)) ?? {};
      return ['Succeeded', 'Failed'].find((known) => known === status?.phase);
    });
    assert.equal(phase, 'Succeeded');
  });

  /**
   * Plays the gateway: a living lease, a table of ready ports, and the word that a pod is drained when it has left the table and its last
   * request has ended.
   */
  const playGateway = (signal: AbortSignal) => {
    const inFlight = new Map<number, number>();
    let table: number[] = [];
    const look = async (): Promise<void> => {
      const spec = { holderIdentity: 'test', leaseDurationSeconds: 15, renewTime: new Date().toISOString() };
      const metadata = { name: 'fairway-gateway', namespace: 'kube-system' };
      await cluster.client.apply(
        Lease,
        { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec },
        { fieldManager: 'gateway' },
      );
      const found = await slices();
      table = readyPorts(found);
      for (const slice of found) {
        const [endpoint] = slice.endpoints;
        if (endpoint?.conditions?.terminating !== true || (inFlight.get(slice.ports?.[0]?.port ?? 0) ?? 0) > 0) continue;
        const key = { namespace: 'default', name: slice.metadata.name };
        const annotations = { [`drained.fairway.dev/${endpoint.targetRef?.uid}`]: 'true' };
        await cluster.client.patch(EndpointSlice, key, { type: 'merge', body: { metadata: { annotations } } }).catch(() => undefined);
      }
    };
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        await look();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return {
      ended: run(),
      /** One request to a ready pod, chosen in turn. */
      send: async (turn: number): Promise<string | undefined> => {
        const port = table[turn % Math.max(1, table.length)];
        if (port === undefined) return undefined;
        inFlight.set(port, (inFlight.get(port) ?? 0) + 1);
        try {
          return await ask(port);
        } finally {
          inFlight.set(port, (inFlight.get(port) ?? 1) - 1);
        }
      },
    };
  };

  test('rolls to another image without one failed request to a ready endpoint', async () => {
    const stop = new AbortController();
    const gateway = playGateway(stop.signal);
    const failures: string[] = [];
    let answered = 0;
    const client = async (): Promise<void> => {
      for (let turn = 0; !stop.signal.aborted; turn += 1) {
        try {
          if ((await gateway.send(turn)) !== undefined) answered += 1;
        } catch (error) {
          failures.push(String(error));
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const clients = [client(), client(), client()];
    try {
      await until('answers', async () => answered > 10);
      await cluster.client.apply(Deployment, deployment(two), { fieldManager: 'test' });
      await until('the second image', () => isRolled('two'));
    } finally {
      stop.abort();
      await Promise.all([...clients, gateway.ended]);
    }

    assert.deepEqual(failures, []);
    assert.ok(answered > 20, `only ${answered} requests were made`);
  });

  test('is killed and started again: the same processes answer, and nothing runs twice', async () => {
    const before = (await askAll()).toSorted();
    const port = cluster.port;
    const [appPort] = await ports();

    await cluster.end('SIGKILL');
    assert.match(await ask(appPort ?? 0), /^two \d+$/, 'the application answers without its cluster');
    cluster = await started(home, registry.url, port);
    await until('all pods ready', () => isRolled('two'));

    assert.deepEqual((await askAll()).toSorted(), before);
    const pods = (await cluster.client.list(Pod, { namespace: 'default' })).items;
    assert.deepEqual(
      pods.flatMap(({ status }) => status?.containerStatuses?.map(({ restartCount }) => restartCount)),
      [0, 0],
    );
  });

  test('refuses a second cluster in its folder and a port that is taken, with code 75 and a reason', async () => {
    const second = await startProcess(home, {});
    assert.ok('code' in second);
    assert.equal(second.code, 75);
    assert.match(second.output, /another local cluster runs in/);

    const other = await makeHome();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const blocked = await startProcess(other, { port });
    blocker.close();
    await other.remove();
    assert.ok('code' in blocked);
    assert.equal(blocked.code, 75);
    assert.match(blocked.output, new RegExp(`port ${port} is taken`));
  });

  const get = (path: string, token?: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const request = httpsRequest({ host: '127.0.0.1', port: cluster.port, path, ca: home.authority, headers, agent: false }, (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      });
      request.on('error', reject);
      request.end();
    });

  for (const { path, token, status, body, because } of [
    { path: '/api/v1/pods', token: undefined, status: 401, body: /"reason":"Unauthorized"/, because: 'there is no token' },
    { path: '/api/v1/pods', token: 'guessed', status: 401, body: /"reason":"Unauthorized"/, because: 'the token is not known' },
    { path: '/readyz', token: undefined, status: 200, body: /^ok$/, because: 'whether it is alive is no secret' },
    {
      path: '/metrics',
      token: testToken,
      status: 200,
      body: /fairway_pods\{phase="Running"\} 2/,
      because: 'the administrator may see figures',
    },
    { path: '/api/v1/secrets', token: 'the-gateways', status: 403, body: /cannot list resource/, because: 'the gateway needs no secrets' },
    {
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      token: 'the-gateways',
      status: 200,
      body: /hello/,
      because: 'the gateway needs endpoints',
    },
  ]) {
    test(`answers ${status} to ${path} because ${because}`, async () => {
      const answer = await get(path, token);
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, body);
    });
  }

  test('keeps applications at SIGTERM and ends them at SIGUSR2', async () => {
    const [appPort = 0] = await ports();
    const { port } = cluster;

    assert.equal(await cluster.end('SIGTERM'), 0);
    assert.match(await ask(appPort), /^two \d+$/);
    cluster = await started(home, registry.url, port);
    assert.equal(await cluster.end('SIGUSR2'), 0);
    await assert.rejects(ask(appPort));
  });
});
