import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Build, ComponentRelease, PipelineRun, type PipelineRunStatus } from '@fairway/contracts';
import { silentLog } from '@fairway/resources/log';
import { apiVersionOf, type Kind, type Resource, type Resources, reconcilerCaller } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createVirtualClock, type VirtualClock } from '@fairway/resources/testing';
import type { Artifacts } from '#domains/artifacts';
import { withImageUse } from './image-use.ts';
import { createRetentionFigures } from './retention-figures.ts';
import { sweepImages } from './sweep-images.ts';

const cause = { caller: reconcilerCaller('test'), action: 'test' };
const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;
const minuteMs = 60_000;

describe('the sweep of images', () => {
  let clock: VirtualClock;
  let resources: Resources;
  beforeEach(async () => {
    clock = createVirtualClock();
    const kinds = createKindRegistry();
    for (const kind of [Build, ComponentRelease, PipelineRun]) kinds.register(kind);
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  });
  afterEach(() => resources.close());

  const object = (kind: Kind, name: string, spec: object): Resource => ({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { namespace: 'default', name },
    spec,
  });
  const owner = { projectName: 'shop', componentName: 'hello' };
  const build = (name: string, url = '/git/hello.git'): Resource =>
    object(Build, name, { owner, repository: { url }, templateRef: { name: 'fairway' } });
  const release = (name: string, digit: string): Resource =>
    object(ComponentRelease, name, {
      owner,
      type: 'WebApplication',
      className: 'default',
      workloadSpec: { containers: { sidecar: { image: `registry.fairway.localhost/default/shop/hello@${digestOf(digit)}` } } },
      number: 1,
      hash: '1',
    });
  const run = (name: string): Resource =>
    object(PipelineRun, name, {
      steps: [{ name: 'build', image: `registry.fairway.localhost/fairway/system/builder@${digestOf('b')}` }],
      grant: { permissions: [], limits: { image: `default/shop/${name}` } },
    });
  const create = (...objects: Resource[]) =>
    resources.commit(
      cause,
      objects.map((each) => ({ op: 'create', object: each })),
    );
  const end = (name: string, status: PipelineRunStatus) => {
    const change = (current: unknown): never => ({ ...(current as object), status }) as never;
    const key = { namespace: 'default', name };
    return resources.commit(cause, [{ op: 'mutate', kind: PipelineRun, key, subresource: 'status', change }]);
  };

  test('a digest in any object counts, in whatever field, and a run that is not over keeps its image', async () => {
    await create(release('hello-v1', '1'), run('going'), run('over'));
    await end('over', {
      phase: 'Succeeded',
      steps: [{ name: 'build', phase: 'Succeeded', result: JSON.stringify({ digest: digestOf('2') }) }],
    });
    const seen = await withImageUse(resources, AbortSignal.timeout(5_000), async (use) => ({
      named: ['1', '2', '3', 'b'].filter((digit) => use.isNamed(digestOf(digit))),
      busy: ['going', 'over'].filter((name) => use.isBusy(`default/shop/${name}`)),
    }));
    assert.deepEqual(seen, { named: ['1', '2', 'b'], busy: ['going'] });
  });

  test('what is written while the work goes on counts, by each kind', async () => {
    await create(build('first'));
    await withImageUse(resources, AbortSignal.timeout(5_000), async (use) => {
      assert.equal(use.isNamed(digestOf('4')), false);
      await create(release('hello-v2', '4'), run('late'));
      for (let turn = 0; turn < 1_000 && !use.isBusy('default/shop/late'); turn += 1) await new Promise(setImmediate);
      assert.deepEqual([use.isNamed(digestOf('4')), use.isBusy('default/shop/late')], [true, true]);
    });
  });

  test('the work ends when changes can no longer be followed', async () => {
    const blind: Resources = {
      ...resources,
      watch: (kind, query, signal) => resources.watch(kind, query, kind.kind === 'Build' ? AbortSignal.abort() : signal),
    };
    const work = withImageUse(blind, AbortSignal.timeout(5_000), async (_use, signal) => {
      for (;;) {
        await new Promise(setImmediate);
        signal.throwIfAborted();
      }
    });
    await assert.rejects(work, /changes of Build can no longer be followed/);
  });

  test('comes ten minutes after the start and every hour, also after a failure, and tells what it removed', async () => {
    const asked: { at: number; since: number; builder: boolean }[] = [];
    const lines: string[] = [];
    const retention = createRetentionFigures({
      ...silentLog,
      info: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    });
    const start = clock.now();
    const artifacts: Pick<Artifacts, 'sweep'> = {
      sweep: async ({ since, use }) => {
        asked.push({ at: clock.now() - start, since: clock.now() - since, builder: use.isNamed(digestOf('c')) });
        if (asked.length === 1) throw new Error('the disk does not answer');
        return { manifests: 1, blobs: 2, bytes: 30 };
      },
    };
    const stop = new AbortController();
    const running = sweepImages(
      { resources, artifacts, builder: () => digestOf('c'), graceHours: 24, retention, clock, log: silentLog },
      stop.signal,
    );
    await clock.advance(10 * minuteMs);
    await clock.advance(120 * minuteMs);
    stop.abort();
    await running;

    assert.deepEqual(
      asked.map(({ at }) => at / minuteMs),
      [10, 70, 130],
    );
    assert.ok(asked.every(({ since, builder }) => since === 24 * 60 * minuteMs && builder));
    assert.equal(lines.length, 4);
    assert.match(lines[1] ?? '', /removed what nothing needs any more \{"what":"image-blobs","count":2,"bytes":30\}/);
    assert.match(retention.render(), /fairway_removed_total\{what="images"\} 2\n/);
    assert.match(retention.render(), /fairway_removed_bytes_total\{what="image-blobs"\} 60\n/);
  });
});
