import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pod } from '@fairway/contracts/builtin';
import type { AnyResource } from '../../model/index.ts';
import { createMatcher, namedBy } from './create-matcher.ts';

const pod: AnyResource = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name: 'web', labels: { app: 'web' } },
  spec: { nodeName: 'here' },
};

const cases = [
  { query: {}, matches: true, because: 'nothing is asked' },
  { query: { namespace: 'default', labelSelector: 'app=web' }, matches: true, because: 'all holds' },
  { query: { namespace: 'other' }, matches: false, because: 'it is elsewhere' },
  { query: { labelSelector: 'app!=web' }, matches: false, because: 'the label is another' },
  { query: { fieldSelector: 'metadata.name=web,spec.nodeName=here' }, matches: true, because: 'both fields hold' },
  { query: { fieldSelector: 'spec.nodeName=there' }, matches: false, because: 'the field is another' },
];
for (const { query, matches, because } of cases)
  test(`${JSON.stringify(query)} ${matches ? 'takes' : 'leaves'} a pod because ${because}`, () => {
    assert.equal(createMatcher(Pod, query)(pod), matches);
  });

test('a field that a selector names is known, one that it excludes is not', () => {
  assert.equal(namedBy(Pod, 'spec.nodeName=here,metadata.name=web', 'spec.nodeName'), 'here');
  assert.equal(namedBy(Pod, 'spec.nodeName!=here', 'spec.nodeName'), undefined);
  assert.equal(namedBy(Pod, undefined, 'spec.nodeName'), undefined);
});
