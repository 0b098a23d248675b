import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Project } from '@fairway/contracts';
import { createLog } from '@fairway/resources/log';
import { type AnyResource, type Caller, type Resource, systemClock } from '@fairway/resources/model';
import { createJournal, createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { eventView } from './event-view.ts';

const admin: Caller = { principal: 'user:ada', permissions: ['*'] };

async function open(t: TestContext) {
  const kinds = createKindRegistry();
  kinds.register(Project);
  const log = createLog({ write: () => {}, now: Date.now });
  const database = openSqliteDatabase({ path: ':memory:', clock: systemClock, log });
  const resources = await openResources({ database, kinds, clock: systemClock, log });
  t.after(() => resources.close());
  const project = (namespace: string, name: string): Resource => ({
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Project',
    metadata: { namespace, name },
    spec: { deploymentPipelineRef: 'default' },
  });
  const create = (namespace: string, name: string) =>
    resources.commit({ caller: admin, action: 'project.create' }, [{ op: 'create', object: project(namespace, name) }]);
  return { resources, create, view: eventView({ resources, journal: createJournal(database, systemClock) }) };
}

const objectsOf = (items: readonly Resource[]): unknown[] => items.map((item) => (item as AnyResource).involvedObject);

test('what happened to an object is found as kubectl describe looks for it', async (t) => {
  const { create, resources, view } = await open(t);
  await create('default', 'shop');
  await create('default', 'store');
  const uid = (await resources.get(Project, { namespace: 'default', name: 'shop' }))?.metadata.uid;

  const fieldSelector = `involvedObject.name=shop,involvedObject.namespace=default,involvedObject.kind=Project,involvedObject.uid=${uid}`;
  const { items } = await view.list({ namespace: 'default', fieldSelector }, admin);

  assert.deepEqual(objectsOf(items), [
    { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Project', namespace: 'default', name: 'shop', uid, resourceVersion: '1' },
  ]);
  const [event] = items as AnyResource[];
  assert.deepEqual([event?.reason, event?.message, event?.type], ['Created', 'project.create by user:ada', 'Normal']);
  assert.deepEqual(await view.get({ namespace: 'default', name: event?.metadata.name ?? '' }, admin), event);
  assert.equal(await view.get({ namespace: 'default', name: 'shop.ff' }, admin), undefined);
});

test('a caller of one organization sees the events of that one', async (t) => {
  const { create, view } = await open(t);
  await create('default', 'shop');
  await create('acme', 'shop');

  const { items } = await view.list({}, { ...admin, organization: 'acme' });

  assert.deepEqual(
    items.map(({ metadata }) => metadata.namespace),
    ['acme'],
  );
});

test('a watch gives present events, then those that come', async (t) => {
  const { create, view } = await open(t);
  await create('default', 'shop');
  const stop = new AbortController();
  const seen: string[] = [];

  for await (const { type, text } of view.watch({ namespace: 'default' }, stop.signal, admin)) {
    const { involvedObject } = JSON.parse(text) as { involvedObject: { name: string } };
    seen.push(`${type} ${involvedObject.name}`);
    if (seen.length === 1) await create('default', 'store');
    else stop.abort();
  }

  assert.deepEqual(seen, ['ADDED shop', 'ADDED store']);
});
