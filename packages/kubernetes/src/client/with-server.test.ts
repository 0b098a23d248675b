import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Component } from '@fairway/contracts';
import { startTestServer } from '../server/testing/test-server.ts';
import { createClusterClient } from './create-cluster-client.ts';
import { until } from './testing/scripted-cluster.ts';

const component = (type: string) => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Component',
  metadata: { name: 'web', namespace: 'default' },
  spec: { owner: { projectName: 'shop' }, type },
});
const key = { namespace: 'default', name: 'web' };

test('client and server understand each other: apply, conflict, patch, status, follow, remove', async (t) => {
  const { url, faults } = await startTestServer(t);
  const client = createClusterClient({ server: url });
  const stop = new AbortController();
  const told: string[] = [];
  const follower = client.follow(
    Component,
    {},
    { signal: stop.signal, onChange: ({ type, object }) => told.push(`${type} ${object.spec?.type}`) },
  );
  t.after(async () => {
    stop.abort();
    await follower.done;
    client.close();
  });
  await until('the first list', () => follower.isSynced);

  await client.apply(Component, component('Service'), { fieldManager: 'one' });
  await assert.rejects(
    client.apply(Component, component('WebApplication'), { fieldManager: 'two' }),
    (error: { reason: string; details: { fields: { field: string; type: string }[] } }) => {
      assert.equal(error.reason, 'conflict');
      assert.deepEqual(
        error.details.fields.map(({ field, type }) => ({ field, type })),
        [{ field: '.spec.type', type: 'FieldManagerConflict' }],
      );
      return true;
    },
  );
  await client.patch(Component, key, { type: 'merge', body: { spec: { type: 'ScheduledTask' } } });
  const stale = { ...component('Service'), metadata: { ...component('').metadata, resourceVersion: '1' } };
  await assert.rejects(client.replace(Component, stale), { reason: 'conflict' });
  const written = await client.patch(Component, key, { type: 'merge', body: { status: { latestBuild: 'b' } }, subresource: 'status' });
  assert.equal(await client.remove(Component, key), true);
  await until('the deletion', () => told.some((line) => line.startsWith('deleted')));

  assert.equal(written.status?.latestBuild, 'b');
  assert.deepEqual(told, ['added Service', 'modified ScheduledTask', 'modified ScheduledTask', 'deleted ScheduledTask']);
  assert.equal(await client.get(Component, key), undefined);
  assert.match((await client.version()).gitVersion, /^v1/);
  assert.deepEqual(faults, []);
});
