import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { builtinKinds } from '@fairway/contracts/builtin';
import { createKubernetesHandler } from '@fairway/kubernetes/server';
import { silentLog } from '@fairway/resources/log';
import { type Resource, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';

export interface TestCluster {
  resources: Resources;
  kubeconfig: string;
  /** `METHOD /path` of every request that writes. */
  writes: string[];
  create(...objects: Resource[]): Promise<void>;
  /** Closes everything; may be called before the test ends. */
  stop(): Promise<void>;
}

/** The real Kubernetes server over the real store, on a loopback socket. */
export async function startCluster(t: TestContext, folder: string): Promise<TestCluster> {
  const kinds = createKindRegistry();
  for (const kind of builtinKinds) kinds.register(kind, { audited: false });
  const resources = await openResources({
    database: openSqliteDatabase({ path: ':memory:', clock: systemClock }),
    kinds,
    clock: systemClock,
  });
  const handle = createKubernetesHandler({ resources, authorize: () => {}, log: silentLog });
  const writes: string[] = [];
  const caller = reconcilerCaller('gateway-test');
  const server = createServer((request, response) => {
    if (request.method !== 'GET') writes.push(`${request.method} ${request.url?.split('?')[0]}`);
    void handle(request, response, { caller, basePath: '', requestId: 'request-1' });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'test', user: { token: 'test-token' } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }),
  );
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await resources.close();
  };
  t.after(stop);
  return {
    resources,
    kubeconfig,
    writes,
    create: async (...objects) => {
      await resources.commit(
        { caller, action: 'test.create' },
        objects.map((object) => ({ op: 'create', object })),
      );
    },
    stop,
  };
}
