import assert from 'node:assert/strict';
import type { Change } from '../../model/index.ts';
import { type ContractCases, cause, readEvents, shown, Widget, widget, widgetKey } from './contract-store.ts';

const seed = (names: readonly string[]): Change[] => names.map((name) => ({ op: 'create', object: widget(name) }));

const paint = (name: string, color: string, labels: Record<string, string> = {}): Change => ({
  op: 'replace',
  object: widget(name, { color }, { labels }),
});

export const readCases: ContractCases = {
  'lists filter by labels and fields as Kubernetes does': async ({ resources }) => {
    await resources.commit(cause(), [
      { op: 'create', object: widget('a', { color: 'red' }, { labels: { tier: 'web', env: 'dev' } }) },
      { op: 'create', object: widget('b', { color: 'blue' }, { labels: { tier: 'web', env: 'prod' } }) },
      { op: 'create', object: widget('c', { color: 'blue' }, { labels: { tier: 'db' } }) },
      { op: 'create', object: widget('d', { color: 'red' }, { namespace: 'other' }) },
    ]);
    const cases = [
      { query: {}, names: 'abcd', because: 'without a namespace all are listed' },
      { query: { namespace: 'other' }, names: 'd', because: 'a namespace confines' },
      { query: { labelSelector: 'tier=web' }, names: 'ab', because: 'equality' },
      { query: { labelSelector: 'tier==web,env!=prod' }, names: 'a', because: 'requirements are joined by and' },
      { query: { labelSelector: 'env!=prod' }, names: 'acd', because: 'objects without the label are not equal to it' },
      { query: { labelSelector: 'env in (dev, prod)' }, names: 'ab', because: 'a set' },
      { query: { labelSelector: 'tier notin (web)' }, names: 'cd', because: 'a set turned round holds for the unlabelled' },
      { query: { labelSelector: 'env' }, names: 'ab', because: 'existence' },
      { query: { labelSelector: '!env,tier' }, names: 'c', because: 'absence' },
      { query: { fieldSelector: 'spec.color=blue' }, names: 'bc', because: 'a selectable field' },
      { query: { fieldSelector: 'spec.color!=blue,metadata.namespace=default' }, names: 'a', because: 'fields and place' },
      { query: { fieldSelector: 'metadata.name=c' }, names: 'c', because: 'the name' },
      { query: { fieldSelector: 'status.phase=' }, names: 'abcd', because: 'an unset field equals the empty text' },
      { query: { fieldSelector: 'status.phase!=' }, names: '', because: 'and differs from nothing else' },
    ];

    for (const { query, names, because } of cases) {
      const page = await resources.list(Widget, query);
      assert.equal(page.items.map(({ metadata }) => metadata.name).join(''), names, because);
    }
  },

  'objects are found by fields that were named after they were stored, and not by those that no longer are': async ({ resources }) => {
    const [now, later] = [
      { ...Widget, selectableFields: ['spec.color'], indexedFields: ['spec.color', 'spec.size'] },
      { ...Widget, selectableFields: ['spec.size'], indexedFields: ['spec.size'] },
    ];
    const create = (name: string, spec: Record<string, unknown>): Change => ({ op: 'create', object: widget(name, spec) });
    await resources.commit(cause(), [create('a', { color: 'red', size: 1 }), create('b', { color: 'blue', size: 2 })]);
    const names = async (fieldSelector: string, kind = later): Promise<string> =>
      (await resources.list(kind, { fieldSelector })).items.map(({ metadata }) => metadata.name).join('');

    assert.equal(await names('spec.size=2'), '', 'not yet');
    await resources.reindex(later);
    await resources.reindex(later);
    assert.equal(await names('spec.size=2'), 'b');
    await resources.reindex(now);
    assert.equal(await names('spec.color=red', now), 'a');
  },

  'a selector that cannot be read is refused': async ({ resources }) => {
    for (const query of [
      { labelSelector: 'a in b' },
      { labelSelector: 'a=b=c' },
      { labelSelector: "a='x'" },
      { fieldSelector: 'spec.size=1' },
      { fieldSelector: 'spec.color' },
    ])
      await assert.rejects(resources.listText(Widget, query), { reason: 'invalid' }, JSON.stringify(query));
  },

  'pages follow each other by continue token and keep the version of the first': async ({ resources }) => {
    await resources.commit(cause(), seed(['a', 'b', 'c', 'd', 'e']));
    const first = await resources.list(Widget, { limit: 2 });
    await resources.commit(cause(), seed(['aa', 'f']));
    const second = await resources.list(Widget, { limit: 2, ...(first.continue === undefined ? {} : { continue: first.continue }) });
    const third = await resources.list(Widget, {
      namespace: 'default',
      limit: 9,
      ...(second.continue === undefined ? {} : { continue: second.continue }),
    });

    assert.deepEqual(
      [first, second, third].map(({ items }) => items.map(({ metadata }) => metadata.name).join('')),
      ['ab', 'cd', 'ef'],
    );
    assert.deepEqual([first.remainingItemCount, second.remainingItemCount, third.continue], [3, 2, undefined]);
    assert.deepEqual([first.resourceVersion, third.resourceVersion], ['5', '5']);
    await assert.rejects(resources.list(Widget, { continue: 'nonsense' }), { reason: 'invalid' });
  },

  'a walk has the same pages, of which none counts what is behind it': async ({ resources }) => {
    await resources.commit(cause(), seed(['a', 'b', 'c', 'd', 'e']));
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await resources.list(Widget, { limit: 2, walk: true, ...(token === undefined ? {} : { continue: token }) });
      names.push(page.items.map(({ metadata }) => metadata.name).join(''));
      assert.equal(page.remainingItemCount, undefined);
      token = page.continue;
    } while (token !== undefined && names.length < 9);

    assert.deepEqual(names, ['ab', 'cd', 'e']);
  },

  'the newest come first, however they are called and however often they were written': async ({ resources }) => {
    await resources.commit(cause(), seed(['c', 'a']));
    await resources.commit(cause(), [...seed(['d', 'b']), { op: 'create', object: widget('e', {}, { namespace: 'other' }) }]);
    await resources.commit(cause(), [paint('c', 'blue')]);
    const cases = [
      { query: {}, names: 'ebdac', because: 'the order is that of creation' },
      { query: { namespace: 'default', limit: 3 }, names: 'bda', because: 'a page ends where it is told to' },
      { query: { namespace: 'default', fieldSelector: 'spec.color=red' }, names: 'bda', because: 'a field selects' },
      { query: { fieldSelector: 'spec.color=red,metadata.name!=b', limit: 2 }, names: 'ed', because: 'fields and names select' },
      { query: { continue: 'nonsense', limit: 1 }, names: 'e', because: 'there is no second page' },
    ];

    for (const { query, names, because } of cases) {
      const page = await resources.list(Widget, { ...query, newestFirst: true });
      assert.equal(page.items.map(({ metadata }) => metadata.name).join(''), names, because);
      assert.equal(page.continue, undefined);
    }
  },

  'a stored text is what a parsed read parses': async ({ resources }) => {
    await resources.commit(cause(), seed(['a']));
    const text = await resources.getText(Widget, widgetKey('a'));

    assert.deepEqual(JSON.parse(text ?? ''), await resources.get(Widget, widgetKey('a')));
    assert.deepEqual((await resources.listText(Widget)).items, [text]);
  },

  'a watch shows what is there, then every change in commit order': async ({ resources }) => {
    await resources.commit(cause(), seed(['a', 'b']));
    const reading = readEvents(resources, { query: {}, count: 5 });
    await resources.commit(cause(), seed(['c']));
    await resources.commit(cause(), [paint('a', 'blue')]);
    await resources.commit(cause(), [{ op: 'delete', kind: Widget, key: widgetKey('b') }]);
    const events = await reading;

    assert.deepEqual(shown(events).sort(), ['ADDED a', 'ADDED b', 'ADDED c', 'DELETED b', 'MODIFIED a']);
    const deleted = events.find(({ type }) => type === 'DELETED');
    assert.equal(JSON.parse(deleted?.text ?? '{}').metadata.resourceVersion, '5');
    assert.equal(deleted?.resourceVersion, '5');
  },

  'a watch whose first list is longer than one page shows every object once, and what changes meanwhile': async ({ resources }) => {
    const names = Array.from({ length: 1_203 }, (_, index) => `w${String(index).padStart(4, '0')}`);
    for (let from = 0; from < names.length; from += 401) await resources.commit(cause(), seed(names.slice(from, from + 401)));
    const stop = new AbortController();
    const events: string[] = [];
    for await (const { type, key } of resources.watch(Widget, {}, stop.signal)) {
      events.push(`${type} ${key.name}`);
      // Of the first page, of one that is still to be read, and a new one at the end: each is told once.
      if (events.length === 1) await resources.commit(cause(), [paint('w0000', 'blue'), paint('w1200', 'blue'), ...seed(['w9999'])]);
      if (events.length === names.length + 2) stop.abort();
    }

    assert.deepEqual(
      events.filter((event) => event.startsWith('ADDED')),
      [...names, 'w9999'].map((name) => `ADDED ${name}`),
    );
    assert.deepEqual(
      events.filter((event) => !event.startsWith('ADDED')),
      ['MODIFIED w0000'],
    );
  },

  'a watch resumes from any version, from memory and from the change log alike': async ({ resources, reopen }) => {
    await resources.commit(cause(), seed(['a']));
    for (let round = 0; round < 4; round += 1) await resources.commit(cause(), [paint('a', `color-${round}`)]);

    for (const reader of [resources, await reopen()])
      for (let since = 1; since < 5; since += 1) {
        const events = await readEvents(reader, { query: { since: String(since) }, count: 5 - since });
        const versions = events.map(({ resourceVersion }) => Number(resourceVersion));
        assert.deepEqual(versions, [2, 3, 4, 5].slice(since - 1));
      }
  },

  'an object that begins to match is added, one that stops is deleted': async ({ resources, reopen }) => {
    await resources.commit(cause(), seed(['a', 'b']));
    await resources.commit(cause(), [paint('a', 'blue', { tier: 'web' })]);
    await resources.commit(cause(), [paint('a', 'green', { tier: 'web' })]);
    await resources.commit(cause(), [paint('a', 'red')]);
    await resources.commit(cause(), [paint('b', 'red', { tier: 'web' })]);

    await resources.commit(cause(), [{ op: 'delete', kind: Widget, key: widgetKey('b') }]);

    for (const reader of [resources, await reopen()]) {
      const byLabel = await readEvents(reader, { query: { since: '2', labelSelector: 'tier=web' }, count: 5 });
      const byField = await readEvents(reader, { query: { since: '2', fieldSelector: 'spec.color=blue' }, count: 2 });
      assert.deepEqual(shown(byLabel), ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b', 'DELETED b']);
      assert.deepEqual(shown(byField), ['ADDED a', 'DELETED a']);
    }
  },

  'no watcher misses or repeats a change while many write': async ({ resources }) => {
    const writers = 8;
    const rounds = 10;
    const watching = Array.from({ length: 3 }, () => readEvents(resources, { query: {}, count: writers * rounds }));
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let round = 0; round < rounds; round += 1) await resources.commit(cause(), seed([`w${writer}-${round}`]));
      }),
    );

    for (const events of await Promise.all(watching)) {
      const versions = events.map(({ resourceVersion }) => Number(resourceVersion));
      assert.equal(new Set(versions).size, writers * rounds);
      assert.equal(new Set(events.map(({ key }) => key.name)).size, writers * rounds);
    }
  },

  'a quiet watch sends bookmarks with the newest version': async ({ resources, clock }) => {
    await resources.commit(cause(), seed(['a']));
    const reading = readEvents(resources, { query: { since: '1', bookmarks: true, fieldSelector: 'metadata.name=a' }, count: 1 });
    const moving = setInterval(() => clock.advance(60_000), 5);
    const [event] = await reading;
    clearInterval(moving);

    assert.deepEqual([event?.type, event?.resourceVersion, event?.text], ['BOOKMARK', '1', '']);
  },

  'a watch ends when it is aborted, and with the store': async ({ resources }) => {
    const abort = new AbortController();
    const ended = (async () => {
      for await (const _event of resources.watch(Widget, {}, abort.signal));
      return 'aborted';
    })();
    const closed = (async () => {
      for await (const _event of resources.watch(Widget, {}, new AbortController().signal));
      return 'closed';
    })();
    await resources.commit(cause(), seed(['a']));
    abort.abort();
    assert.equal(await ended, 'aborted');
    await resources.close();
    assert.equal(await closed, 'closed');
    await assert.rejects(resources.commit(cause(), seed(['b'])), { reason: 'unavailable' });
  },

  'a version of the future, and nonsense, start no watch': async ({ resources }) => {
    await assert.rejects(readEvents(resources, { query: { since: '99' }, count: 1 }), { reason: 'gone' });
    await assert.rejects(readEvents(resources, { query: { since: 'x' }, count: 1 }), { reason: 'invalid' });
  },
};

/** Run with a change log of 10 rows. */
export const historyCases: ContractCases = {
  'a watch and a list from before the oldest change known are told to begin again': async ({ resources, compact, reopen }) => {
    await resources.commit(cause(), seed(['a', 'b', 'c']));
    const page = await resources.list(Widget, { limit: 1 });
    const token = page.continue ?? '';
    for (let round = 0; round < 30; round += 1) await resources.commit(cause(), [paint('a', `color-${round}`)]);
    await compact();

    await assert.rejects(resources.list(Widget, { limit: 1, continue: token }), { reason: 'gone' });
    await assert.rejects(readEvents(await reopen(), { query: { since: '3' }, count: 1 }), { reason: 'gone' });
    assert.equal(await resources.currentVersion(), '33');
    await resources.commit(cause(), seed(['d']));
    assert.equal(await resources.currentVersion(), '34');
  },
};
