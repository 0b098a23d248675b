import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EndpointSlice, HttpRoute, Lease } from '@fairway/contracts/builtin';
import { reconcilerCaller } from '@fairway/resources/model';
import type { Slice } from './routes/route-table.ts';
import { startCluster, type TestCluster } from './testing/cluster.ts';
import { spawnGateway, startGatewayProcess } from './testing/gateway-process.ts';
import { ask, listen, startUpstream, until } from './testing/loopback.ts';
import { route, service, slices } from './testing/route-objects.ts';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-gateway-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function untilSome<T>(read: () => Promise<T | undefined>, what: string): Promise<T> {
  let found: T | undefined;
  const end = Date.now() + 5_000;
  while (found === undefined) {
    if (Date.now() > end) throw new Error(`not within 5 s: ${what}`);
    found = await read();
    if (found === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return found;
}

const sliceKey = (uid: string) => ({ namespace: 'shop', name: `hello-${uid}` });

const terminate = (cluster: TestCluster, uid: string): Promise<unknown> =>
  cluster.resources.commit({ caller: reconcilerCaller('test'), action: 'test.terminate' }, [
    {
      op: 'mutate',
      kind: EndpointSlice,
      key: sliceKey(uid),
      change: (current) => {
        const slice = structuredClone(current) as unknown as Slice;
        for (const endpoint of slice.endpoints ?? []) endpoint.conditions = { ready: false, serving: true, terminating: true };
        return slice;
      },
    },
  ]);

test('the process serves what the cluster holds, tells status and lease, and says once that a pod is drained', async (t) => {
  const home = await folderOf(t);
  const cluster = await startCluster(t, home);
  const waiting: ServerResponse[] = [];
  const old = await startUpstream(t, (incoming, response) => {
    if (incoming.url === '/slow') waiting.push(response);
    else response.end('old');
  });
  const next = await startUpstream(t, (_request, response) => response.end('new'));
  await cluster.create(route('hello', ['hello.localhost']), service('hello'), ...slices('hello', [{ uid: 'p1', port: old.port }]));
  const gateway = await startGatewayProcess(t, ['--home', home, '--port', '0', '--kubeconfig', cluster.kubeconfig]);

  assert.equal((await ask(gateway.port, 'hello.localhost')).text, 'old');
  const accepted = await untilSome(
    async () => (await cluster.resources.get(HttpRoute, { namespace: 'shop', name: 'hello' }))?.status?.parents?.[0],
    'the status',
  );
  assert.equal(accepted.controllerName, 'fairway.dev/gateway');
  assert.deepEqual(accepted.conditions?.map((each) => [each.type, each.status, each.observedGeneration]).sort(), [
    ['Accepted', 'True', 1],
    ['Programmed', 'True', 1],
    ['ResolvedRefs', 'True', 1],
  ]);
  const lease = await untilSome(() => cluster.resources.get(Lease, { namespace: 'kube-system', name: 'fairway-gateway' }), 'the lease');
  assert.equal(lease.spec?.leaseDurationSeconds, 15);
  assert.equal((await ask(gateway.adminPort, 'admin', { path: '/ready' })).status, 200);

  const slow = ask(gateway.port, 'hello.localhost', { path: '/slow' });
  await until(() => waiting.length === 1, 'a request runs in the old instance');
  await cluster.create(...slices('hello', [{ uid: 'p2', port: next.port }]));
  await terminate(cluster, 'p1');
  await untilSome(async () => ((await ask(gateway.port, 'hello.localhost')).text === 'new' ? true : undefined), 'the switch');
  const annotation = async () =>
    (await cluster.resources.get(EndpointSlice, sliceKey('p1')))?.metadata.annotations?.['drained.fairway.dev/p1'];
  assert.equal(await annotation(), undefined, 'it was called drained while a request ran there');
  for (const response of waiting) response.end('done');
  assert.equal((await slow).text, 'done');
  assert.equal(await untilSome(annotation, 'the word that it is drained'), 'true');

  const metrics = await ask(gateway.adminPort, 'admin', { path: '/metrics' });
  assert.match(metrics.text, /fairway_gateway_requests_total\{route="shop\/hello",code="2xx",source="application"\} \d+/);
  assert.equal(await gateway.stop(), 0);
  assert.equal(cluster.writes.filter((write) => write.includes('/endpointslices/')).length, 1);
  assert.equal(cluster.writes.filter((write) => write.endsWith('/httproutes/hello/status')).length, 1);
  const released = await cluster.resources.get(Lease, { namespace: 'kube-system', name: 'fairway-gateway' });
  assert.equal(released?.spec?.holderIdentity, '');
});

test('a restart without the cluster serves from the saved routes at once', async (t) => {
  const home = await folderOf(t);
  const cluster = await startCluster(t, home);
  const upstream = await startUpstream(t, (_request, response) => response.end('hello'));
  await cluster.create(route('hello', ['hello.localhost']), service('hello'), ...slices('hello', [{ uid: 'p1', port: upstream.port }]));
  const args = ['--home', home, '--port', '0', '--kubeconfig', cluster.kubeconfig];
  const first = await startGatewayProcess(t, args);
  assert.equal((await ask(first.port, 'hello.localhost')).text, 'hello');
  await cluster.stop();
  assert.equal((await ask(first.port, 'hello.localhost')).text, 'hello', 'it serves on while the cluster is away');
  assert.equal(await first.stop(), 0);

  const second = await startGatewayProcess(t, [...args, '--installation', 'ours-1']);
  const unknown = await ask(second.port, 'nobody.localhost');
  assert.deepEqual([unknown.status, unknown.headers['x-fairway-gateway']], [404, 'ours-1'], 'up must not take it for another gateway');

  assert.equal((await ask(second.port, 'hello.localhost')).text, 'hello');
  assert.equal((await ask(second.port, 'other.localhost')).status, 404);
  assert.equal(await second.stop(), 0);
});

test('a port that is taken and a wrong command line end with their own exit codes', async (t) => {
  const home = await folderOf(t);
  const server = createServer();
  t.after(() => server.close());
  const taken = await listen(server);

  const busy = spawnGateway(t, ['--home', home, '--port', String(taken)]);
  const wrong = spawnGateway(t, ['--home', home, '--port', 'http']);

  assert.equal((await busy.exited)[0], 75);
  assert.match(String(busy.lines.at(-1)?.msg), new RegExp(`Port ${taken} of 127.0.0.1 is taken`));
  assert.equal((await wrong.exited)[0], 64);
});
