import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { CronJob, Event, type EventFields, Job, Pod } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';
import { type ControllersOnly, openControllers, type PodObject } from '../../testing/controllers-only.ts';

const podTemplate = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work' }] } };
const job = (spec: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work', namespace: 'default' },
  spec: { template: podTemplate, ...spec },
});
const isRunning = (pod: PodObject): boolean =>
  !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') && pod.metadata.deletionTimestamp === undefined;

describe('a job', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const read = async () => (await cluster.list(Job))[0];
  const condition = async (type: string) =>
    (await read())?.status?.conditions?.find((found) => found.type === type && found.status === 'True');
  const running = async (): Promise<PodObject[]> => (await cluster.pods()).filter(isRunning);
  const nextPod = async (): Promise<PodObject> => {
    await cluster.clock.until(async () => (await running()).length > 0, 900_000);
    const [pod] = await running();
    assert.ok(pod !== undefined);
    return pod;
  };

  test('is complete when its pod has succeeded, and selects the pod by its uid', async () => {
    await cluster.create(job());
    const pod = await nextPod();

    await cluster.end(pod, 'Succeeded');
    await cluster.clock.until(async () => (await condition('Complete')) !== undefined);

    const done = await read();
    assert.equal(pod.metadata.labels?.['batch.kubernetes.io/job-name'], 'work');
    assert.equal(done?.spec?.selector?.matchLabels?.['batch.kubernetes.io/controller-uid'], done?.metadata.uid);
    assert.deepEqual([done?.status?.succeeded, done?.status?.failed, done?.status?.active], [1, 0, 0]);
    assert.ok(done?.status?.completionTime !== undefined);
    assert.equal((await condition('Complete'))?.reason, 'CompletionsReached');
  });

  test('replaces a pod that its node ended, and does not count it, where it says so', async () => {
    const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] };
    await cluster.create(job({ backoffLimit: 0, podFailurePolicy }));
    const first = await nextPod();

    await cluster.end(first, 'Failed', true);

    const second = await nextPod();
    assert.notEqual(second.metadata.name, first.metadata.name);
    await cluster.end(second, 'Failed');
    await cluster.clock.until(async () => (await condition('Failed')) !== undefined);
    assert.equal((await read())?.status?.failed, 1);
  });

  const numbers = async () => (await running()).map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index']);
  const endIndex = async (index: number, phase: 'Succeeded' | 'Failed'): Promise<void> => {
    const find = async () => (await running()).find(({ metadata }) => metadata.name.startsWith(`work-${index}-`));
    await cluster.clock.until(async () => (await find()) !== undefined, 900_000);
    const pod = await find();
    if (pod !== undefined) await cluster.end(pod, phase);
  };

  test('does each number of an Indexed job once, and tells its pods which', async () => {
    await cluster.create(job({ completionMode: 'Indexed', completions: 4, parallelism: 3 }));
    await cluster.clock.until(async () => (await running()).length === 3);
    assert.deepEqual((await numbers()).toSorted(), ['0', '1', '2']);
    const [first] = (await running()).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
    const variable = first?.spec?.containers[0]?.env?.find(({ name }) => name === 'JOB_COMPLETION_INDEX');
    assert.equal(variable?.valueFrom?.fieldRef?.fieldPath, "metadata.labels['batch.kubernetes.io/job-completion-index']");
    assert.deepEqual([first?.spec?.hostname, first?.metadata.labels?.['batch.kubernetes.io/job-completion-index']], ['work-0', '0']);

    await endIndex(0, 'Succeeded');
    await endIndex(2, 'Failed');
    for (const index of [1, 3, 2]) await endIndex(index, 'Succeeded');
    await cluster.clock.until(async () => (await condition('Complete')) !== undefined);

    const done = (await read())?.status;
    assert.deepEqual([done?.completedIndexes, done?.succeeded, done?.failed], ['0-3', 4, 1]);
  });

  test('gives up a number that failed too often, goes on with the others, and says which', async () => {
    await cluster.create(job({ completionMode: 'Indexed', completions: 3, parallelism: 3, backoffLimitPerIndex: 1 }));
    for (const index of [0, 2]) await endIndex(index, 'Succeeded');
    await endIndex(1, 'Failed');
    await endIndex(1, 'Failed');
    await cluster.clock.until(async () => (await condition('Failed')) !== undefined);

    assert.equal((await condition('Failed'))?.reason, 'FailedIndexes');
    const done = (await read())?.status;
    assert.deepEqual([done?.completedIndexes, done?.failedIndexes, done?.failed], ['0,2', '1', 2]);
  });

  for (const { because, rule, reason, message } of [
    {
      because: 'its exit code is one that ends the job',
      rule: { action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } },
      reason: 'PodFailurePolicy',
      message: /^Container main for pod default\/work-\w+ failed with exit code 1 matching FailJob rule at index 0$/,
    },
    {
      because: 'the rule speaks of other codes',
      rule: { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [1] } },
      reason: 'BackoffLimitExceeded',
      message: /^Job has reached the specified backoff limit$/,
    },
  ]) {
    test(`ends with ${reason} after one failed pod of a limit of 0 when ${because}`, async () => {
      await cluster.create(job({ backoffLimit: 0, podFailurePolicy: { rules: [rule] } }));
      await cluster.end(await nextPod(), 'Failed');
      await cluster.clock.until(async () => (await condition('Failed')) !== undefined);
      assert.equal((await condition('Failed'))?.reason, reason);
      assert.match((await condition('Failed'))?.message ?? '', message);
      const events = ((await cluster.list(Event)) as unknown as EventFields[]).map((event) => event.reason);
      assert.ok(events.includes(reason));
    });
  }

  for (const { because, spec, expected } of [
    {
      because: 'numbers need an end',
      spec: { completionMode: 'Indexed', parallelism: 2 },
      expected: /completions: Required value: when completion mode is Indexed/,
    },
    { because: 'only numbers fail one by one', spec: { backoffLimitPerIndex: 1 }, expected: /requires indexed completion mode/ },
    {
      because: 'a restarted container has no end to judge',
      spec: {
        podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } }] },
        template: { spec: { ...podTemplate.spec, restartPolicy: 'OnFailure' } },
      },
      expected: /only "Never" is supported when podFailurePolicy is specified/,
    },
  ]) {
    test(`is refused when ${because}`, async () => {
      await assert.rejects(cluster.create(job(spec)), expected);
    });
  }

  test('tries again after growing pauses and gives up beyond its limit', async () => {
    await cluster.create(job({ backoffLimit: 2 }));
    const pauses: number[] = [];
    for (let failure = 0; failure < 3; failure += 1) {
      const pod = await nextPod();
      await cluster.end(pod, 'Failed');
      const from = cluster.clock.now();
      if (failure < 2) {
        await nextPod();
        pauses.push((cluster.clock.now() - from) / 1_000);
      }
    }
    await cluster.clock.until(async () => (await condition('Failed')) !== undefined);

    assert.deepEqual(pauses, [10, 20]);
    assert.equal((await condition('Failed'))?.reason, 'BackoffLimitExceeded');
    assert.equal((await condition('Failed'))?.message, 'Job has reached the specified backoff limit');
    assert.equal((await read())?.status?.failed, 3);
    assert.equal((await cluster.pods()).length, 3);
  });

  test('runs as many at once as parallelism says until enough have succeeded', async () => {
    await cluster.create(job({ completions: 3, parallelism: 2 }));
    await cluster.clock.until(async () => (await running()).length === 2);

    for (const pod of await running()) await cluster.end(pod, 'Succeeded');
    await cluster.clock.until(async () => (await running()).length === 1);
    for (const pod of await running()) await cluster.end(pod, 'Succeeded');
    await cluster.clock.until(async () => (await condition('Complete')) !== undefined);

    assert.equal((await cluster.pods()).length, 3);
    assert.equal((await read())?.status?.succeeded, 3);
  });

  test('starts and ends more pods than fit into one commit', async () => {
    await cluster.create(job({ completions: 600, parallelism: 600 }));
    await cluster.clock.until(async () => (await running()).length === 600);

    await cluster.change(Job, 'work', (object) => ({ ...object, spec: { ...(object.spec as object), suspend: true } }) as Resource);
    await cluster.clock.until(async () => (await cluster.pods()).every(({ metadata }) => metadata.deletionTimestamp !== undefined));
  });

  test('counts a pod that was deleted before it ended as failed, once', async () => {
    await cluster.create(job());
    const pod = await nextPod();

    await cluster.remove(Pod, pod.metadata.name);
    await cluster.letGo();
    await cluster.clock.until(async () => (await read())?.status?.failed === 1);
    await cluster.clock.advance(120_000);

    assert.equal((await read())?.status?.failed, 1);
    assert.equal((await cluster.pods()).length, 1);
  });

  test('ends its pods at the deadline and says so when the last has gone', async () => {
    await cluster.create(job({ activeDeadlineSeconds: 30 }));
    await nextPod();

    await cluster.clock.until(async () => (await condition('FailureTarget')) !== undefined, 60_000);
    assert.equal(await condition('Failed'), undefined, 'a process still runs');
    await cluster.clock.until(async () => (await cluster.letGo()) > 0);
    await cluster.clock.until(async () => (await condition('Failed')) !== undefined);

    assert.equal((await condition('Failed'))?.reason, 'DeadlineExceeded');
  });

  test('stops its pods while it is suspended and starts anew when it is resumed', async () => {
    await cluster.create(job());
    await nextPod();
    const suspend = (is: boolean) =>
      cluster.change(Job, 'work', (object) => ({ ...object, spec: { ...(object.spec as object), suspend: is } }) as Resource);

    await suspend(true);
    await cluster.clock.until(async () => (await cluster.letGo()) > 0);
    await cluster.clock.until(async () => (await cluster.pods()).length === 0);
    assert.equal((await condition('Suspended'))?.reason, 'JobSuspended');
    assert.equal((await read())?.status?.startTime, undefined);
    await suspend(false);
    await nextPod();

    assert.equal((await read())?.status?.failed ?? 0, 0);
  });

  test('goes with its pods after its time to live', async () => {
    await cluster.create(job({ ttlSecondsAfterFinished: 60 }));
    await cluster.end(await nextPod(), 'Succeeded');

    await cluster.clock.until(async () => (await read()) === undefined, 120_000);
    await cluster.clock.until(async () => {
      await cluster.letGo();
      return (await cluster.pods()).length === 0;
    });
  });

  test('refuses another template and a restart policy that never ends', async () => {
    await cluster.create(job());
    const other = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'other' }] } };
    const change = cluster.change(
      Job,
      'work',
      (object) => ({ ...object, spec: { ...(object.spec as object), template: other } }) as Resource,
    );
    await assert.rejects(change, /spec\.template: Invalid value: .*field is immutable/);
    const endless = job({ template: { spec: { containers: [{ name: 'main', image: 'x' }] } } });
    await assert.rejects(
      cluster.create({ ...endless, metadata: { name: 'endless', namespace: 'default' } }),
      /Unsupported value: "Always"/,
    );
  });
});

describe('a cron job', () => {
  let cluster: ControllersOnly;
  beforeEach(async () => {
    cluster = await openControllers();
  });
  afterEach(() => cluster.close());

  const cron = (spec: Record<string, unknown> = {}): Resource => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: podTemplate } }, ...spec },
  });
  const jobs = async () => (await cluster.list(Job)).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
  const finishPods = async (): Promise<void> => {
    for (const pod of (await cluster.pods()).filter(isRunning)) await cluster.end(pod, 'Succeeded');
  };

  test('starts one job a time, named by the time, and keeps as many as its limit says', async () => {
    await cluster.create(cron({ successfulJobsHistoryLimit: 2 }));
    for (let round = 0; round < 4; round += 1) {
      await cluster.clock.advance(300_000);
      await cluster.clock.advance(1_000);
      await finishPods();
      await cluster.clock.advance(1_000);
    }

    const minutes = (await jobs()).map(({ metadata }) => Number(metadata.name.split('-')[1]));
    assert.equal(minutes.length, 2);
    assert.ok(minutes.every((minute) => minute % 5 === 0));
    assert.ok((await cluster.list(CronJob))[0]?.status?.lastSuccessfulTime !== undefined);
  });

  test('starts only the latest of several missed times', async () => {
    await cluster.create(cron({ suspend: true }));
    await cluster.clock.advance(3_600_000);

    await cluster.change(CronJob, 'tick', (object) => ({ ...object, spec: { ...(object.spec as object), suspend: false } }) as Resource);
    await cluster.clock.advance(60_000);

    assert.equal((await jobs()).length, 1);
  });

  for (const { policy, expected, because } of [
    { policy: 'Forbid', expected: 1, because: 'the first still runs' },
    { policy: 'Allow', expected: 3, because: 'each time starts one' },
    { policy: 'Replace', expected: 1, because: 'the newest takes the place' },
  ]) {
    test(`with ${policy} ${expected} runs after three times: ${because}`, async () => {
      await cluster.create(cron({ concurrencyPolicy: policy }));
      for (let round = 0; round < 3; round += 1) {
        await cluster.clock.advance(300_000);
        await cluster.clock.advance(1_000);
        await cluster.letGo();
      }
      await cluster.clock.advance(5_000);
      assert.equal((await jobs()).filter(({ metadata }) => metadata.deletionTimestamp === undefined).length, expected);
    });
  }
});
