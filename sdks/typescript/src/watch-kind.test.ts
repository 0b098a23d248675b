import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionError, FairwayError, PermissionDeniedError } from './errors.ts';
import type { ResourceObject } from './resource-shapes.ts';
import { collect } from './testing/collect.ts';
import { type WatchSource, watchKind } from './watch-kind.ts';

const object = (name: string, resourceVersion: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid: `uid-${name}`, resourceVersion },
});
const event = (type: string, name: string, version: string): string => `${JSON.stringify({ type, object: object(name, version) })}\n`;
const status410 = `${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } })}\n`;
const reset = Symbol('reset');

/** Lists and streams as they are scripted; when the script is over, the watch is stopped. */
function scripted(script: { lists: ResourceObject[][]; streams: (readonly (string | typeof reset)[] | Error)[] }) {
  const stop = new AbortController();
  const asked: string[] = [];
  let listed = 0;
  const source: WatchSource<ResourceObject> = {
    list: async () => {
      listed += 1;
      return { items: script.lists.shift() ?? [], metadata: { resourceVersion: `list-${listed}` } };
    },
    changes: async (since) => {
      asked.push(since);
      const stream = script.streams.shift();
      if (stream instanceof Error) throw stream;
      if (stream === undefined) {
        stop.abort();
        throw new Error('stopped');
      }
      return new Response(
        ReadableStream.from(
          (async function* () {
            for (const part of stream)
              if (part === reset) throw new TypeError('terminated');
              else yield new TextEncoder().encode(part);
          })(),
        ) as ReadableStream<Uint8Array<ArrayBuffer>>,
      );
    },
  };
  const seen = async (patienceMs?: number): Promise<string[]> => {
    const options = { signal: stop.signal, ...(patienceMs === undefined ? {} : { patienceMs }) };
    const events = await collect(watchKind(source, options));
    return events.map(({ type, object: { metadata } }) => `${type} ${metadata.name}@${metadata.resourceVersion}`);
  };
  return { seen, asked };
}

test('what is there comes first, then every change; bookmarks only move the version', async () => {
  const { seen, asked } = scripted({
    lists: [[object('a', '1'), object('b', '2')]],
    streams: [[event('MODIFIED', 'a', '3'), event('BOOKMARK', '', '9')]],
  });

  assert.deepEqual(await seen(), ['ADDED a@1', 'ADDED b@2', 'MODIFIED a@3']);
  assert.deepEqual(asked, ['list-1', '9']);
});

test('a closed, a reset and a half-written stream go on from the last version', async () => {
  const half = event('MODIFIED', 'a', '5').slice(0, 20);
  const { seen, asked } = scripted({
    lists: [[]],
    streams: [[event('ADDED', 'a', '3')], [event('MODIFIED', 'a', '4'), reset], [half], [event('MODIFIED', 'a', '5')]],
  });

  assert.deepEqual(await seen(), ['ADDED a@3', 'MODIFIED a@4', 'MODIFIED a@5']);
  assert.deepEqual(asked, ['list-1', '3', '4', '4', '5']);
});

test('a version that is too old lists again, and what has gone meanwhile is told as deleted', async () => {
  for (const tooOld of [[status410], new FairwayError({ status: 410, code: 'Expired', message: 'too old' })]) {
    const { seen, asked } = scripted({ lists: [[object('a', '1'), object('b', '2')], [object('b', '7')]], streams: [tooOld, []] });

    assert.deepEqual(await seen(), ['ADDED a@1', 'ADDED b@2', 'ADDED b@7', 'DELETED a@1']);
    assert.deepEqual(asked, ['list-1', 'list-2', 'list-2']);
  }
});

test('a platform that starts again is waited for; one that stays away ends the watch', async () => {
  const away = new ConnectionError({ status: 0, code: 'UNREACHABLE', message: 'away' });
  const back = scripted({ lists: [[]], streams: [away, away, [event('ADDED', 'a', '3')]] });
  const gone = scripted({ lists: [[]], streams: [away, away] });

  assert.deepEqual(await back.seen(), ['ADDED a@3']);
  await assert.rejects(gone.seen(0), away);
});

test('a refusal ends the watch', async () => {
  const refused = new PermissionDeniedError({ status: 403, code: 'Forbidden', message: 'no' });

  await assert.rejects(scripted({ lists: [[]], streams: [refused] }).seen(), refused);
});
