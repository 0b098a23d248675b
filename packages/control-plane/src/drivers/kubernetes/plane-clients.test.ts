import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPlaneClients, type PlaneAddress } from './plane-clients.ts';

const inline = (token: string): PlaneAddress => ({
  is: 'inline',
  cluster: { server: 'https://127.0.0.1:6443', auth: { bearerToken: { value: token } } } as never,
});

test('two organizations that reach one cluster with credentials of their own keep their clients', async () => {
  const clients = createPlaneClients({ named: async () => undefined });
  const first = await clients.client(inline('of-acme'));
  const second = await clients.client(inline('of-globex'));

  assert.notEqual(first, second);
  assert.equal(await clients.client(inline('of-acme')), first);
  assert.equal(await clients.client(inline('of-globex')), second);
  clients.close();
});

test('a named cluster gets a new client when its address or token has changed', async () => {
  let token = 'old';
  const clients = createPlaneClients({ named: async () => ({ server: 'https://127.0.0.1:6443', token }) });
  const before = await clients.client({ is: 'named', name: 'local' });
  assert.equal(await clients.client({ is: 'named', name: 'local' }), before);

  token = 'new';

  assert.notEqual(await clients.client({ is: 'named', name: 'local' }), before);
  clients.close();
});
