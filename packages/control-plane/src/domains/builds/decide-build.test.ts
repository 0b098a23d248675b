import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headLabel, triggerLabel } from './build-labels.ts';
import { type BuildDecision, type BuildResource, decideBuild, type KnownBuilds } from './decide-build.ts';

type Past = {
  trigger?: 'push' | 'manual';
  commit: string;
  tree: string;
  ended?: 'well' | 'badly' | 'canceled';
  head?: string;
};

const reasons = { well: 'BuildCompleted', badly: 'BuildFailed', canceled: 'BuildCanceled' } as const;
const buildsOf = (past: readonly Past[]): BuildResource[] =>
  past.map(({ trigger, commit, tree, ended, head }, index) => ({
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Build',
    metadata: {
      name: `past-${index}`,
      // All of one second: only the uid tells which came first.
      creationTimestamp: '2026-01-01T00:00:00Z',
      uid: `0190000${index}-0000-7000-8000-000000000000`,
      labels: {
        'fairway.dev/tree': tree,
        ...(trigger === undefined ? {} : { [triggerLabel]: trigger }),
        ...(head === undefined ? {} : { [headLabel]: head }),
      },
    },
    spec: {
      owner: { projectName: 'default', componentName: 'hello' },
      repository: { url: '/git/default/default/hello.git', revision: { commit } },
      templateRef: { name: 'fairway' },
    },
    ...(ended === undefined
      ? {}
      : {
          status: {
            conditions: [
              {
                type: 'BuildCompleted',
                status: ended === 'well' ? ('True' as const) : ('False' as const),
                reason: reasons[ended],
                message: '',
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
          },
        }),
  }));

const [a, b, c] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];
const push = (commit: string, tree: string, ended?: Past['ended']): Past => ({
  trigger: 'push',
  commit,
  tree,
  ...(ended === undefined ? {} : { ended }),
});
const manual = (commit: string, tree: string, ended?: Past['ended']): Past => ({ ...push(commit, tree, ended), trigger: 'manual' });
const build: BuildDecision = { is: 'build' };
const decided: BuildDecision = { is: 'nothing', because: 'head-was-decided' };
const same = (of: string): BuildDecision => ({ is: 'nothing', because: 'same-source', of });

const cases: { because: string; past: Past[]; head: [commit: string, tree: string]; expect: BuildDecision }[] = [
  { because: 'a first push is built', past: [], head: [a, 'ta'], expect: build },
  { because: 'a head is built once', past: [push(a, 'ta', 'well')], head: [a, 'ta'], expect: decided },
  { because: 'a head that is being built is not built beside it', past: [push(a, 'ta')], head: [a, 'ta'], expect: decided },
  { because: 'a failed head waits for a new commit', past: [push(a, 'ta', 'badly')], head: [a, 'ta'], expect: decided },
  { because: 'a new commit with new source is built', past: [push(a, 'ta', 'well')], head: [b, 'tb'], expect: build },
  {
    because: 'a commit that leaves the folder alone builds nothing',
    past: [push(a, 'ta', 'well')],
    head: [b, 'ta'],
    expect: same('past-0'),
  },
  { because: 'the same source is already being built', past: [push(a, 'ta')], head: [b, 'ta'], expect: same('past-0') },
  {
    because: 'the same source failed, so the new commit tries again',
    past: [push(a, 'ta', 'badly')],
    head: [b, 'ta'],
    expect: build,
  },
  {
    because: 'a canceled build deployed nothing',
    past: [push(a, 'ta', 'canceled')],
    head: [b, 'ta'],
    expect: build,
  },
  {
    because: 'a revert brings the older source back under a new commit',
    past: [push(a, 'ta', 'well'), push(b, 'tb', 'well')],
    head: [c, 'ta'],
    expect: build,
  },
  {
    because: 'a forced push back to a built commit deploys it again',
    past: [push(a, 'ta', 'well'), push(b, 'tb', 'well')],
    head: [a, 'ta'],
    expect: build,
  },
  {
    because: 'a forced push back while the newer commit is still being built wins over it',
    past: [push(a, 'ta', 'well'), push(b, 'tb')],
    head: [a, 'ta'],
    expect: build,
  },
  {
    because: 'the newer commit failed, so what runs is the older one already',
    past: [push(a, 'ta', 'well'), push(b, 'tb', 'badly')],
    head: [a, 'ta'],
    expect: same('past-0'),
  },
  {
    because: 'a deployed snapshot does not bring the branch head back',
    past: [push(a, 'ta', 'well'), manual(b, 'tb', 'well')],
    head: [a, 'ta'],
    expect: decided,
  },
  {
    because: 'a snapshot of a folder whose branch was never built does not count for the branch',
    past: [manual(b, 'tb', 'well')],
    head: [a, 'ta'],
    expect: build,
  },
  {
    because: 'the snapshot that was deployed is committed and pushed as it is',
    past: [push(a, 'ta', 'well'), manual(b, 'tb', 'well')],
    head: [c, 'tb'],
    expect: same('past-1'),
  },
  {
    because: 'a head of the source of an earlier snapshot does not come back when another snapshot is deployed',
    past: [{ ...manual(a, 'ta', 'well'), head: c }, manual(b, 'tb', 'well')],
    head: [c, 'ta'],
    expect: decided,
  },
  {
    because: 'a head that waited for a snapshot of its source is built when that failed',
    past: [{ ...manual(a, 'ta', 'badly'), head: c }],
    head: [c, 'ta'],
    expect: build,
  },
  {
    because: 'a forced push back to such a head deploys it again',
    past: [{ ...manual(a, 'ta', 'well'), head: c }, push(b, 'tb', 'well')],
    head: [c, 'ta'],
    expect: build,
  },
  {
    because: 'a push after a snapshot with other source is built',
    past: [push(a, 'ta', 'well'), manual(b, 'tb', 'well')],
    head: [c, 'tc'],
    expect: build,
  },
  {
    because: 'an older commit built by hand does not decide the head',
    past: [push(a, 'ta', 'well'), push(b, 'tb', 'well'), manual(a, 'ta', 'well')],
    head: [b, 'tb'],
    expect: decided,
  },
  {
    because: 'a build without a label was made by hand',
    past: [push(a, 'ta', 'well'), { commit: b, tree: 'tb', ended: 'well' }],
    head: [a, 'ta'],
    expect: decided,
  },
];

/** What the store answers of these builds, oldest first. */
const knownOf = (builds: readonly BuildResource[], commit: string): KnownBuilds => ({
  newestPush: builds.findLast(({ metadata }) => metadata.labels?.[triggerLabel] === 'push'),
  marked: builds.filter(({ metadata }) => metadata.labels?.[headLabel] === commit),
  recent: builds.toReversed(),
});

for (const { because, past, head, expect } of cases)
  test(because, () => {
    const [commit, tree] = head;
    assert.deepEqual(decideBuild({ commit, tree }, knownOf(buildsOf(past), commit)), expect);
  });
