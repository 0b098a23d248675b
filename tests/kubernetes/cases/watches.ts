import { type Case, failure, given, good, invalidOptions, isCustom } from '../case.ts';
import type { WatchEvent } from '../client.ts';
import { absent, exactly, present } from '../match.ts';
import type { Subject } from '../subject.ts';

const seen = (events: readonly WatchEvent[]): string[] => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`);
const versionNow = async (s: Subject): Promise<string> => good(await s.list('?limit=1')).object.metadata.resourceVersion;

/** Opens a watch, does something, and answers as many events as asked for. */
async function watched(s: Subject, query: string, act: () => Promise<unknown>, count: number): Promise<WatchEvent[]> {
  const watching = await s.watch(query);
  try {
    await act();
    return await watching.take(count);
  } finally {
    watching.close();
  }
}

/** Of the object `a`, whole. */
const metadataOf = (s: Subject): object => ({
  name: 'a',
  namespace: present,
  uid: present,
  resourceVersion: present,
  creationTimestamp: present,
  managedFields: present,
  generation: isCustom(s) ? 1 : absent,
});

const initialEvents = '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

const events: readonly Case[] = [
  {
    id: 'watch/three-events',
    because: 'what is made, changed and deleted is told in order',
    run: async (subject) => {
      const s = await subject.alone();
      const act = async () => {
        good(await s.create(s.make('a', { x: '1' })));
        good(await s.patch('a', 'merge-patch+json', s.fragment({ x: '2' })));
        good(await s.remove('a'));
      };
      const told = await watched(s, `&resourceVersion=${await versionNow(s)}`, act, 3);
      const versions = told.map(({ object }) => BigInt(object.metadata.resourceVersion));
      return {
        told: seen(told),
        data: told.map(({ object }) => s.dataOf(object)),
        isGrowing: versions.every((version, at) => at === 0 || version > (versions[at - 1] ?? 0n)),
      };
    },
    expect: () => ({ told: ['ADDED a', 'MODIFIED a', 'DELETED a'], data: [{ x: '1' }, { x: '2' }, { x: '2' }], isGrowing: true }),
  },
  {
    id: 'watch/object-form',
    because: 'an event carries the whole object with its kind',
    run: async (subject) => {
      const s = await subject.alone();
      return watched(s, `&resourceVersion=${await versionNow(s)}`, () => s.create(s.make('a', { x: '1' })), 1);
    },
    expect: (s) => [
      exactly({
        type: 'ADDED',
        object: {
          ...s.make('a', { x: '1' }),
          metadata: metadataOf(s),
        },
      }),
    ],
  },
  {
    id: 'watch/from-a-version',
    because: 'who was away gets what happened since',
    run: async (subject) => {
      const s = await subject.alone();
      const version = await versionNow(s);
      good(await s.create(s.make('a')));
      good(await s.create(s.make('b')));
      return seen(await watched(s, `&resourceVersion=${version}`, async () => {}, 2));
    },
    expect: () => ['ADDED a', 'ADDED b'],
  },
  {
    id: 'watch/without-version',
    because: 'who knows nothing gets what is there first',
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('a')));
      good(await s.create(s.make('b')));
      return seen(await watched(s, '', () => s.create(s.make('c')), 3));
    },
    expect: () => ['ADDED a', 'ADDED b', 'ADDED c'],
  },
  {
    id: 'watch/version-zero',
    because: 'from whatever is at hand is from what is there',
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('a')));
      return seen(await watched(s, '&resourceVersion=0', () => s.create(s.make('b')), 2));
    },
    expect: () => ['ADDED a', 'ADDED b'],
  },
  {
    id: 'watch/marked-for-deletion',
    because: 'a deletion that waits for a finalizer is a change',
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('a', {}, { finalizers: ['example.com/hold'] })));
      const act = async () => {
        good(await s.remove('a'));
        good(await s.patch('a', 'merge-patch+json', { metadata: { finalizers: null } }));
      };
      return seen(await watched(s, `&resourceVersion=${await versionNow(s)}`, act, 2));
    },
    expect: () => ['MODIFIED a', 'DELETED a'],
  },
  {
    id: 'watch/no-change-no-event',
    because: 'writing the same again wakes nobody',
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('a', { x: '1' })));
      const act = async () => {
        good(await s.patch('a', 'merge-patch+json', s.fragment({ x: '1' })));
        good(await s.create(s.make('b')));
      };
      return seen(await watched(s, `&resourceVersion=${await versionNow(s)}`, act, 1));
    },
    expect: () => ['ADDED b'],
  },
  {
    id: 'watch/labels',
    because: 'an object comes into sight and out of it by its labels',
    run: async (subject) => {
      const s = await subject.alone();
      const label = (value: string | null) => s.patch('a', 'merge-patch+json', { metadata: { labels: { on: value } } });
      const act = async () => {
        good(await s.create(s.make('a')));
        good(await label('yes'));
        good(await s.patch('a', 'merge-patch+json', s.fragment({ x: '1' })));
        good(await label('no'));
        good(await label(null));
        good(await s.create(s.make('z', {}, { labels: { on: 'yes' } })));
      };
      return seen(await watched(s, `&labelSelector=on%3Dyes&resourceVersion=${await versionNow(s)}`, act, 4));
    },
    expect: () => ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED z'],
  },
  {
    id: 'watch/one-object',
    because: 'kubectl wait watches one by its name',
    run: async (subject) => {
      const s = await subject.alone();
      const act = async () => {
        good(await s.create(s.make('a')));
        good(await s.create(s.make('b')));
        good(await s.remove('b'));
      };
      return seen(await watched(s, `&fieldSelector=metadata.name%3Db&resourceVersion=${await versionNow(s)}`, act, 2));
    },
    expect: () => ['ADDED b', 'DELETED b'],
  },
  {
    id: 'watch/all-namespaces',
    because: 'one watch sees all namespaces',
    run: async (subject) => {
      const s = await subject.alone();
      const watching = await s.client.watch(
        `${s.base}/${s.plural}?watch=true&labelSelector=own%3D${s.own}&resourceVersion=${await versionNow(s)}`,
      );
      good(await s.create(s.make('a', {}, { labels: { own: s.own } })));
      const told = await watching.take(1);
      watching.close();
      return told.map(({ object }) => object.metadata.namespace === s.namespace);
    },
    expect: () => [true],
  },
];

const forms: readonly Case[] = [
  {
    id: 'watch/content-type',
    because: 'events are lines of JSON',
    run: async (s) => {
      const watching = await s.watch('&timeoutSeconds=1');
      watching.close();
      return watching;
    },
    expect: () => ({ status: 200, headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }),
  },
  {
    id: 'watch/words-for-true',
    because: 'watch=1 is said as often',
    run: async (s) => {
      const watching = await s.client.watch(`${s.collection}?watch=1&timeoutSeconds=1`);
      watching.close();
      return watching.headers['transfer-encoding'];
    },
    expect: () => 'chunked',
  },
  {
    id: 'watch/old-path',
    because: 'the oldest clients write /watch/ into the path',
    run: async (s) => {
      const watching = await s.client.watch(`${s.base}/watch/namespaces/${s.namespace}/${s.plural}?timeoutSeconds=1`);
      watching.close();
      return watching.status;
    },
    expect: () => 200,
  },
  {
    id: 'watch/timeout',
    because: 'a watch ends well when its time is over',
    run: async (subject) => {
      const s = await subject.alone();
      const watching = await s.watch(`&timeoutSeconds=1&resourceVersion=${await versionNow(s)}`);
      return { status: watching.status, told: await watching.take(1) };
    },
    expect: () => ({ status: 200, told: [] }),
  },
  {
    id: 'watch/bookmark',
    because: 'a watch to which nothing happens learns how far it is before it ends',
    run: async (subject) => {
      const s = await subject.alone();
      const watching = await s.watch(`&timeoutSeconds=4&allowWatchBookmarks=true&resourceVersion=${await versionNow(s)}`);
      good(await subject.create(subject.make(s.own)));
      const told = await watching.take(1);
      watching.close();
      return told;
    },
    expect: (s) => [
      { type: 'BOOKMARK', object: { kind: s.kind, apiVersion: s.apiVersion, metadata: { resourceVersion: /^\d+$/, name: absent } } },
    ],
  },
  {
    id: 'watch/initial-events',
    because: 'a list and a watch in one, with a mark between',
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('a')));
      good(await s.create(s.make('b')));
      const told = await watched(s, initialEvents, () => s.create(s.make('c')), 4);
      return { told: seen(told), mark: told[2]?.object };
    },
    expect: (s) => ({
      told: ['ADDED a', 'ADDED b', 'BOOKMARK ', 'ADDED c'],
      mark: {
        kind: s.kind,
        apiVersion: s.apiVersion,
        metadata: { resourceVersion: /^\d+$/, annotations: exactly({ 'k8s.io/initial-events-end': 'true' }) },
      },
    }),
  },
  {
    id: 'watch/no-initial-events',
    because: 'or none of what is there',
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('a')));
      return seen(await watched(s, '&sendInitialEvents=false&resourceVersionMatch=NotOlderThan', () => s.create(s.make('b')), 1));
    },
    expect: () => ['ADDED b'],
  },
  {
    id: 'watch/table',
    because: 'kubectl get -w prints rows',
    run: async (subject) => {
      const s = await subject.alone();
      const watching = await s.watch(`&resourceVersion=${await versionNow(s)}`, 'application/json;as=Table;v=v1;g=meta.k8s.io');
      good(await s.create(s.make('a')));
      good(await s.create(s.make('b')));
      const told = await watching.take(2);
      watching.close();
      return told;
    },
    expect: () => [
      {
        type: 'ADDED',
        object: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          columnDefinitions: present,
          rows: [{ cells: present, object: { kind: 'PartialObjectMetadata' } }],
        },
      },
      { type: 'ADDED', object: { kind: 'Table', columnDefinitions: null, rows: [{ cells: present }] } },
    ],
  },
  {
    id: 'watch/metadata-only',
    because: 'metadata alone can be watched',
    run: async (subject) => {
      const s = await subject.alone();
      const watching = await s.watch(
        `&resourceVersion=${await versionNow(s)}`,
        'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      );
      good(await s.create(s.make('a', { x: '1' })));
      const told = await watching.take(1);
      watching.close();
      return told;
    },
    expect: (s) => [
      {
        type: 'ADDED',
        object: exactly({
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: metadataOf(s),
        }),
      },
    ],
  },
];

const refusals: readonly Case[] = [
  {
    id: 'watch/too-old',
    because: 'who was away too long must list again',
    // A real server has seen built-in kinds from its first version on, a custom one since it was installed.
    on: ['custom', 'local', 'control'],
    run: async (s) => {
      await given(s);
      return (await s.watch('&resourceVersion=1')).take(1);
    },
    expect: () => [
      {
        type: 'ERROR',
        object: exactly({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: /^too old resource version: 1 \(\d+\)$/,
          reason: 'Expired',
          code: 410,
        }),
      },
    ],
  },
  {
    id: 'watch/nonsense-version',
    because: 'a version is a number to the server',
    run: (s) => s.list('?watch=true&timeoutSeconds=1&resourceVersion=nonsense'),
    expect: () =>
      failure(500, undefined, 'resourceVersion: Invalid value: "nonsense": strconv.ParseUint: parsing "nonsense": invalid syntax'),
  },
  {
    id: 'watch/initial-events-alone',
    because: 'initial events need to know how new they must be',
    run: (s) => s.list('?watch=true&timeoutSeconds=1&sendInitialEvents=true'),
    expect: () =>
      invalidOptions('ListOptions', {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        field: 'resourceVersionMatch',
      }),
  },
  {
    id: 'watch/match-alone',
    because: 'and how new makes no sense without them',
    run: (s) => s.list('?watch=true&timeoutSeconds=1&resourceVersionMatch=NotOlderThan&resourceVersion=5'),
    expect: () =>
      invalidOptions('ListOptions', {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        field: 'resourceVersionMatch',
      }),
  },
  {
    id: 'watch/nonsense-selector',
    because: 'a selector that is none is told before the watch begins',
    run: (s) => s.list('?watch=true&timeoutSeconds=1&labelSelector=%3Dred'),
    expect: () => failure(400, 'BadRequest', "found '=', expected: !, identifier, or 'end of string'"),
  },
  {
    id: 'watch/nonsense-timeout',
    because: 'so is a time that is none',
    run: (s) => s.list('?watch=true&timeoutSeconds=soon'),
    expect: () => failure(400, 'BadRequest', 'strconv.ParseInt: parsing "soon": invalid syntax'),
  },
];

export const watchCases: readonly Case[] = [...events, ...forms, ...refusals];
