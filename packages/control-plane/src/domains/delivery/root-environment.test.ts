import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentsOf, promotionTarget, rootEnvironment } from './root-environment.ts';

const path = (source: string, ...targets: string[]) => ({
  sourceEnvironmentRef: source,
  targetEnvironmentRefs: targets.map((name) => ({ name })),
});

const cases = [
  { because: 'the first environment has any name', paths: [path('qa', 'live')], root: 'qa', all: ['qa', 'live'] },
  { because: 'the order of paths does not matter', paths: [path('b', 'c'), path('a', 'b')], root: 'a', all: ['a', 'b', 'c'] },
  { because: 'a fork has one root', paths: [path('dev', 'eu', 'us')], root: 'dev', all: ['dev', 'eu', 'us'] },
  { because: 'without paths there is no environment', paths: [], root: undefined, all: [] },
  { because: 'a circle has no beginning', paths: [path('a', 'b'), path('b', 'a')], root: undefined, all: ['a', 'b'] },
];
for (const { because, paths, root, all } of cases) {
  test(`the root is ${root}: ${because}`, () => {
    assert.equal(rootEnvironment({ promotionPaths: paths }), root);
    assert.deepEqual(environmentsOf({ promotionPaths: paths }), all);
  });
}

test('promotion goes along a path only, and not two steps at once', () => {
  const pipeline = { promotionPaths: [path('a', 'b'), path('b', 'c')] };

  assert.equal(promotionTarget(pipeline, 'a', 'b')?.name, 'b');
  assert.equal(promotionTarget(pipeline, 'a', 'c'), undefined);
  assert.equal(promotionTarget(pipeline, 'b', 'a'), undefined);
});
