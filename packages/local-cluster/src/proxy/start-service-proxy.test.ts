import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { EndpointSlice, Service } from '@fairway/contracts/builtin';
import { silentLog } from '@fairway/resources/log';
import { type AnyResource, type Resource, systemClock } from '@fairway/resources/model';
import { type ControllersOnly, openControllers } from '../testing/controllers-only.ts';
import { type Address, readAddresses, type ServiceProxy, startServiceProxy } from './index.ts';

const namespace = 'default';
const service = (name: string, spec: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ port: 80 }], ...spec },
});
const slice = (name: string, of: string, ports: readonly number[]): Resource =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    endpoints: ports.length === 0 ? [] : [{ addresses: ['127.0.0.1'] }],
    ports: ports.map((port) => ({ port })),
  }) as Resource;

describe('the service proxy', () => {
  let cluster: ControllersOnly;
  let proxy: ServiceProxy;
  const servers: Server[] = [];
  const start = (): Promise<ServiceProxy> => startServiceProxy({ resources: cluster.resources, clock: systemClock, log: silentLog });
  beforeEach(async () => {
    cluster = await openControllers();
    proxy = await start();
  });
  afterEach(async () => {
    await proxy.stop();
    await cluster.close();
    for (const server of servers.splice(0)) server.close();
  });

  const greeter = async (word: string): Promise<number> => {
    const server = createServer((socket) => socket.on('error', () => {}).end(word)).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const addressOf = async (name: string): Promise<Address> => {
    const found = await cluster.resources.get(Service, { namespace, name });
    return [...readAddresses(found?.metadata ?? {}).values()][0] ?? assert.fail(`${name} has no address`);
  };
  /** What is heard there; the error's code where nobody speaks. */
  const hear = (address: Address): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      connect(address)
        .on('data', (chunk) => {
          text += String(chunk);
        })
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
        .once('end', () => resolve(text));
    });
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const end = Date.now() + 5_000;
    while (!(await holds())) if (Date.now() > end) assert.fail(`not within 5 s: ${what}`);
  };

  test('answers on the address of a service from its endpoints, whichever came first', async () => {
    await cluster.create(slice('early-1', 'early', [await greeter('early')]));
    await cluster.create(service('early'));
    await cluster.create(service('late'));
    await cluster.create(slice('late-1', 'late', [await greeter('late')]));

    for (const name of ['early', 'late']) {
      const address = await addressOf(name);
      await until(`${name} answers`, async () => (await hear(address)) === name);
    }
  });

  test('follows endpoints, and refuses while there are none', async () => {
    await cluster.create(service('web'));
    await cluster.create(slice('web-1', 'web', [await greeter('one')]));
    const address = await addressOf('web');
    await until('one answers', async () => (await hear(address)) === 'one');

    await cluster.create(slice('web-2', 'web', [await greeter('two')]));
    await cluster.remove(EndpointSlice, 'web-1');
    await until('two answers alone', async () => (await hear(address)) === 'two' && (await hear(address)) === 'two');
    await cluster.remove(EndpointSlice, 'web-2');

    await until('nobody answers', async () => (await hear(address)) === 'ECONNRESET');
  });

  test('stops listening for a service that goes, and does not listen for a headless one', async () => {
    await cluster.create(service('web'));
    const address = await addressOf('web');
    await until('it listens', async () => (await hear(address)) === 'ECONNRESET');

    await cluster.remove(Service, 'web');
    await cluster.create(service('web', { clusterIP: 'None' }));

    await until('it does not listen', async () => (await hear(address)) === 'ECONNREFUSED');
  });

  test('listens again at the same place after a restart', async () => {
    await cluster.create(service('web'));
    await cluster.create(slice('web-1', 'web', [await greeter('hello')]));
    const address = await addressOf('web');

    await proxy.stop();
    assert.equal(await hear(address), 'ECONNREFUSED');
    proxy = await start();

    assert.equal(await hear(address), 'hello');
  });

  test('takes the next port where another program has it, and the service says so', async () => {
    await proxy.stop();
    await cluster.create(service('web'));
    await cluster.create(slice('web-1', 'web', [await greeter('hello')]));
    const planned = await addressOf('web');
    const blocker = createServer().listen(planned);
    servers.push(blocker);
    await once(blocker, 'listening');

    proxy = await start();

    const address = await addressOf('web');
    assert.deepEqual([address.host, address.port > planned.port], [planned.host, true]);
    assert.equal(await hear(address), 'hello');
    await cluster.change(Service, 'web', (current: AnyResource) => ({ ...current, metadata: { ...current.metadata, labels: { a: 'b' } } }));
    assert.equal(await hear(await addressOf('web')), 'hello', 'it stays there');
  });
});
