import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headAnnotation, triggerLabel } from './build-labels.ts';
import { type BuildDecision, type BuildResource, decideBuild } from './decide-build.ts';

type Past = {
  trigger?: 'push' | 'manual';
  commit: string;
  tree: string;
  ended?: 'well' | 'badly' | 'canceled';
  name?: string;
  head?: string;
};

const reasons = { well: 'BuildCompleted', badly: 'BuildFailed', canceled: 'BuildCanceled' } as const;
const buildsOf = (past: readonly Past[]): BuildResource[] =>
  past.map(({ trigger, commit, tree, ended, name, head }, index) => ({
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Build',
    metadata: {
      name: name ?? `past-${index}`,
      // All of one second: only the uid tells which came first.
      creationTimestamp: '2026-01-01T00:00:00Z',
      uid: `0190000${index}-0000-7000-8000-000000000000`,
      ...(head === undefined ? {} : { annotations: { [headAnnotation]: head } }),
      labels: { 'fairway.dev/tree': tree, ...(trigger === undefined ? {} : { [triggerLabel]: trigger }) },
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
const build = (name: string): BuildDecision => ({ is: 'build', name });
const decided: BuildDecision = { is: 'nothing', because: 'head-was-decided' };
const same = (of: string): BuildDecision => ({ is: 'nothing', because: 'same-source', of });

const cases: { because: string; past: Past[]; head: [commit: string, tree: string]; expect: BuildDecision }[] = [
  { because: 'a first push is built', past: [], head: [a, 'ta'], expect: build('hello-aaaaaaaa') },
  { because: 'a head is built once', past: [push(a, 'ta', 'well')], head: [a, 'ta'], expect: decided },
  { because: 'a head that is being built is not built beside it', past: [push(a, 'ta')], head: [a, 'ta'], expect: decided },
  { because: 'a failed head waits for a new commit', past: [push(a, 'ta', 'badly')], head: [a, 'ta'], expect: decided },
  { because: 'a new commit with new source is built', past: [push(a, 'ta', 'well')], head: [b, 'tb'], expect: build('hello-bbbbbbbb') },
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
    expect: build('hello-bbbbbbbb'),
  },
  {
    because: 'a canceled build deployed nothing',
    past: [push(a, 'ta', 'canceled')],
    head: [b, 'ta'],
    expect: build('hello-bbbbbbbb'),
  },
  {
    because: 'a revert brings the older source back under a new commit',
    past: [push(a, 'ta', 'well'), push(b, 'tb', 'well')],
    head: [c, 'ta'],
    expect: build('hello-cccccccc'),
  },
  {
    because: 'a forced push back to a built commit deploys it again, under a name of its own',
    past: [{ ...push(a, 'ta', 'well'), name: 'hello-aaaaaaaa' }, push(b, 'tb', 'well')],
    head: [a, 'ta'],
    expect: build('hello-aaaaaaaa-1'),
  },
  {
    because: 'forth and back again counts on',
    past: [
      { ...push(a, 'ta', 'well'), name: 'hello-aaaaaaaa' },
      push(b, 'tb', 'well'),
      { ...push(a, 'ta', 'well'), name: 'hello-aaaaaaaa-1' },
      push(b, 'tb', 'well'),
    ],
    head: [a, 'ta'],
    expect: build('hello-aaaaaaaa-2'),
  },
  {
    because: 'a forced push back while the newer commit is still being built wins over it',
    past: [push(a, 'ta', 'well'), push(b, 'tb')],
    head: [a, 'ta'],
    expect: build('hello-aaaaaaaa'),
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
    expect: build('hello-aaaaaaaa'),
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
    expect: build('hello-cccccccc'),
  },
  {
    because: 'a forced push back to such a head deploys it again',
    past: [{ ...manual(a, 'ta', 'well'), head: c }, push(b, 'tb', 'well')],
    head: [c, 'ta'],
    expect: build('hello-cccccccc'),
  },
  {
    because: 'a push after a snapshot with other source is built',
    past: [push(a, 'ta', 'well'), manual(b, 'tb', 'well')],
    head: [c, 'tc'],
    expect: build('hello-cccccccc'),
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
  {
    because: 'another commit with the same first letters has the name',
    past: [{ ...push(`aaaaaaaa${'0'.repeat(32)}`, 't0', 'well'), name: 'hello-aaaaaaaa' }],
    head: [a, 'ta'],
    expect: build('hello-aaaaaaaa-1'),
  },
];

for (const { because, past, head, expect } of cases)
  test(because, () => {
    const [commit, tree] = head;
    const builds = buildsOf(past);
    assert.deepEqual(decideBuild({ component: 'hello', commit, tree }, builds), expect);
    assert.deepEqual(decideBuild({ component: 'hello', commit, tree }, builds.toReversed()), expect, 'whatever the order of the list');
  });
