import assert from 'node:assert/strict';
import type { AnyResource, Change } from '../../model/index.ts';
import { Beat, type ContractCases, cause, Widget, widget, widgetKey } from './contract-store.ts';

const setFinalizers = (name: string, finalizers: string[]): Change => ({
  op: 'mutate',
  kind: Widget,
  key: widgetKey(name),
  change: (current) => (current === undefined ? undefined : { ...current, metadata: { ...current.metadata, finalizers } }),
});
const remove = (name: string, rest: Partial<Extract<Change, { op: 'delete' }>> = {}): Change => ({
  op: 'delete',
  kind: Widget,
  key: widgetKey(name),
  ...rest,
});
const create = (object: AnyResource): Change => ({ op: 'create', object });

export const lifecycleCases: ContractCases = {
  'an object without finalizers goes at once; its name is free again for another uid': async ({ resources }) => {
    const [first] = await resources.commit(cause(), [create(widget('a'))]);
    const [gone] = await resources.commit(cause(), [remove('a')]);
    const [second] = await resources.commit(cause(), [create(widget('a'))]);

    assert.equal(gone?.outcome, 'deleted');
    assert.equal(gone?.object.metadata.resourceVersion, '2');
    assert.notEqual(second?.object.metadata.uid, first?.object.metadata.uid);
  },

  'a finalizer holds a deleted object until it is taken away': async ({ resources }) => {
    await resources.commit(cause(), [create(widget('a', {}, { finalizers: ['test/hold', 'test/other'] }))]);
    const [marked] = await resources.commit(cause(), [remove('a')]);
    const [again] = await resources.commit(cause(), [remove('a')]);
    await assert.rejects(resources.commit(cause(), [setFinalizers('a', ['test/hold', 'test/new'])]), {
      reason: 'invalid',
      message: /no new finalizers can be added if the object is being deleted/,
    });
    const [one] = await resources.commit(cause(), [setFinalizers('a', ['test/hold'])]);
    const [last] = await resources.commit(cause(), [setFinalizers('a', [])]);

    assert.deepEqual([marked?.outcome, marked?.object.metadata.deletionTimestamp], ['updated', '2026-01-01T00:00:00Z']);
    assert.deepEqual([again?.outcome, one?.outcome, last?.outcome], ['unchanged', 'updated', 'deleted']);
    assert.equal(await resources.get(Widget, widgetKey('a')), undefined);
  },

  'a deletion says how long the object may take to go; a later one only shortens it': async ({ resources }) => {
    await resources.commit(cause(), [create(widget('a', {}, { finalizers: ['test/hold'] }))]);
    const cases: { because: string; asked?: number; found: number | undefined }[] = [
      { because: 'nothing was asked for', found: undefined },
      { because: 'the first wish counts', asked: 30, found: 30 },
      { because: 'a longer one does not', asked: 60, found: 30 },
      { because: 'a deletion without a wish changes nothing', found: 30 },
      { because: 'a shorter one does', asked: 0, found: 0 },
    ];

    for (const { because, asked, found } of cases) {
      const [marked] = await resources.commit(cause(), [remove('a', asked === undefined ? {} : { gracePeriodSeconds: asked })]);
      assert.equal(marked?.object.metadata.deletionGracePeriodSeconds, found, because);
    }
  },

  'a deletion leaves word for the garbage collector': async ({ resources }) => {
    const cases = [
      { propagation: 'foreground', finalizers: ['foregroundDeletion'] },
      { propagation: 'orphan', finalizers: ['orphan'] },
      { propagation: 'background', finalizers: undefined },
    ] as const;

    for (const { propagation, finalizers } of cases) {
      await resources.commit(cause(), [create(widget(propagation))]);
      const [result] = await resources.commit(cause(), [remove(propagation, { propagation })]);
      assert.deepEqual(result?.object.metadata.finalizers, finalizers);
    }
    const [second] = await resources.commit(cause(), [remove('foreground')]);
    assert.equal(second?.outcome, 'unchanged', 'a plain second delete keeps what the first one asked for');
  },

  'rules may refuse a deletion': async ({ resources }) => {
    await resources.commit(cause(), [create(widget('a', {}, { labels: { pinned: 'yes' } }))]);

    await assert.rejects(resources.commit(cause(), [remove('a')]), { message: 'a pinned widget stays' });
    assert.notEqual(await resources.get(Widget, widgetKey('a')), undefined);
  },

  'owned objects are found by the uid of their owner': async ({ resources }) => {
    const [owner] = await resources.commit(cause(), [create(widget('owner'))]);
    const ownerReferences = [{ apiVersion: 'test.fairway.dev/v1', kind: 'Widget', name: 'owner', uid: owner?.object.metadata.uid ?? '' }];
    await resources.commit(cause(), [create(widget('one', {}, { ownerReferences })), create(widget('two', {}, { ownerReferences }))]);
    await resources.commit(cause(), [{ op: 'replace', object: widget('two') }]);

    const owned = await resources.listOwned(owner?.object.metadata.uid ?? '');

    assert.deepEqual(
      owned.map(({ metadata }) => metadata.name),
      ['one'],
    );
  },

  'more owned objects than fit into a page come one after the other, each once': async ({ resources }) => {
    const [owner] = await resources.commit(cause(), [create(widget('owner'))]);
    const uid = owner?.object.metadata.uid ?? '';
    const ownerReferences = [{ apiVersion: 'test.fairway.dev/v1', kind: 'Widget', name: 'owner', uid }];
    const named = (number: number): string => `owned-${String(number).padStart(4, '0')}`;
    for (let from = 0; from < 1_200; from += 400)
      await resources.commit(
        cause(),
        Array.from({ length: 400 }, (_, index) => create(widget(named(from + index), {}, { ownerReferences }))),
      );

    const found: string[] = [];
    for await (const page of resources.ownedPages(uid)) found.push(...page.map(({ metadata }) => metadata.name));

    assert.deepEqual(
      found,
      Array.from({ length: 1_200 }, (_, index) => named(index)),
    );
  },

  'server-side apply creates, changes nothing the second time, and refuses to take a field of another manager': async ({ resources }) => {
    const first = await resources.apply(cause(), widget('a'), { fieldManager: 'ada' });
    const second = await resources.apply(cause(), widget('a'), { fieldManager: 'ada' });
    await assert.rejects(
      resources.apply(cause(), widget('a', { color: 'blue' }), { fieldManager: 'bob' }),
      (error: { reason?: string; details?: { fields?: { field: string }[] } }) => {
        assert.equal(error.reason, 'conflict');
        assert.deepEqual(
          error.details?.fields?.map(({ field }) => field),
          ['.spec.color'],
        );
        return true;
      },
    );
    const forced = await resources.apply(cause(), widget('a', { color: 'blue' }), { fieldManager: 'bob', force: true });

    assert.deepEqual([first.outcome, second.outcome, forced.outcome], ['created', 'unchanged', 'updated']);
    assert.deepEqual(
      forced.object.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`),
      ['bob Apply'],
    );
  },

  'each caller’s change is an event; a status is one only when a state changed': async ({ resources, journal }) => {
    const conditions = (message: string, reason: string): unknown => [
      { type: 'Ready', status: 'True', reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    const setStatus = (status: unknown): Change => ({ op: 'status', object: { ...widget('a'), status } as AnyResource });
    await resources.commit(cause('widget.create'), [create(widget('a'))]);
    await resources.commit(cause('widget.status'), [setStatus({ conditions: conditions('one', 'Up') })]);
    await resources.commit(cause('widget.status'), [setStatus({ conditions: conditions('two', 'Up'), counter: 1 })]);
    await resources.commit(cause('widget.status'), [setStatus({ conditions: conditions('two', 'Down') })]);
    await resources.commit(cause('widget.delete'), [remove('a')]);

    const events = await journal.listEvents({ after: 0, limit: 10 });
    const later = await journal.listEvents({ after: events[1]?.id ?? 0, limit: 1 });

    assert.deepEqual(
      events.map(({ id, type, action }) => [id, type, action]),
      [
        [1, 'created', 'widget.create'],
        [2, 'status', 'widget.status'],
        [4, 'status', 'widget.status'],
        [5, 'deleted', 'widget.delete'],
      ],
    );
    assert.deepEqual(
      later.map(({ id }) => id),
      [4],
    );
    assert.deepEqual(
      (await journal.listAudit({ limit: 10 })).map(({ action }) => action),
      ['widget.delete', 'widget.create'],
    );
  },

  'events are found by object, newest first, and followed as they come': async ({ resources, journal }) => {
    await resources.commit(cause('widget.create'), [create(widget('a')), create(widget('b'))]);
    const stop = new AbortController();
    const followed: number[] = [];
    const following = (async () => {
      for await (const page of journal.followEvents({ after: 1, namespace: 'default' }, stop.signal)) {
        followed.push(...page.map(({ id }) => id));
        if (followed.includes(3)) stop.abort();
      }
    })();

    await resources.commit(cause('widget.delete'), [remove('a')]);
    await following;
    const ofOne = await journal.listEvents({ after: 0, limit: 10, namespace: 'default', name: 'a', newestFirst: true });
    const ofOther = await journal.listEvents({ after: 0, limit: 10, namespace: 'elsewhere' });

    assert.deepEqual(followed, [2, 3]);
    assert.deepEqual(
      ofOne.map(({ id, type }) => [id, type]),
      [
        [3, 'deleted'],
        [1, 'created'],
      ],
    );
    assert.deepEqual(ofOther, []);
  },

  'an audit entry says who, what, on which request, and is paged from the newest': async ({ resources, journal }) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await resources.commit({ ...cause('widget.create'), requestId: 'req-1', traceparent }, [create(widget('a'))]);
    await resources.commit(cause('widget.create'), [create(widget('b'))]);

    const [newest] = await journal.listAudit({ limit: 1 });
    const [older] = await journal.listAudit({ limit: 1, before: newest?.id ?? 0 });

    assert.deepEqual([newest?.version, older?.version], [2, 1]);
    assert.deepEqual(
      [older?.principal, older?.requestId, older?.traceparent, older?.outcome],
      ['user:ada', 'req-1', traceparent, 'committed'],
    );
  },

  'a refusal that came before any commit has its entry, and no event': async ({ resources, journal }) => {
    const version = await resources.currentVersion();
    await journal.recordRefusal({ principal: 'user:ada', action: 'widget.create', message: 'needs a permission', requestId: 'req-2' });

    const [entry] = await journal.listAudit({ limit: 1 });
    assert.deepEqual(
      [entry?.principal, entry?.action, entry?.outcome, entry?.message, entry?.requestId, entry?.refs, entry?.version],
      ['user:ada', 'widget.create', 'refused', 'needs a permission', 'req-2', [], undefined],
    );
    assert.equal(await resources.currentVersion(), version);
  },

  'a kind that nobody audits leaves no entry and no event': async ({ resources, journal }) => {
    await resources.commit(cause(), [
      create({ apiVersion: 'test.fairway.dev/v1', kind: 'Beat', metadata: { name: 'a', namespace: 'default' }, spec: {} }),
    ]);

    assert.notEqual(await resources.get(Beat, widgetKey('a')), undefined);
    assert.deepEqual([await journal.listAudit({ limit: 10 }), await journal.listEvents({ after: 0, limit: 10 })], [[], []]);
  },
};
