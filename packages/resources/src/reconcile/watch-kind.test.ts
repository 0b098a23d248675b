import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Project } from '@fairway/contracts';
import { silentLog } from '../log/index.ts';
import { Problem, type Resources } from '../model/index.ts';
import { createObject, openTestResources, testCause } from '../testing/open-test-resources.ts';
import { createVirtualClock, type VirtualClock } from '../testing/virtual-clock.ts';
import { watchKind } from './watch-kind.ts';

let clock: VirtualClock;
let resources: Resources;
beforeEach(async () => {
  clock = createVirtualClock();
  resources = await openTestResources({ clock, kinds: [Project] });
});
afterEach(() => resources.close());

const gone = (): Problem => new Problem({ reason: 'gone', message: 'too old resource version' });
const create = (name: string): Promise<unknown> =>
  createObject(resources, { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Project', metadata: { namespace: 'default', name }, spec: {} });

test('tells that history was lost only after the new list, so that a deletion in between is seen by whoever looks then', async () => {
  await create('shop');
  const seen: string[] = [];
  const stop = new AbortController();
  let watches = 0;
  const forgetful: Resources = {
    ...resources,
    watchGroups: (kind, query, signal) => {
      watches += 1;
      if (watches === 1) throw gone();
      return resources.watchGroups(kind, query, signal);
    },
  };
  const watching = watchKind({
    kind: Project,
    resources: forgetful,
    clock,
    log: silentLog,
    random: () => 0,
    signal: stop.signal,
    onSighting: ({ type, key }) => seen.push(`${type} ${key.name}`),
    onRelist: () => seen.push('relist'),
  });
  await clock.settle();
  await create('bank');
  await resources.commit(testCause, [{ op: 'delete', kind: Project, key: { namespace: 'default', name: 'shop' } }]);
  await clock.advance(1_000);
  stop.abort();
  await watching;

  assert.deepEqual(seen, ['ADDED shop', 'ADDED bank', 'relist']);
});

test('opens a watch that told something again after the first wait, however often it broke', async () => {
  const stop = new AbortController();
  let watches = 0;
  const breaking: Resources = {
    ...resources,
    watchGroups: async function* (kind, query, signal) {
      watches += 1;
      for await (const events of resources.watchGroups(kind, query, signal)) {
        yield events;
        throw new Error('the connection broke');
      }
    },
  };
  const watching = watchKind({
    kind: Project,
    resources: breaking,
    clock,
    log: silentLog,
    random: () => 0,
    signal: stop.signal,
    onSighting: () => {},
    onRelist: () => assert.fail('nothing was lost'),
  });
  for (let round = 1; round <= 6; round += 1) {
    await clock.settle();
    assert.equal(watches, round);
    await create(`shop-${round}`);
    await clock.settle();
    await clock.advance(1_000);
  }
  stop.abort();
  await watching;
});

test('lets others have their turn between the pages of what is there', async () => {
  const total = 1_200;
  const names = Array.from({ length: total }, (_, index) => `shop-${String(index).padStart(4, '0')}`);
  for (let from = 0; from < total; from += 400)
    await resources.commit(
      testCause,
      names.slice(from, from + 400).map((name) => ({
        op: 'create',
        object: { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Project', metadata: { namespace: 'default', name }, spec: {} },
      })),
    );
  const stop = new AbortController();
  const seen: string[] = [];
  const seenAtTurns: number[] = [];
  const watching = watchKind({
    kind: Project,
    resources,
    clock,
    log: silentLog,
    random: () => 0,
    signal: stop.signal,
    onSighting: ({ key }) => seen.push(key.name),
    onRelist: () => assert.fail('nothing was lost'),
  });
  while (seen.length < total && seenAtTurns.length < total) {
    await new Promise(setImmediate);
    seenAtTurns.push(seen.length);
  }
  stop.abort();
  await watching;

  assert.deepEqual(seen, names);
  assert.ok(new Set(seenAtTurns).size >= 3, `${seenAtTurns.join(', ')}: a turn for each page`);
});
