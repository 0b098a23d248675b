import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Project } from '@fairway/contracts';
import type { AnyResource, ManagedFieldsEntry } from '../model/index.ts';
import { parseFieldSet, printFieldSet, trackUpdate } from './index.ts';

const now = Date.parse('2026-05-01T12:00:00Z');
const project = (spec: Record<string, unknown>, metadata: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): AnyResource =>
  ({
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Project',
    metadata: { name: 'p', namespace: 'd', ...metadata },
    spec,
    ...rest,
  }) as unknown as AnyResource;
const fieldsOf = (entries: readonly ManagedFieldsEntry[]): Record<string, unknown> =>
  Object.fromEntries(
    entries.map((entry) => [`${entry.manager}${entry.subresource === undefined ? '' : `/${entry.subresource}`}`, entry.fieldsV1]),
  );

describe('trackUpdate', () => {
  const created = project({ deploymentPipelineRef: 'a' }, { labels: { x: '1' }, uid: 'u', generation: 1 });
  const managedFields = trackUpdate({ kind: Project, before: undefined, after: created, manager: 'ada', now });
  const live = { ...created, metadata: { ...created.metadata, managedFields } };

  test('gives the creator everything but identity and bookkeeping', () => {
    assert.deepEqual(fieldsOf(managedFields), {
      ada: { 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } }, 'f:spec': { 'f:deploymentPipelineRef': {} } },
    });
  });

  test('moves a changed field to its new manager', () => {
    const after = { ...live, spec: { deploymentPipelineRef: 'b' } };

    assert.deepEqual(fieldsOf(trackUpdate({ kind: Project, before: live, after, manager: 'grace', now })), {
      ada: { 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } },
      grace: { 'f:spec': { 'f:deploymentPipelineRef': {} } },
    });
  });

  test('takes a removed field from everybody and leaves no empty entry', () => {
    const { labels, ...metadata } = live.metadata;
    const after = { ...live, metadata, spec: {} };

    assert.deepEqual(labels, { x: '1' });
    assert.deepEqual(fieldsOf(trackUpdate({ kind: Project, before: live, after, manager: 'grace', now })), {});
  });

  test('changes nothing when nothing changed', () => {
    assert.equal(
      trackUpdate({ kind: Project, before: live, after: structuredClone(live), manager: 'grace', now: now + 9_000 })[0]?.time,
      managedFields[0]?.time,
    );
  });

  test('tracks status writes under their subresource', () => {
    const after = { ...live, status: { observedGeneration: 1 } };
    const entries = trackUpdate({ kind: Project, before: live, after, manager: 'ada', subresource: 'status', now });

    assert.deepEqual(fieldsOf(entries)['ada/status'], { 'f:status': { 'f:observedGeneration': {} } });
  });

  test('starts anew when a client clears the managed fields', () => {
    const after = project({ deploymentPipelineRef: 'b' }, { ...created.metadata, managedFields: [] });

    assert.deepEqual(Object.keys(fieldsOf(trackUpdate({ kind: Project, before: live, after, manager: 'grace', now }))), ['grace']);
  });

  test('folds the oldest of more than ten managers', () => {
    let current = live;
    for (let round = 0; round < 15; round += 1) {
      const after = { ...current, metadata: { ...current.metadata, labels: { ...current.metadata.labels, [`l${round}`]: '1' } } };
      const entries = trackUpdate({ kind: Project, before: current, after, manager: `m${round}`, now: now + round * 1_000 });
      current = { ...after, metadata: { ...after.metadata, managedFields: entries } };
    }

    assert.equal(current.metadata.managedFields?.length, 10);
    assert.equal(current.metadata.managedFields?.[0]?.manager, 'ancient-changes');
  });
});

describe('field sets', () => {
  const texts: { because: string; given: unknown; printed: unknown }[] = [
    {
      because: 'keys are put in one order',
      given: { 'f:p': { 'k:{"protocol":"TCP","port":80}': {} } },
      printed: { 'f:p': { 'k:{"port":80,"protocol":"TCP"}': {} } },
    },
    { because: 'a dot stays', given: { 'f:a': { '.': {}, 'f:b': {} } }, printed: { 'f:a': { '.': {}, 'f:b': {} } } },
    { because: 'rubbish is left out', given: { x: {}, 'k:{': {}, 'f:a': {} }, printed: { 'f:a': {} } },
    { because: 'something else than an object is no set', given: 'text', printed: {} },
  ];
  for (const { because, given, printed } of texts)
    test(`reads and writes FieldsV1: ${because}`, () => {
      assert.deepEqual(printFieldSet(parseFieldSet(given)), printed);
    });
});
