import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectRow, RowPage, RowQuery } from '../database.ts';
import { createRowCache } from './row-cache.ts';
import type { WrittenRow } from './write-batch.ts';

const row = (name: string, version = 1, text = `{"name":"${name}"}`): ObjectRow => ({
  kind: 'Widget.test',
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  seq: 1,
  version,
  text,
});
const written = (type: WrittenRow['type'], of: ObjectRow): WrittenRow => ({ ...of, type });
const query: RowQuery = { kind: 'Widget.test', requirements: [], limit: 10 };
const page = (rows: ObjectRow[]): RowPage => ({ rows, remaining: 0, version: 1, oldest: 0 });

describe('the row cache', () => {
  test('answers what was read, as the last commit left it', () => {
    const cache = createRowCache();
    cache.keepRow(row('a'));
    cache.committed([written('updated', row('a', 2, 'new'))]);
    assert.deepEqual(cache.row(row('a')), row('a', 2, 'new'));

    cache.committed([written('deleted', row('a', 3))]);
    assert.equal(cache.row(row('a')), undefined);
  });

  test('keeps no object that nobody has read', () => {
    const cache = createRowCache();
    cache.committed([written('created', row('a'))]);

    assert.equal(cache.row(row('a')), undefined);
  });

  test('forgets the lists of a kind with each of its changes, and those of no other', () => {
    const cache = createRowCache();
    const other = { ...query, kind: 'Gadget.test' };
    cache.keepPage(query, page([row('a')]));
    cache.keepPage(other, page([]));
    cache.committed([written('created', row('b'))]);

    assert.equal(cache.page(query), undefined);
    assert.deepEqual(cache.page(other)?.rows, []);
  });

  test('tells lists apart by everything that was asked', () => {
    const cache = createRowCache();
    const asked: RowQuery[] = [
      query,
      { ...query, limit: 11 },
      { ...query, namespace: 'default' },
      { ...query, after: { namespace: 'default', name: 'a' } },
      { ...query, newestFirst: true },
      { ...query, requirements: [{ term: 'label:a', operator: 'in', values: ['b'] }] },
      { ...query, requirements: [{ term: 'label:a', operator: 'not-in', values: ['b'] }] },
    ];
    for (const [index, one] of asked.entries()) cache.keepPage(one, page([row(`r${index}`)]));

    assert.deepEqual(
      asked.map((one) => cache.page(one)?.rows[0]?.name),
      asked.map((_, index) => `r${index}`),
    );
  });

  test('stays within its bounds: the oldest rows go, and a huge list is not kept', () => {
    const cache = createRowCache();
    const big = 'x'.repeat(1024 * 1024);
    for (const name of ['a', 'b', 'c']) cache.keepRow(row(name, 1, big));
    cache.keepPage(query, page([row('a', 1, big)]));

    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => cache.row(row(name)) !== undefined),
      [false, true, true],
    );
    assert.equal(cache.page(query), undefined);
  });
});
