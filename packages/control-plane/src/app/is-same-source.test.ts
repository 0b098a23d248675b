import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BuildObject } from '@fairway/sdk';
import { isSameSource } from './is-same-source.ts';

const build = (number: number, of: { commit: string; tree: string; reason?: string }): BuildObject => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'Build',
  metadata: { name: `b${number}`, uid: `0${number}`, labels: { 'fairway.dev/tree': of.tree } },
  spec: { owner: { projectName: 'default', componentName: 'shop' }, repository: { revision: { commit: of.commit } } },
  status: { conditions: [{ type: 'BuildCompleted', status: 'True', reason: of.reason ?? 'BuildCompleted', message: '' }] },
});

describe('whether a push needs no build', () => {
  const head = { commit: 'new', tree: 'same' };
  for (const { because, builds, expected } of [
    { because: 'nothing was ever built', builds: [], expected: false },
    { because: 'the last build has the same source', builds: [build(1, { commit: 'old', tree: 'same' })], expected: true },
    { because: 'the last build has another source', builds: [build(1, { commit: 'old', tree: 'other' })], expected: false },
    { because: 'its own build began already', builds: [build(1, { commit: 'new', tree: 'same' })], expected: false },
    {
      because: 'only an older build has the same source, and what came later replaced it',
      builds: [build(2, { commit: 'b', tree: 'other' }), build(1, { commit: 'a', tree: 'same' })],
      expected: false,
    },
    {
      because: 'the same source failed, so it is tried again',
      builds: [build(1, { commit: 'a', tree: 'other' }), build(2, { commit: 'b', tree: 'same', reason: 'BuildFailed' })],
      expected: false,
    },
  ])
    test(`${expected ? 'none' : 'one'}: ${because}`, () => {
      assert.equal(isSameSource(head, builds), expected);
    });
});
