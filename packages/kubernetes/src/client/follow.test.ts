import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createClusterClient } from './create-cluster-client.ts';
import { eventLine, json, podAt, podList, pods, type Scripted, scriptedCluster, until } from './testing/scripted-cluster.ts';

/** Follows pods of a scripted cluster and writes down what it is told. */
async function following(t: TestContext, answer: Scripted, idleTimeoutMs = 60_000) {
  const { server, requests } = await scriptedCluster(t, answer);
  const client = createClusterClient({ server, random: () => 0 });
  const stop = new AbortController();
  const told: string[] = [];
  const interruptions: string[] = [];
  let syncs = 0;
  const follower = client.follow(
    pods,
    { namespace: 'default' },
    {
      signal: stop.signal,
      idleTimeoutMs,
      backoff: { firstMs: 2, longestMs: 10 },
      onChange: ({ type, object }) => told.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`),
      onSynced: () => {
        syncs += 1;
      },
      onInterrupted: (problem) => interruptions.push(problem?.reason ?? 'closed'),
    },
  );
  t.after(async () => {
    stop.abort();
    await follower.done;
    client.close();
  });
  return { follower, told, interruptions, requests, stop, syncs: () => syncs };
}

/** A cluster whose first list holds pod a at version 10, and whose watches are scripted one by one; the last script repeats. */
const clusterWith = (
  watches: readonly ((response: ServerResponse, since: string) => void)[],
  lists: readonly unknown[] = [podList('10', [podAt('a', '10')])],
): Scripted => {
  let watched = 0;
  let listed = 0;
  return (request, response) => {
    if (request.query.get('watch') !== 'true') {
      json(response, 200, lists[Math.min(listed, lists.length - 1)]);
      listed += 1;
      return;
    }
    const script = watches[Math.min(watched, watches.length - 1)];
    watched += 1;
    script?.(response, request.query.get('resourceVersion') ?? '');
  };
};
const open = (response: ServerResponse): ServerResponse => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  return response;
};
const quiet = (response: ServerResponse) => void open(response);

test('the cache holds the list and then what the watch says', async (t) => {
  const { follower, told, syncs } = await following(
    t,
    clusterWith([
      (response) => {
        open(response).write(eventLine('ADDED', podAt('b', '11')) + eventLine('MODIFIED', podAt('a', '12')));
        response.write(eventLine('DELETED', podAt('b', '13')));
      },
    ]),
  );

  await until('the deletion', () => told.includes('deleted b@13'));

  assert.deepEqual(told, ['added a@10', 'added b@11', 'modified a@12', 'deleted b@13']);
  assert.deepEqual(
    follower.items().map(({ metadata }) => metadata.name),
    ['a'],
  );
  assert.equal(follower.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion, '12');
  assert.equal(syncs(), 1);
});

test('an event that arrives in pieces, and two that arrive as one, are read alike', async (t) => {
  const line = eventLine('ADDED', podAt('umlaut-ü', '11'));
  const bytes = Buffer.from(line + eventLine('ADDED', podAt('c', '12')));
  const { told } = await following(
    t,
    clusterWith([
      (response) => {
        open(response);
        const cut = bytes.indexOf(0xc3) + 1;
        response.write(bytes.subarray(0, cut), () => response.write(bytes.subarray(cut)));
      },
    ]),
  );

  await until('both', () => told.includes('added c@12'));

  assert.ok(told.includes('added umlaut-ü@11'));
});

test('after a clean close the watch goes on from the last version, without a new list', async (t) => {
  const since: string[] = [];
  const { told, requests } = await following(
    t,
    clusterWith([
      (response, version) => {
        since.push(version);
        open(response).end(eventLine('ADDED', podAt('b', '11')));
      },
      (response, version) => {
        since.push(version);
        open(response).write(eventLine('ADDED', podAt('c', '12')));
      },
    ]),
  );

  await until('the event of the second watch', () => told.includes('added c@12'));

  assert.deepEqual(since, ['10', '11']);
  assert.equal(requests.filter((request) => !request.includes('watch=true')).length, 1);
});

test('a bookmark moves the version on', async (t) => {
  const since: string[] = [];
  const { told } = await following(
    t,
    clusterWith([
      (response, version) => {
        since.push(version);
        open(response).end(eventLine('BOOKMARK', { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '99' } }));
      },
      (response, version) => {
        since.push(version);
        quiet(response);
      },
    ]),
  );

  await until('the second watch', () => since.length === 2);

  assert.deepEqual(since, ['10', '99']);
  assert.deepEqual(told, ['added a@10'], 'a bookmark is no change');
});

test('a TCP reset in the middle of an event loses nothing', async (t) => {
  const since: string[] = [];
  const { told, interruptions } = await following(
    t,
    clusterWith([
      (response, version) => {
        since.push(version);
        open(response).write(`${eventLine('ADDED', podAt('b', '11'))}{"type":"ADDED","obj`, () => response.socket?.resetAndDestroy());
      },
      (response, version) => {
        since.push(version);
        open(response).write(eventLine('ADDED', podAt('c', '12')));
      },
    ]),
  );

  await until('the event after the reset', () => told.includes('added c@12'));

  assert.deepEqual(told, ['added a@10', 'added b@11', 'added c@12']);
  assert.deepEqual(since, ['10', '11']);
  assert.deepEqual(interruptions, ['unavailable']);
});

test('a connection that says nothing is given up and replaced', async (t) => {
  const { told, interruptions } = await following(
    t,
    clusterWith([quiet, (response) => void open(response).write(eventLine('ADDED', podAt('b', '11')))]),
    50,
  );

  await until('the event after the silence', () => told.includes('added b@11'));

  assert.equal(interruptions[0], 'unavailable');
});

test('when history is gone, a new list tells what was changed and deleted meanwhile', async (t) => {
  const gone = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' };
  const lists = [
    podList('10', [podAt('a', '10'), podAt('b', '9'), podAt('d', '8')]),
    podList('50', [podAt('a', '40'), podAt('c', '41'), podAt('d', '45', 'another-uid')]),
  ];
  const since: string[] = [];
  const { told, syncs } = await following(
    t,
    clusterWith(
      [
        (response, version) => {
          since.push(version);
          open(response).end(eventLine('ERROR', gone));
        },
        (response, version) => {
          since.push(version);
          quiet(response);
        },
      ],
      lists,
    ),
  );

  await until('the second watch', () => since.length === 2);

  assert.deepEqual(told.slice(3), ['deleted b@9', 'modified a@40', 'added c@41', 'deleted d@8', 'added d@45']);
  assert.deepEqual(since, ['10', '50']);
  assert.equal(syncs(), 1, 'synced is told once');
});

test('a 410 as the answer to the request itself is treated like one in the stream', async (t) => {
  const { interruptions, requests } = await following(
    t,
    clusterWith([(response) => json(response, 410, { kind: 'Status', reason: 'Expired', code: 410, message: 'old' }), quiet]),
  );

  await until('the second list', () => requests.filter((request) => !request.includes('watch=true')).length === 2);

  assert.deepEqual(interruptions, ['gone']);
});

test('a cluster that is down at the start is asked again until it answers', async (t) => {
  let asked = 0;
  const { follower, interruptions, syncs } = await following(t, (request, response) => {
    asked += 1;
    if (asked < 3) return json(response, 503, { kind: 'Status', reason: 'ServiceUnavailable', code: 503, message: 'starting' });
    return request.query.has('watch') ? quiet(response) : json(response, 200, podList('10', [podAt('a', '10')]));
  });

  await until('the first list', () => syncs() === 1);

  assert.equal(follower.isSynced, true);
  assert.deepEqual(interruptions, ['unavailable', 'unavailable']);
});

test('following a list of several pages takes them all before it is synced', async (t) => {
  const { follower, syncs } = await following(t, (request, response) => {
    if (request.query.has('watch')) return quiet(response);
    const next = request.query.get('continue');
    return json(response, 200, next === null ? podList('10', [podAt('a', '1')], 'more') : podList('10', [podAt('b', '2')]));
  });

  await until('the sync', () => syncs() === 1);

  assert.deepEqual(
    follower
      .items()
      .map(({ metadata }) => metadata.name)
      .sort(),
    ['a', 'b'],
  );
});

test('an abort ends following at once and quietly', async (t) => {
  const { follower, stop, interruptions, syncs } = await following(t, clusterWith([quiet]));
  await until('the sync', () => syncs() === 1);

  stop.abort();
  await follower.done;

  assert.deepEqual(interruptions, []);
});
