import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Project } from '@fairway/contracts';
import type { Resources, WatchEvent, WatchQuery } from '../../model/index.ts';
import { createObject, openTestResources } from '../../testing/open-test-resources.ts';
import { createVirtualClock, type VirtualClock } from '../../testing/virtual-clock.ts';

let clock: VirtualClock;
let resources: Resources;
beforeEach(async () => {
  clock = createVirtualClock();
  resources = await openTestResources({ clock, kinds: [Project] });
});
afterEach(() => resources.close());

const create = (name: string, labels: Record<string, string> = {}): Promise<unknown> =>
  createObject(resources, {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Project',
    metadata: { namespace: 'default', name, labels },
    spec: {},
  });

/** The groups of events that two watchers of these places get of two creations. */
const groupsOf = async (places: readonly WatchQuery[]): Promise<(readonly WatchEvent[])[][]> => {
  await create('first');
  const since = await resources.currentVersion();
  const stop = new AbortController();
  const heard = places.map((): (readonly WatchEvent[])[] => []);
  const watching = places.map(async (place, index) => {
    for await (const events of resources.watchGroups(Project, { ...place, since }, stop.signal)) heard[index]?.push(events);
  });
  await clock.settle();
  await create('shop', { team: 'a' });
  await clock.settle();
  await create('bank', { team: 'b' });
  await clock.settle();
  stop.abort();
  await Promise.all(watching);
  return heard;
};

const shared: { because: string; place: WatchQuery }[] = [
  { because: 'all of a kind', place: {} },
  { because: 'a namespace', place: { namespace: 'default' } },
  { because: 'what a label selects', place: { namespace: 'default', labelSelector: 'team=a' } },
];

describe('watchGroups', () => {
  for (const { because, place } of shared)
    test(`gives watchers of the same place the very same list, so that it is printed once: ${because}`, async () => {
      const [one = [], other = []] = await groupsOf([place, place]);

      assert.ok(one.length > 0);
      assert.equal(one.length, other.length);
      for (const [index, events] of one.entries()) assert.equal(events, other[index]);
    });

  test('gives watchers of other places their own events', async () => {
    const heard = await groupsOf([{ labelSelector: 'team=a' }, { labelSelector: 'team=b' }, { namespace: 'elsewhere' }]);
    const names = heard.map((groups) => groups.flat().map(({ key }) => key.name));

    assert.deepEqual(names, [['shop'], ['bank'], []]);
  });
});
