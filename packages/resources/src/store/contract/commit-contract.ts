import assert from 'node:assert/strict';
import { type AnyResource, type Change, isProblem } from '../../model/index.ts';
import { type ContractCases, cause, Plan, plan, Quota, Widget, widget, widgetKey } from './contract-store.ts';

const setSize = (name: string, change: (size: number) => number): Change => ({
  op: 'mutate',
  kind: Widget,
  key: widgetKey(name),
  change: (current) => {
    const spec = current?.spec as { size: number };
    return current === undefined ? undefined : { ...current, spec: { ...spec, size: change(spec.size) } };
  },
});

const create = (object: AnyResource): Change => ({ op: 'create', object });

export const commitCases: ContractCases = {
  'a created object gets identity, defaults and a version, and is read back as it was answered': async ({ resources }) => {
    const [created] = await resources.commit(cause(), [create(widget('a', { unknown: 1 }))]);

    assert.equal(created?.outcome, 'created');
    assert.deepEqual(created?.object.spec, { color: 'red', size: 1 });
    assert.match(created?.object.metadata.uid ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(created?.object.metadata.generation, 1);
    assert.equal(created?.object.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
    assert.equal(created?.object.metadata.resourceVersion, await resources.currentVersion());
    assert.deepEqual(await resources.get(Widget, widgetKey('a')), created?.object);
  },

  'a field that is undefined counts as absent': async ({ resources }) => {
    const [created] = await resources.commit(cause(), [create({ ...widget('a', { note: undefined }), status: undefined } as AnyResource)]);
    const [replaced] = await resources.commit(cause(), [{ op: 'replace', object: widget('a', { note: undefined, size: 1 }) }]);

    assert.deepEqual([created?.object.spec, replaced?.outcome], [{ color: 'red', size: 1 }, 'unchanged']);
  },

  'all broken rules are answered at once, by field': async ({ resources }) => {
    const broken = {
      ...widget('Not_A_Name', { color: 7 }),
      metadata: { name: 'Not_A_Name', namespace: 'default', labels: { 'a b': 'c' } },
    };

    await assert.rejects(resources.commit(cause(), [create(broken)]), (error) => {
      assert.ok(isProblem(error, 'invalid'));
      assert.deepEqual(error.details.fields?.map(({ field }) => field).sort(), ['metadata.labels', 'metadata.name', 'spec.color']);
      assert.match(error.message, /^Widget\.test\.fairway\.dev "Not_A_Name" is invalid: \[/);
      return true;
    });
    assert.equal(await resources.currentVersion(), '0');
  },

  'an existing name, an absent object and an unknown kind are told apart in the words of the Kubernetes API': async ({ resources }) => {
    await resources.commit(cause(), [create(widget('a'))]);
    const cases: { change: Change; reason: string; message: RegExp }[] = [
      { change: create(widget('a')), reason: 'already-exists', message: /^widgets\.test\.fairway\.dev "a" already exists$/ },
      {
        change: create({ ...widget('a'), spec: 'not what the schema wants' } as AnyResource),
        reason: 'already-exists',
        message: /"a" already exists$/,
      },
      { change: { op: 'replace', object: widget('b') }, reason: 'not-found', message: /^widgets\.test\.fairway\.dev "b" not found$/ },
      { change: { op: 'delete', kind: Widget, key: widgetKey('b') }, reason: 'not-found', message: /"b" not found$/ },
      { change: create({ ...widget('c'), kind: 'Gadget' }), reason: 'invalid', message: /^no matches for kind "Gadget" in version/ },
      {
        change: create({ ...widget('c'), apiVersion: 'test.fairway.dev/v2' }),
        reason: 'invalid',
        message: /it is served as test\.fairway\.dev\/v1$/,
      },
      {
        change: { op: 'status', object: { apiVersion: 'test.fairway.dev/v1', kind: 'Quota', metadata: { name: 'q' } } },
        reason: 'invalid',
        message: /no status subresource/,
      },
    ];

    for (const { change, reason, message } of cases) await assert.rejects(resources.commit(cause(), [change]), { reason, message });
  },

  'a commit of many changes happens whole or not at all': async ({ resources, journal }) => {
    await assert.rejects(
      resources.commit(cause(), [create(widget('a')), create(widget('b')), { op: 'replace', object: widget('absent') }]),
    );
    assert.equal((await resources.list(Widget)).items.length, 0);

    const results = await resources.commit(cause(), [create(widget('a')), setSize('a', () => 5), create(widget('b'))]);

    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['created', 'updated', 'created'],
    );
    assert.equal((await resources.get(Widget, widgetKey('a')))?.spec?.size, 5);
    assert.equal((await journal.listAudit({ limit: 10 })).length, 1);
    assert.equal(await resources.currentVersion(), '2');
  },

  'what the cause adds belongs into every commit, and is neither answered nor part of a dry run': async ({ resources }) => {
    const note = (current: AnyResource | undefined) => (current === undefined ? widget('note') : undefined);
    const also: Change[] = [{ op: 'mutate', kind: Widget, key: widgetKey('note'), create: true, change: note }];
    const noted = { ...cause(), also };

    await resources.commit(noted, [create(widget('a'))], { dryRun: true });
    await assert.rejects(resources.commit(noted, [{ op: 'replace', object: widget('absent') }]), { reason: 'not-found' });
    assert.equal(await resources.get(Widget, widgetKey('note')), undefined);
    const results = await resources.commit(noted, [create(widget('a'))]);
    assert.equal(results.length, 1);
    assert.notEqual(await resources.get(Widget, widgetKey('note')), undefined);
    const applied = await resources.apply({ ...noted, action: 'widget.apply' }, widget('b'), { fieldManager: 'ada' });
    assert.equal(applied.object.metadata.name, 'b');
  },

  'a replacement on an old version is a conflict that names the way out': async ({ resources }) => {
    const [first] = await resources.commit(cause(), [create(widget('a'))]);
    await resources.commit(cause(), [setSize('a', () => 2)]);
    const stale = { ...(first?.object as AnyResource), spec: { color: 'blue' } };
    const words =
      'Operation cannot be fulfilled on widgets.test.fairway.dev "a": the object has been modified; please apply your changes to the latest version and try again';

    await assert.rejects(resources.commit(cause(), [{ op: 'replace', object: stale }]), { reason: 'conflict', message: words });
    await assert.rejects(resources.commit(cause(), [{ op: 'replace', object: widget('a'), expect: '1' }]), { reason: 'conflict' });
    await assert.rejects(resources.commit(cause(), [{ op: 'delete', kind: Widget, key: widgetKey('a'), expect: { uid: 'another' } }]), {
      reason: 'conflict',
    });
    const [fresh] = await resources.commit(cause(), [{ op: 'replace', object: widget('a', { color: 'blue' }) }]);
    assert.equal(fresh?.outcome, 'updated');
  },

  'writers of one object that lose a race decide again, so that no increment is lost': async ({ resources }) => {
    await resources.commit(cause(), [create(widget('a', { size: 0 }))]);

    await Promise.all(Array.from({ length: 20 }, () => resources.commit(cause(), [setSize('a', (size) => size + 1)])));

    assert.equal((await resources.get(Widget, widgetKey('a')))?.spec?.size, 20);
  },

  'of two creates of one name one wins': async ({ resources }) => {
    const outcomes = await Promise.allSettled([1, 2, 3].map((size) => resources.commit(cause(), [create(widget('a', { size }))])));

    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.equal(outcome.reason.reason, 'already-exists');
  },

  'a write that changes nothing writes nothing': async ({ resources, journal }) => {
    await resources.commit(cause(), [create(widget('a'))]);
    const [again] = await resources.commit(cause(), [{ op: 'replace', object: widget('a') }]);
    const [mutated] = await resources.commit(cause(), [setSize('a', (size) => size)]);
    const [left] = await resources.commit(cause(), [{ op: 'mutate', kind: Widget, key: widgetKey('a'), change: () => undefined }]);

    assert.deepEqual(
      [again, mutated, left].map((result) => result?.outcome),
      ['unchanged', 'unchanged', 'unchanged'],
    );
    assert.equal(await resources.currentVersion(), '1');
    assert.equal((await journal.listAudit({ limit: 10 })).length, 1);
  },

  'status and the rest are written apart, and only the rest counts as a generation': async ({ resources }) => {
    await resources.commit(cause(), [create({ ...widget('a'), status: { phase: 'Sneaked' } })]);
    await resources.commit(cause(), [{ op: 'status', object: { ...widget('a', { color: 'ignored' }), status: { phase: 'Ready' } } }]);
    const withStatus = await resources.get(Widget, widgetKey('a'));
    await resources.commit(cause(), [{ op: 'replace', object: { ...widget('a', { color: 'blue' }), status: { phase: 'Lost' } } }]);
    await resources.commit(cause(), [{ op: 'replace', object: widget('a', { color: 'blue' }, { labels: { tier: 'x' } }) }]);
    const replaced = await resources.get(Widget, widgetKey('a'));

    assert.deepEqual([withStatus?.spec?.color, withStatus?.status, withStatus?.metadata.generation], ['red', { phase: 'Ready' }, 1]);
    assert.deepEqual([replaced?.spec?.color, replaced?.status, replaced?.metadata.generation], ['blue', { phase: 'Ready' }, 2]);
    assert.equal(replaced?.metadata.uid, withStatus?.metadata.uid);
  },

  'a generated name ends in five characters and is free': async ({ resources }) => {
    const object = { ...widget(''), metadata: { name: '', namespace: 'default', generateName: 'job-' } };
    const made = await Promise.all(Array.from({ length: 5 }, () => resources.commit(cause(), [create(object)])));
    const names = made.map(([result]) => result?.object.metadata.name ?? '');

    assert.equal(new Set(names).size, 5);
    for (const name of names) assert.match(name, /^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  },

  'a dry run answers what would be stored and stores nothing': async ({ resources, journal }) => {
    const [result] = await resources.commit(cause(), [create(widget('a'))], { dryRun: true });
    await assert.rejects(resources.commit(cause(), [create(widget('b', { color: 'black' }))], { dryRun: true }), { reason: 'invalid' });

    assert.equal(result?.outcome, 'created');
    assert.equal(await resources.currentVersion(), '0');
    assert.deepEqual(await journal.listAudit({ limit: 10 }), []);
  },

  'an object too large for one row is refused': async ({ resources }) => {
    await assert.rejects(resources.commit(cause(), [create(widget('a', { note: 'x'.repeat(1_600_000) }))]), { reason: 'too-large' });
  },

  'rules fill fields, change objects and add further ones to the same commit': async ({ resources }) => {
    await resources.commit(cause(), [
      create(widget('filled', { note: 'fill me' })),
      create(widget('changed', { color: 'lower me' })),
      create(widget('pair', { color: 'twin' })),
    ]);

    assert.equal((await resources.get(Widget, widgetKey('filled')))?.spec?.note, 'filled');
    assert.equal((await resources.get(Widget, widgetKey('changed')))?.spec?.color, 'lowered');
    assert.equal((await resources.get(Plan, widgetKey('pair-plan')))?.kind, 'Plan');
  },

  'a refusal is audited, and what the rule wants instead is stored once, however often it is asked': async ({ resources, journal }) => {
    for (let round = 0; round < 2; round += 1)
      await assert.rejects(resources.commit(cause('widget.paint'), [create(widget('a')), create(widget('b', { color: 'black' }))]), {
        message: 'black needs a plan',
      });

    assert.equal(await resources.get(Widget, widgetKey('a')), undefined);
    assert.equal((await resources.list(Plan)).items.length, 1);
    const [newest, oldest] = await journal.listAudit({ limit: 10 });
    assert.deepEqual([newest?.outcome, newest?.action, newest?.message], ['refused', 'widget.paint', 'black needs a plan']);
    assert.deepEqual(oldest?.refs, [{ kind: 'Widget.test.fairway.dev', namespace: 'default', name: 'b', operation: 'create' }]);
  },

  'a rule over a list cannot be got round by writing at once': async ({ resources }) => {
    await resources.commit(cause(), [
      create({ apiVersion: 'test.fairway.dev/v1', kind: 'Quota', metadata: { name: 'three' }, spec: { widgets: 3 } }),
    ]);
    const member = (name: string): AnyResource => widget(name, { quota: 'three' }, { labels: { quota: 'three' } });

    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => resources.commit(cause(), [create(member(`m${index}`))])),
    );
    const together = resources.commit(cause(), [create(member('x')), create(member('y'))]);

    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
    await assert.rejects(together, { message: 'quota three allows 3 widgets' });
    assert.equal((await resources.get(Quota, { name: 'three' }))?.spec?.widgets, 3);
  },

  'a rule over a list sees the objects of its own commit': async ({ resources }) => {
    await resources.commit(cause(), [
      create({ apiVersion: 'test.fairway.dev/v1', kind: 'Quota', metadata: { name: 'one' }, spec: { widgets: 1 } }),
    ]);
    const member = (name: string): AnyResource => widget(name, { quota: 'one' }, { labels: { quota: 'one' } });

    await assert.rejects(resources.commit(cause(), [create(member('x')), create(member('y'))]), { message: 'quota one allows 1 widgets' });
  },

  'mutate with create makes an absent object, once among many': async ({ resources }) => {
    const ensure: Change = { op: 'mutate', kind: Plan, key: widgetKey('p'), create: true, change: (current) => current ?? plan('p') };

    const results = await Promise.all(Array.from({ length: 6 }, () => resources.commit(cause(), [ensure])));

    assert.deepEqual(results.map(([result]) => result?.outcome).sort(), [
      'created',
      'unchanged',
      'unchanged',
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
  },
};
