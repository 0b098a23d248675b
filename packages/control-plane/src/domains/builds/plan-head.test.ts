import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Build, Component, Repository } from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resource, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { buildKinds } from './build-kinds.ts';
import { headLabel, treeLabel, triggerLabel } from './build-labels.ts';
import { planHead } from './plan-head.ts';
import type { Sources } from './ports.ts';

const cause = { caller: reconcilerCaller('test'), action: 'test' };
const [head, older] = ['a'.repeat(40), 'b'.repeat(40)];
const url = '/git/default/default/shop.git';
const sources = {
  isBuiltIn: (address: string) => address.startsWith('/git/'),
  organizationOf: (address: string) => address.split('/')[2],
  repositoryName: (address: string) => `default.${address.split('/').at(-1)?.replace('.git', '')}`,
  treeOf: async (_url: string, _commit: string, folder: string) => (folder === 'absent' ? undefined : 'same'),
} as Partial<Sources> as Sources;

const object = (kind: Kind, name: string, spec: object, labels: Record<string, string> = {}): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { namespace: 'default', name, labels },
  spec,
});
const component = (name: string, of: { url?: string; branch?: string; appPath?: string } = {}): Resource =>
  object(Component, name, {
    owner: { projectName: 'default' },
    type: 'WebApplication',
    build: {
      repository: { url: of.url ?? url, revision: { branch: of.branch ?? 'main' }, appPath: of.appPath ?? '.' },
      templateRef: { name: 'fairway' },
    },
  });

describe('what a pushed head comes to', () => {
  let resources: Resources;
  before(async () => {
    const kinds = createKindRegistry();
    kinds.register(Component);
    kinds.register(Repository);
    buildKinds(kinds);
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock: systemClock }), kinds, clock: systemClock });
  });
  after(() => resources.close());
  const create = (...objects: Resource[]) =>
    resources.commit(
      cause,
      objects.map((each) => ({ op: 'create', object: each })),
    );
  let builds = 0;
  const build = async (name: string, of: { commit: string; tree: string; head?: string; isFailed?: boolean }): Promise<void> => {
    builds += 1;
    const made = object(
      Build,
      `build-${builds}`,
      {
        owner: { projectName: 'default', componentName: name },
        repository: { url, revision: { commit: of.commit } },
        templateRef: { name: 'fairway' },
      },
      { [treeLabel]: of.tree, [triggerLabel]: 'push', ...(of.head === undefined ? {} : { [headLabel]: of.head }) },
    );
    await create(made);
    if (of.isFailed !== true) return;
    const conditions = [
      { type: 'BuildCompleted', status: 'False', reason: 'BuildFailed', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    await resources.commit(cause, [{ op: 'status', object: { ...made, status: { conditions } } }]);
  };
  const plan = (more: object = {}) =>
    planHead(
      { resources, sources },
      { organization: 'default', repository: 'default.shop', branch: 'main', commit: head, ...more },
      AbortSignal.timeout(5_000),
    );

  for (const { because, name, known, isBuilt } of [
    { because: 'nothing was ever built', name: 'new', known: [], isBuilt: true },
    { because: 'the last build has the same source', name: 'same', known: [{ commit: older, tree: 'same' }], isBuilt: false },
    { because: 'the last build has another source', name: 'other', known: [{ commit: older, tree: 'other' }], isBuilt: true },
    { because: 'its own build began already', name: 'begun', known: [{ commit: head, tree: 'same' }], isBuilt: true },
    { because: 'the reconciler has spared it a build', name: 'spared', known: [{ commit: older, tree: 'same', head }], isBuilt: false },
    {
      because: 'only an older build has the same source, and what came later replaced it',
      name: 'replaced',
      known: [
        { commit: older, tree: 'same' },
        { commit: 'c'.repeat(40), tree: 'other' },
      ],
      isBuilt: true,
    },
    {
      because: 'the same source failed, so it is tried again',
      name: 'failed',
      known: [{ commit: older, tree: 'same', isFailed: true }],
      isBuilt: true,
    },
  ])
    test(`${isBuilt ? 'a build' : 'none'}: ${because}`, async () => {
      await create(component(name));
      for (const each of known) await build(name, each);

      assert.deepEqual(
        (await plan()).find((found) => found.component === name),
        { project: 'default', component: name, isBuilt },
      );
    });

  test('is told for the components of this branch and repository alone', async () => {
    await create(
      component('branch', { branch: 'next' }),
      component('repository', { url: '/git/default/default/other.git' }),
      component('outside', { url: 'https://example.org/shop.git' }),
    );

    assert.deepEqual(await plan({ branch: 'next' }), [{ project: 'default', component: 'branch', isBuilt: true }]);
    assert.deepEqual(await plan({ branch: 'none' }), []);
  });
});
