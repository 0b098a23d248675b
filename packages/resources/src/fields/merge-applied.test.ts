import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AnyResource, isProblem, type Kind, type ManagedFieldsEntry, Problem } from '../model/index.ts';
import { mergeApplied, trackUpdate } from './index.ts';

const container = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    image: { type: 'string' },
    ports: {
      type: 'array',
      items: { type: 'object', properties: { containerPort: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
    },
  },
};
const Deployment: Kind = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: [],
  categories: [],
  namespaced: true,
  hasStatus: true,
  selectableFields: [],
  columns: [],
  subresources: [],
  schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          replicas: { type: 'integer' },
          selector: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
          hosts: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          args: { type: 'array', items: { type: 'string' } },
          strategy: { type: 'object', properties: { type: { type: 'string' } } },
          containers: { type: 'array', items: container, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
        },
      },
      status: { type: 'object', properties: { ready: { type: 'integer' } } },
    },
  },
};

const now = Date.parse('2026-05-01T12:00:00Z');
const object = (spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): AnyResource =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec,
  }) as unknown as AnyResource;
const apply = (
  live: AnyResource | undefined,
  spec: Record<string, unknown>,
  options: { manager?: string; force?: boolean; metadata?: Record<string, unknown> } = {},
) =>
  mergeApplied({
    kind: Deployment,
    live,
    applied: object(spec, options.metadata),
    manager: options.manager ?? 'ada',
    force: options.force ?? false,
    now,
  });
const update = (before: AnyResource | undefined, after: AnyResource, manager = 'edit', at = now): AnyResource => ({
  ...after,
  metadata: { ...after.metadata, managedFields: trackUpdate({ kind: Deployment, before, after, manager, now: at }) },
});
const entry = (of: AnyResource, manager: string): ManagedFieldsEntry | undefined =>
  of.metadata.managedFields?.find((candidate) => candidate.manager === manager);
const conflictOf = (run: () => unknown): Problem => {
  try {
    run();
  } catch (error) {
    assert.ok(isProblem(error, 'conflict') && error instanceof Problem);
    return error;
  }
  return assert.fail('no conflict');
};

describe('server-side apply', () => {
  test('creates an object and owns what was sent', () => {
    const created = apply(undefined, { replicas: 2, selector: { app: 'web' }, containers: [{ name: 'app', image: 'a' }], hosts: ['x'] });

    assert.deepEqual(created.metadata.managedFields, [
      {
        manager: 'ada',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-05-01T12:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
            'f:hosts': { 'v:"x"': {} },
            'f:replicas': {},
            'f:selector': {},
          },
        },
      },
    ]);
  });

  test('leaves status and bookkeeping to those who own them', () => {
    const created = mergeApplied({
      kind: Deployment,
      live: undefined,
      applied: { ...object({ replicas: 1 }, { uid: 'u', resourceVersion: '4', creationTimestamp: null }), status: { ready: 1 } },
      manager: 'ada',
      now,
    });

    assert.equal(created.status, undefined);
    assert.deepEqual(Object.keys(created.metadata).sort(), ['managedFields', 'name', 'namespace']);
  });

  test('applied again, changes nothing, not even a time', () => {
    const first = apply(undefined, { replicas: 2, containers: [{ name: 'app', image: 'a' }] });
    const again = mergeApplied({
      kind: Deployment,
      live: first,
      applied: object({ containers: [{ name: 'app', image: 'a' }], replicas: 2 }),
      manager: 'ada',
      now: now + 60_000,
    });

    assert.deepEqual(again, first);
  });

  test('names each field of another manager, in the words of the API server', () => {
    const live = update(undefined, object({ replicas: 1, containers: [{ name: 'app', image: 'a' }] }), 'kubectl');

    const problem = conflictOf(() => apply(live, { replicas: 3, containers: [{ name: 'app', image: 'b' }] }));

    assert.deepEqual(problem.details.fields, [
      { field: '.spec.containers[name="app"].image', type: 'FieldManagerConflict', message: 'conflict with "kubectl" using apps/v1' },
      { field: '.spec.replicas', type: 'FieldManagerConflict', message: 'conflict with "kubectl" using apps/v1' },
    ]);
    assert.match(problem.message, /^Apply failed with 2 conflicts: conflicts with "kubectl" using apps\/v1:\n- \.spec\.containers/);
  });

  test('shares a field when both send the same value, and keeps it until both let go', () => {
    const first = apply(undefined, { replicas: 2 });
    const shared = apply(first, { replicas: 2 }, { manager: 'grace' });

    const kept = apply(shared, {}, { manager: 'ada' });
    const gone = apply(kept, {}, { manager: 'grace' });

    assert.deepEqual(kept.spec, { replicas: 2 });
    assert.equal(JSON.stringify(entry(kept, 'ada') ?? {}).includes('f:replicas'), false);
    assert.equal((gone.spec as { replicas?: number }).replicas, undefined);
  });

  test('with force takes a field away from its owner', () => {
    const live = apply(undefined, { replicas: 1, args: ['a'] }, { manager: 'grace' });

    const taken = apply(live, { replicas: 3 }, { force: true });

    assert.deepEqual(taken.spec, { replicas: 3, args: ['a'] });
    assert.deepEqual(entry(taken, 'grace')?.fieldsV1, { 'f:spec': { 'f:args': {} } });
  });

  test('protects fields of an object that nobody tracked before', () => {
    const problem = conflictOf(() => apply(object({ replicas: 1 }), { replicas: 2 }));

    assert.equal(problem.details.fields?.[0]?.message, 'conflict with "before-first-apply" using apps/v1');
  });

  const merges: { because: string; before: Record<string, unknown>; next: Record<string, unknown>; gives: Record<string, unknown> }[] = [
    {
      because: 'an item of a map list that is sent no more goes, with what the server filled into it',
      before: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
      next: { containers: [{ name: 'b', image: '1' }] },
      gives: { containers: [{ name: 'b', image: '1' }] },
    },
    {
      because: 'items keep their order and new ones come last',
      before: { containers: [{ name: 'a' }, { name: 'b' }] },
      next: { containers: [{ name: 'c' }, { name: 'b' }, { name: 'a' }] },
      gives: { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
    },
    {
      because: 'a key with a default is the same key when it is left out',
      before: { containers: [{ name: 'a', ports: [{ containerPort: 80 }] }] },
      next: { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }] },
      gives: { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }] },
    },
    {
      because: 'a set loses the values that are sent no more',
      before: { hosts: ['a', 'b'] },
      next: { hosts: ['b', 'c'] },
      gives: { hosts: ['b', 'c'] },
    },
    {
      because: 'an atomic map is replaced as a whole',
      before: { selector: { a: '1' } },
      next: { selector: { b: '2' } },
      gives: { selector: { b: '2' } },
    },
    { because: 'an undeclared list is atomic', before: { args: ['a', 'b'] }, next: { args: ['c'] }, gives: { args: ['c'] } },
    {
      because: 'an object that loses its last field goes with it',
      before: { replicas: 1, strategy: { type: 'x' } },
      next: { replicas: 1 },
      gives: { replicas: 1 },
    },
    { because: 'null says nothing', before: { replicas: 1 }, next: { replicas: 1, strategy: null }, gives: { replicas: 1 } },
  ];
  for (const { because, before, next, gives } of merges)
    test(`merges: ${because}`, () => {
      const merged = apply(apply(undefined, before), next);

      assert.deepEqual(merged.spec, gives);
    });

  test('keeps what others added inside of an item, and the item with it', () => {
    const first = apply(undefined, { containers: [{ name: 'app', image: 'a' }] });
    const second = apply(first, { containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] }, { manager: 'grace' });

    const merged = apply(second, {});

    assert.deepEqual(merged.spec, { containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] });
  });

  test('removes labels that are applied no more and leaves foreign ones', () => {
    const first = apply(undefined, {}, { metadata: { labels: { a: '1', b: '1' } } });
    const second = update(first, { ...first, metadata: { ...first.metadata, labels: { a: '1', b: '1', c: '1' } } });

    const merged = apply(second, {}, { metadata: { labels: { a: '1' } } });

    assert.deepEqual(merged.metadata.labels, { a: '1', c: '1' });
  });

  test('writes status alone through its subresource', () => {
    const live = apply(undefined, { replicas: 1 });

    const merged = mergeApplied({
      kind: Deployment,
      live,
      applied: { ...object({ replicas: 9 }), status: { ready: 1 } },
      manager: 'node',
      subresource: 'status',
      now,
    });

    assert.deepEqual(merged.spec, { replicas: 1 });
    assert.deepEqual(merged.status, { ready: 1 });
    assert.deepEqual(entry(merged, 'node')?.fieldsV1, { 'f:status': { 'f:ready': {} } });
    assert.equal(entry(merged, 'node')?.subresource, 'status');
  });

  test('refuses an object that brings managed fields', () => {
    const sent = apply(undefined, { replicas: 1 });

    assert.throws(() => mergeApplied({ kind: Deployment, live: undefined, applied: sent, manager: 'ada', now }), { reason: 'invalid' });
  });

  test('does not write through __proto__', () => {
    const sent = JSON.parse(
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"__proto__":"x"}},"spec":{"__proto__":{"bad":1}}}',
    );

    apply(undefined, {});
    const merged = mergeApplied({ kind: Deployment, live: undefined, applied: sent, manager: 'ada', now });

    assert.equal(JSON.stringify(merged).includes('bad'), false);
    assert.equal(({} as { bad?: number }).bad, undefined);
  });
});
