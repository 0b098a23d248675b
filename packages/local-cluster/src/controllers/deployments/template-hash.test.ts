import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { templateHash } from './template-hash.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'one' }] } };
const of = (changed: object): string => templateHash({ ...template, ...changed } as typeof template);

describe('the hash of a template', () => {
  for (const { because, changed, isSame } of [
    {
      because: 'kubectl rollout undo sends a time that is null',
      changed: { metadata: { ...template.metadata, creationTimestamp: null } },
      isSame: true,
    },
    { because: 'an empty list is no list', changed: { spec: { ...template.spec, volumes: [] } }, isSame: true },
    {
      because: 'its own label is not a part of it',
      changed: { metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } } },
      isSame: true,
    },
    { because: 'an empty object may be a choice', changed: { spec: { ...template.spec, securityContext: {} } }, isSame: false },
    { because: 'the image is another', changed: { spec: { containers: [{ name: 'main', image: 'two' }] } }, isSame: false },
  ]) {
    test(`is ${isSame ? 'the same' : 'another'} when ${because}`, () => assert.equal(of(changed) === of({}), isSame));
  }
});
