import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ConfigMap, Namespace, Node, Pod, Secret, type SecretFields, ServiceAccount } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, openControllers, template } from '../../testing/controllers-only.ts';

describe('a namespace', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  });
  afterEach(() => cluster.close());

  const configMap = (name: string, namespace: string): Resource => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
  const read = () => cluster.resources.get(Namespace, { name: 'shop' });
  const removeShop = () => cluster.resources.commit(cluster.cause, [{ op: 'delete', kind: Namespace, key: { name: 'shop' } }]);

  test('goes after everything in it, and takes nothing new meanwhile', async () => {
    await cluster.create(configMap('settings', 'shop'));
    await cluster.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', namespace: 'shop' }, ...{ spec: template('x').spec } });

    await removeShop();
    await cluster.clock.until(async () => (await read())?.status?.phase === 'Terminating');
    await assert.rejects(
      cluster.create(configMap('late', 'shop')),
      /unable to create new content in namespace shop because it is being terminated/,
    );
    assert.deepEqual(await cluster.list(ConfigMap, 'shop'), []);
    assert.equal((await cluster.list(Pod, 'shop')).length, 1, 'the pod still runs');
    const said = async (type: string) => (await read())?.status?.conditions?.find((found) => found.type === type);
    await cluster.clock.until(
      async () => (await said('NamespaceContentRemaining'))?.message?.includes('Some resources are remaining: pods. has 1') === true,
    );
    assert.equal(
      (await said('NamespaceFinalizersRemaining'))?.message,
      'Some content in the namespace has finalizers remaining: test.fairway.dev/node in 1 resource instances',
    );
    assert.equal((await said('NamespaceDeletionContentFailure'))?.status, 'False');
    await cluster.clock.until(async () => (await cluster.letGo()) > 0);
    await cluster.clock.until(async () => (await read()) === undefined);
  });

  test('has an account named default, also when somebody deleted it', async () => {
    const account = () => cluster.resources.get(ServiceAccount, { namespace: 'shop', name: 'default' });
    await cluster.clock.until(async () => (await account()) !== undefined);
    const first = (await account())?.metadata.uid;
    await cluster.resources.commit(cluster.cause, [{ op: 'delete', kind: ServiceAccount, key: { namespace: 'shop', name: 'default' } }]);
    await cluster.clock.until(async () => (await account())?.metadata.uid !== first && (await account()) !== undefined);
  });

  test('must be there before anything is created in it', async () => {
    await assert.rejects(cluster.create(configMap('settings', 'nowhere')), { reason: 'not-found' });
  });

  test('cannot be the default one when it is to be deleted', async () => {
    const removal = cluster.resources.commit(cluster.cause, [{ op: 'delete', kind: Namespace, key: { name: 'default' } }]);
    await assert.rejects(removal, { reason: 'forbidden' });
  });
});

describe('the scheduler', () => {
  test('waits with the reason while the node takes no pods', async () => {
    const cluster = await openControllers();
    try {
      const cordon = (unschedulable: boolean) =>
        cluster.resources.commit(cluster.cause, [
          {
            op: 'mutate',
            kind: Node,
            key: { name: 'here' },
            change: (node) => (node === undefined ? node : { ...node, spec: { unschedulable } }),
          },
        ]);
      await cordon(true);
      await cluster.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'one', namespace: 'default' },
        ...{ spec: template('x').spec },
      });
      const pod = async () => (await cluster.pods())[0];
      await cluster.clock.until(async () => (await pod())?.status?.conditions?.[0]?.reason === 'Unschedulable');

      await cordon(false);
      await cluster.clock.until(async () => (await pod())?.spec?.nodeName === 'here');
    } finally {
      await cluster.close();
    }
  });
});

describe('a secret', () => {
  test('takes plain text once and gives back only its encoded form', async () => {
    const cluster = await openControllers();
    try {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'key', namespace: 'default' },
        ...{ stringData: { password: 'hunter2' } },
      };
      await cluster.create(secret);
      const stored = (await cluster.list(Secret))[0] as unknown as SecretFields;
      assert.equal(stored.stringData, undefined);
      assert.deepEqual(stored.data, { password: Buffer.from('hunter2').toString('base64') });
      assert.equal(stored.type, 'Opaque');
      const bad = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'bad', namespace: 'default' },
        ...{ data: { password: 'plain text!' } },
      };
      await assert.rejects(
        cluster.create(bad),
        (error: Error) => /not base64/.test(error.message) && !error.message.includes('plain text!'),
      );
    } finally {
      await cluster.close();
    }
  });
});
