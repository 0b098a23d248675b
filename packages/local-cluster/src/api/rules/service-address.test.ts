import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Service, type ServiceSpec } from '@fairway/contracts/builtin';
import type { Problem, Resource, ResourceOf } from '@fairway/resources/model';
import { type AddressPlan, readAddresses, sharedHost, virtualHosts } from '../../proxy/index.ts';
import { type ControllersOnly, openControllers } from '../../testing/controllers-only.ts';

type ServiceObject = ResourceOf<typeof Service>;
const service = (name: string, spec: ServiceSpec = {}, annotations?: Record<string, string>): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) },
  spec: { ports: [{ port: 8080 }], ...spec },
});
const placesOf = ({ metadata }: ServiceObject): Record<string, string> =>
  Object.fromEntries([...readAddresses(metadata)].map(([port, address]) => [port, `${address.host}:${address.port}`]));

describe('the address of a service', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const create = async (...args: Parameters<typeof service>): Promise<ServiceObject> =>
    (await cluster.create(service(...args))) as unknown as ServiceObject;
  const update = async (name: string, change: (current: ServiceObject) => Resource): Promise<ServiceObject> => {
    await cluster.change(Service, name, (current) => change(current as unknown as ServiceObject));
    const found = await cluster.resources.get(Service, { namespace: 'default', name });
    return found ?? assert.fail('it is gone');
  };
  const refused =
    (field: string, message: RegExp) =>
    (error: Problem): boolean => {
      const fields = error.details.fields ?? [];
      assert.deepEqual([error.reason, fields[0]?.field], ['invalid', field]);
      assert.match(fields[0]?.message ?? '', message);
      return true;
    };

  test('is its own, and each TCP port of it has a place away from what applications listen on', async () => {
    const one = await create('one', {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 10_080 },
        { name: 'c', port: 53, protocol: 'UDP' },
      ],
    });
    const two = await create('two');

    const host = one.spec?.clusterIP ?? '';
    assert.match(host, /^127\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\./);
    assert.deepEqual(one.spec?.clusterIPs, [host]);
    assert.deepEqual(placesOf(one), { 80: `${host}:10080`, 10080: `${host}:10081` });
    assert.notEqual(two.spec?.clusterIP, host);
    assert.deepEqual(placesOf(two), { 8080: `${two.spec?.clusterIP}:18080` });
  });

  test('is the same again for the same name, and another one where that is taken', async () => {
    const first = await create('one');
    await cluster.remove(Service, 'one');
    const again = await create('one');
    assert.equal(again.spec?.clusterIP, first.spec?.clusterIP);
    await cluster.remove(Service, 'one');
    await create('thief', { clusterIP: first.spec?.clusterIP ?? '' });

    const other = await create('one');

    assert.notEqual(other.spec?.clusterIP, first.spec?.clusterIP);
    assert.ok(other.spec?.clusterIP);
  });

  test('stays through updates that do not speak of it, and follows the ports', async () => {
    const first = await create('one');
    const host = first.spec?.clusterIP;

    const changed = await update('one', ({ metadata: { annotations: _annotations, ...metadata }, ...rest }) => ({
      ...rest,
      metadata,
      spec: { ports: [{ port: 9090 }] },
    }));

    assert.equal(changed.spec?.clusterIP, host);
    assert.deepEqual(placesOf(changed), { 9090: `${host}:19090` });
  });

  test('keeps a place that was moved, also when somebody writes the service without it', async () => {
    const { spec, metadata } = await create('one');
    const moved = { 'fairway.dev/addresses': JSON.stringify({ 8080: `${spec?.clusterIP}:18095` }) };
    await update('one', (current) => ({ ...current, metadata: { ...current.metadata, annotations: moved } }));

    const after = await update('one', (current) => ({ ...current, metadata: { ...metadata, annotations: {} } }));

    assert.deepEqual(placesOf(after), { 8080: `${spec?.clusterIP}:18095` });
  });

  test('is none for a headless service and for an external name', async () => {
    const bare = await create('bare', { clusterIP: 'None' });
    const external = await create('external', { type: 'ExternalName', externalName: 'example.org' });

    assert.equal(bare.spec?.clusterIP, 'None');
    assert.equal(external.spec?.clusterIP, undefined);
    assert.deepEqual([placesOf(bare), placesOf(external)], [{}, {}]);
  });

  test('comes and goes with the type', async () => {
    await create('one', { type: 'ExternalName', externalName: 'example.org' });

    const inside = await update('one', (current) => ({ ...current, spec: { type: 'ClusterIP', ports: [{ port: 80 }] } }));
    assert.match(inside.spec?.clusterIP ?? '', /^127\./);
    const outside = await update('one', (current) => ({ ...current, spec: { type: 'ExternalName', externalName: 'example.org' } }));
    assert.equal(outside.spec?.clusterIP, undefined);
    assert.deepEqual(placesOf(outside), {});
  });

  test('is refused where it is taken, strange, or changed', async () => {
    const one = await create('one');

    await assert.rejects(create('two', { clusterIP: one.spec?.clusterIP ?? '' }), refused('spec.clusterIP', /already allocated/));
    await assert.rejects(create('two', { clusterIP: '10.0.0.1' }), refused('spec.clusterIP', /not an address of this cluster/));
    await assert.rejects(
      update('one', (current) => ({ ...current, spec: { ...current.spec, clusterIP: '127.64.0.1' } })),
      refused('spec.clusterIP', /immutable/),
    );
  });

  test('is not written again when nothing changed', async () => {
    const apply = () => cluster.resources.apply(cluster.cause, service('one'), { fieldManager: 'test' });
    await apply();

    assert.equal((await apply()).outcome, 'unchanged');
  });
});

const plans: { name: string; plan: AddressPlan; because: string }[] = [
  { name: 'virtual hosts', plan: virtualHosts('seed'), because: 'each service has its own' },
  { name: 'one host', plan: sharedHost('seed'), because: 'services differ by port' },
];
for (const { name, plan, because } of plans) {
  test(`${name} are what the plan itself takes for its own, with ports that nobody needs a privilege for: ${because}`, () => {
    for (let index = 0; index < 2_000; index += 1) {
      const key = { namespace: 'n', name: `service-${index}` };
      assert.ok(
        plan.hosts(key).every((host) => plan.owns(host)),
        plan.hosts(key).join(),
      );
      assert.deepEqual(plan.hosts(key), plan.hosts(key));
      for (const port of [1, 80, 8080, 30_000, 65_535]) assert.ok(plan.port(key, port) >= 10_000 && plan.port(key, port) < 32_768);
    }
  });
}
