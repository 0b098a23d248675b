import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Build, Component } from '@fairway/contracts';
import { apiVersionOf, type Resource, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { buildKinds } from './build-kinds.ts';
import { headLabel, treeLabel, triggerLabel } from './build-labels.ts';
import { decideBuild } from './decide-build.ts';
import { findKnownBuilds, freeBuildName } from './find-builds.ts';

const cause = { caller: reconcilerCaller('builds'), action: 'test' };
const count = 10_250;
const atOnce = 250;
const place = { namespace: 'default', component: 'hello' };
const commitOf = (index: number): string => index.toString(16).padStart(40, '0');

const buildOf = (index: number, labels: Record<string, string>, component = 'hello'): Resource => ({
  apiVersion: apiVersionOf(Build),
  kind: Build.kind,
  // The names run against the order of creation.
  metadata: { namespace: 'default', name: `${component}-${String(99_999 - index)}`, labels },
  spec: {
    owner: { projectName: 'default', componentName: component },
    repository: { url: '/git/default/default/hello.git', revision: { commit: commitOf(index) } },
    templateRef: { name: 'fairway' },
  },
});

describe('a component with more builds than one answer holds', () => {
  let resources: Resources;
  let read = 0;

  before(async () => {
    const kinds = createKindRegistry();
    kinds.register(Component);
    buildKinds(kinds);
    const database = openSqliteDatabase({ path: ':memory:', clock: systemClock });
    const store = await openResources({ database, kinds, clock: systemClock });
    const list: Resources['list'] = async (kind, query) => {
      const page = await store.list(kind, query);
      read += page.items.length;
      return page;
    };
    resources = { ...store, list };
    for (let from = 0; from < count; from += atOnce) {
      const builds = Array.from({ length: atOnce }, (_, offset) => from + offset).map((index) =>
        buildOf(index, {
          [treeLabel]: `tree-${index}`,
          [triggerLabel]: index === 7_000 ? 'push' : 'manual',
          ...(index === 8_000 ? { [headLabel]: commitOf(20_000) } : {}),
        }),
      );
      await resources.commit(
        cause,
        builds.map((object) => ({ op: 'create', object })),
      );
    }
    await resources.commit(cause, [{ op: 'create', object: buildOf(1, { [triggerLabel]: 'push' }, 'other') }]);
  });
  after(() => resources.close());

  const heads: { because: string; commit: string; tree: string; expect: ReturnType<typeof decideBuild>['is'] | string }[] = [
    {
      because: 'the newest push built it, thousands of builds ago',
      commit: commitOf(7_000),
      tree: 'tree-7000',
      expect: 'head-was-decided',
    },
    { because: 'a build of thousands ago spared it its own', commit: commitOf(20_000), tree: 'tree-x', expect: 'head-was-decided' },
    { because: 'the newest build is of its source', commit: commitOf(30_000), tree: `tree-${count - 1}`, expect: 'same-source' },
    { because: 'an older build of its source is not what runs', commit: commitOf(30_000), tree: 'tree-9000', expect: 'build' },
  ];
  for (const { because, commit, tree, expect } of heads)
    test(`decides a head: ${expect}, because ${because}`, async () => {
      read = 0;
      const decision = decideBuild({ commit, tree }, await findKnownBuilds(resources, place, commit));
      assert.equal(decision.is === 'nothing' ? decision.because : decision.is, expect);
      assert.ok(read <= 111, `${read} builds were read`);
    });

  test('a commit that comes back gets the first name that is free', async () => {
    const commit = 'a'.repeat(40);
    const named = (name: string): Resource => ({ ...buildOf(0, {}), metadata: { namespace: 'default', name } });
    const names: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const name = await freeBuildName(resources, place, commit);
      names.push(name);
      await resources.commit(cause, [{ op: 'create', object: named(name) }]);
    }
    assert.deepEqual(names, ['hello-aaaaaaaa', 'hello-aaaaaaaa-1', 'hello-aaaaaaaa-2']);
  });
});
