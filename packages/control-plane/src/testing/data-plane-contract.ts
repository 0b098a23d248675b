import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AnyResource } from '@fairway/resources/model';
import type { DataPlane } from '#domains/delivery';

export interface ContractSubject {
  plane: DataPlane;
  close(): Promise<void>;
}

const service = { apiVersion: 'v1', kind: 'Service' };
const labels = { 'openchoreo.dev/managed-by': 'release-controller', 'openchoreo.dev/release-uid': 'contract-1' };
const selector = 'openchoreo.dev/managed-by=release-controller,openchoreo.dev/release-uid=contract-1';
const namespace = 'dp-contract';
const limitMs = 10_000;

const objectOf = (name: string, port: number, more: Record<string, unknown> = {}) => ({
  ...service,
  metadata: { name, namespace, labels },
  spec: { selector: { app: name }, type: 'ClusterIP', ports: [{ name: `ep-${port}-tcp`, port, protocol: 'TCP', targetPort: port }] },
  ...more,
});

/** What every data plane promises to delivery. The fake in memory and the driver for Kubernetes pass the same suite. */
export function dataPlaneContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`data plane: ${name}`, () => {
    let subject: ContractSubject;
    const signal = (): AbortSignal => AbortSignal.timeout(limitMs);
    const apply = (object: ReturnType<typeof objectOf>) =>
      subject.plane.apply(object, { fieldManager: 'release-controller', force: true }, signal());
    before(async () => {
      subject = await open();
    });
    after(async () => {
      await subject.close();
    });

    test('makes a namespace once and leaves it alone afterwards', async () => {
      await subject.plane.ensureNamespace(namespace, { 'openchoreo.dev/created-by': 'release-controller' }, signal());
      const first = await subject.plane.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal());
      await subject.plane.ensureNamespace(namespace, { other: 'label' }, signal());
      const second = await subject.plane.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal());

      assert.equal(first?.metadata.labels?.['openchoreo.dev/created-by'], 'release-controller');
      assert.equal(second?.metadata.uid, first?.metadata.uid);
      assert.equal(second?.metadata.labels?.other, undefined);
    });

    test('makes the pull secret of a namespace, and makes it twice without harm', async () => {
      await subject.plane.ensurePullSecret(namespace, signal());
      await subject.plane.ensurePullSecret(namespace, signal());

      assert.ok(await subject.plane.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'fairway-registry' }, signal()));
    });

    test('applies an object, and the same object again as no change', async () => {
      const first = await apply(objectOf('one', 80));
      const again = await apply(objectOf('one', 80));
      const changed = await apply(objectOf('one', 81));

      assert.equal(again.metadata.uid, first.metadata.uid);
      assert.equal(again.metadata.resourceVersion, first.metadata.resourceVersion);
      assert.equal((changed.spec as { ports: { port: number }[] }).ports[0]?.port, 81);
    });

    test('finds objects of several kinds by their labels, and kinds that are unknown are empty', async () => {
      await apply(objectOf('two', 80));

      const kinds = [service, { apiVersion: 'apps/v1', kind: 'Deployment' }, { apiVersion: 'nowhere.example/v1', kind: 'Nothing' }];
      const found = await subject.plane.listByLabel(kinds, selector, signal());

      assert.ok(found.some(({ metadata, kind, apiVersion }) => metadata.name === 'two' && kind === 'Service' && apiVersion === 'v1'));
      assert.deepEqual(await subject.plane.listByLabel([service], 'openchoreo.dev/release-uid=another', signal()), []);
    });

    test('answers undefined for what is absent, whatever part of it is absent', async () => {
      assert.equal(await subject.plane.get({ ...service, namespace, name: 'none' }, signal()), undefined);
      assert.equal(await subject.plane.get({ ...service, namespace: 'nowhere', name: 'none' }, signal()), undefined);
      assert.equal(await subject.plane.get({ apiVersion: 'nowhere.example/v1', kind: 'Nothing', name: 'none' }, signal()), undefined);
    });

    test('removes an object, and succeeds when it is gone already', async () => {
      await apply(objectOf('three', 80));

      await subject.plane.remove({ ...service, namespace, name: 'three' }, signal());
      await subject.plane.remove({ ...service, namespace, name: 'three' }, signal());

      assert.equal(await subject.plane.get({ ...service, namespace, name: 'three' }, signal()), undefined);
    });

    followContract(() => subject.plane, signal);
  });
}

function followContract(plane: () => DataPlane, signal: () => AbortSignal): void {
  test('tells of changes while it is followed, and ends when told to', async () => {
    const stop = new AbortController();
    const seen = Promise.withResolvers<AnyResource>();
    const ended = plane().follow(
      { kinds: [service], labelSelector: selector },
      (object) => {
        if (object.metadata.name === 'four') seen.resolve(object);
      },
      AbortSignal.any([stop.signal, signal()]),
    );

    await plane().apply(objectOf('four', 80), { fieldManager: 'release-controller', force: true }, signal());
    const object = await Promise.race([seen.promise, rejectAfter(limitMs)]);
    stop.abort();
    await Promise.race([ended.catch(() => undefined), rejectAfter(limitMs)]);

    assert.equal(object.metadata.name, 'four');
  });
}

const rejectAfter = (ms: number): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`nothing came within ${ms} ms`)), ms).unref();
  });
