import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { EndpointSlice, type EndpointSliceFields, Endpoints, type EndpointsFields, Pod, Service } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, deployment, openControllers, type PodObject } from '../../testing/controllers-only.ts';

type Slice = Resource & EndpointSliceFields;
const service = (spec: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
});

describe('the endpoints of a service', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
    await cluster.create(service());
    await cluster.create(deployment());
    await cluster.clock.until(async () => (await cluster.pods()).length === 2);
  });
  afterEach(() => cluster.close());

  const slices = async (): Promise<Slice[]> => (await cluster.list(EndpointSlice)) as unknown as Slice[];
  const readyAll = async (): Promise<void> => {
    for (const pod of await cluster.pods()) await cluster.makeReady(pod);
    await cluster.clock.until(async () => (await slices()).length === 2);
  };

  test('name each pod with its allotted port, in both forms', async () => {
    await readyAll();

    const found = await slices();
    assert.deepEqual(
      found.flatMap(({ ports = [] }) => ports.map(({ port, name }) => [name, (port ?? 0) > 20_000])),
      [
        ['http', true],
        ['http', true],
      ],
    );
    const [endpoint] = found[0]?.endpoints ?? [];
    assert.deepEqual(endpoint?.addresses, ['127.0.0.1']);
    assert.deepEqual(endpoint?.conditions, { ready: true, serving: true, terminating: false });
    const uids = (await cluster.pods()).map(({ metadata }) => metadata.uid).toSorted();
    assert.deepEqual(found.map(({ endpoints }) => endpoints[0]?.targetRef?.uid).toSorted(), uids);
    const [old] = (await cluster.list(Endpoints)) as unknown as EndpointsFields[];
    assert.equal(old?.subsets?.length, 2);
  });

  test('keep a pod that leaves as serving until its node lets it go, and the word that it is drained as long as it lives', async () => {
    await readyAll();
    const [leaving] = await cluster.pods();
    const uid = leaving?.metadata.uid ?? '';

    await cluster.remove(Pod, leaving?.metadata.name ?? '');
    const its = async () => (await slices()).find(({ endpoints }) => endpoints[0]?.targetRef?.uid === uid);
    await cluster.clock.until(async () => (await its())?.endpoints[0]?.conditions?.terminating === true);
    assert.deepEqual((await its())?.endpoints[0]?.conditions, { ready: false, serving: true, terminating: true });
    const drained = `drained.fairway.dev/${uid}`;
    await cluster.change(EndpointSlice, (await its())?.metadata.name ?? '', (slice) => ({
      ...slice,
      metadata: {
        ...slice.metadata,
        annotations: { ...slice.metadata.annotations, [drained]: 'true', 'drained.fairway.dev/gone': 'true' },
      },
    }));
    await cluster.clock.until(async () => (await its())?.metadata.annotations?.['drained.fairway.dev/gone'] === undefined, 20_000);
    assert.equal((await its())?.metadata.annotations?.[drained], 'true');
    await cluster.letGo();

    await cluster.clock.until(async () => (await its()) === undefined, 20_000);
  });

  test('leave out at once a pod that was there before its service and takes the label off', async () => {
    const spec = { nodeName: 'here', containers: [{ name: 'main', image: 'one', ports: [{ name: 'http', containerPort: 8080 }] }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone', namespace: 'default', labels: { app: 'alone' } }, spec };
    await cluster.makeReady((await cluster.create(pod)) as PodObject);
    await cluster.clock.settle();
    await cluster.create({ ...service({ selector: { app: 'alone' } }), metadata: { name: 'late', namespace: 'default' } });
    const ofLate = async (): Promise<Slice[]> => (await slices()).filter(({ metadata }) => metadata.name.startsWith('late-'));
    await cluster.clock.until(async () => (await ofLate()).length === 1);

    await cluster.change(Pod, 'alone', (current) => ({ ...current, metadata: { ...current.metadata, labels: {} } }));

    await cluster.clock.until(async () => (await ofLate()).length === 0, 5_000);
  });

  test('of a service without a selector are what somebody wrote', async () => {
    await cluster.create({ ...service({ selector: undefined, ports: [{ port: 5432 }] }), metadata: { name: 'db', namespace: 'default' } });
    const addresses = [{ ip: '10.0.0.5' }];
    const subsets = [{ addresses, notReadyAddresses: [{ ip: '10.0.0.6' }], ports: [{ port: 5433 }] }];
    await cluster.create({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db', namespace: 'default' }, subsets } as Resource);
    const ofDb = async (): Promise<Slice[]> => (await slices()).filter(({ metadata }) => metadata.name.startsWith('db-'));
    await cluster.clock.until(async () => (await ofDb()).length === 1, 5_000);

    const [slice] = await ofDb();
    assert.deepEqual(
      slice?.endpoints.map((endpoint) => [endpoint.addresses[0], endpoint.conditions?.ready]),
      [
        ['10.0.0.5', true],
        ['10.0.0.6', false],
      ],
    );
    assert.equal(slice?.ports?.[0]?.port, 5433);
    await cluster.remove(Endpoints, 'db');
    await cluster.clock.until(async () => (await ofDb()).length === 0, 5_000);
  });

  test('go with their service', async () => {
    await readyAll();

    await cluster.remove(Service, 'web');
    await cluster.clock.until(async () => (await slices()).length === 0 && (await cluster.list(Endpoints)).length === 0, 20_000);
  });

  test('are written for ports by number as well', async () => {
    await cluster.create({ ...service({ ports: [{ port: 8080 }] }), metadata: { name: 'plain', namespace: 'default' } });
    await readyAll().catch(() => {});
    await cluster.clock.until(async () => (await slices()).filter(({ metadata }) => metadata.name.startsWith('plain-')).length === 2);

    const plain = (await cluster.list(Service)).find(({ metadata }) => metadata.name === 'plain');
    assert.equal(plain?.spec?.ports?.[0]?.targetPort, 8080);
  });
});
