import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '@fairway/resources/model';
import { type HealthStatus, healthOf, worstHealth } from './index.ts';

const object = (apiVersion: string, kind: string, rest: { spec?: unknown; status?: unknown; metadata?: object } = {}): Resource => ({
  apiVersion,
  kind,
  ...rest,
  metadata: { name: 'web', generation: 1, ...rest.metadata },
});
const deployment = (spec: object, status: object, metadata: object = {}) =>
  object('apps/v1', 'Deployment', { spec, status: { observedGeneration: 1, ...status }, metadata });
const pod = (spec: object, status: object, metadata: object = {}) => object('v1', 'Pod', { spec, status, metadata });
const crashing = (name: string, hash = 'a', createdAt = '2026-01-01T00:00:00Z') =>
  pod(
    {},
    {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'main',
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 7, message: 'no database' } },
        },
      ],
    },
    { name, labels: { 'pod-template-hash': hash }, creationTimestamp: createdAt },
  );
const full = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const stuck = { ...full, readyReplicas: 0, availableReplicas: 0 };
const condition = (type: string, status: string, reason = '', message = '') => ({ type, status, reason, message });

interface Case {
  object: Resource | undefined;
  pods?: Resource[];
  status: HealthStatus;
  message?: RegExp;
  because: string;
}

const run = (cases: readonly Case[]): void => {
  for (const { object: subject, pods, status, message, because } of cases) {
    const health = healthOf(subject, pods === undefined ? {} : { pods });
    assert.equal(health.status, status, `${because} (${health.message})`);
    if (message !== undefined) assert.match(health.message, message, because);
  }
};

test('an object that is not there is missing, and one that goes is progressing', () => {
  run([
    { object: undefined, status: 'Missing', because: 'a wanted object is absent' },
    {
      object: deployment({}, full, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      status: 'Progressing',
      message: /deletion/,
      because: 'deletion outweighs every other state',
    },
  ]);
});

test('a Deployment is healthy only when all its wanted replicas are new and available', () => {
  const spec = { replicas: 2 };
  run([
    { object: deployment(spec, full), status: 'Healthy', because: 'all counts agree' },
    { object: deployment({ ...spec, paused: true }, full), status: 'Suspended', because: 'paused' },
    { object: deployment({ replicas: 0 }, {}), status: 'Suspended', because: 'scaled to zero' },
    { object: deployment(spec, full, { generation: 2 }), status: 'Progressing', because: 'status speaks of the older spec' },
    { object: deployment(spec, { ...full, updatedReplicas: 1 }), status: 'Progressing', message: /1 of 2/, because: 'one is not updated' },
    { object: deployment(spec, { ...full, replicas: 3 }), status: 'Progressing', message: /old/, because: 'an old one has not ended' },
    { object: deployment(spec, { ...full, availableReplicas: 1 }), status: 'Progressing', because: 'one is not available yet' },
    {
      object: deployment(spec, { ...stuck, conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'took too long')] }),
      status: 'Degraded',
      message: /took too long/,
      because: 'the deadline of the rollout has passed',
    },
    {
      object: deployment(spec, { ...stuck, conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'quota')] }),
      status: 'Degraded',
      message: /quota/,
      because: 'pods cannot even be made',
    },
  ]);
});

test('a Deployment whose pods crash is degraded, whatever its conditions say', () => {
  const afterRollout = deployment({ replicas: 2 }, { ...stuck, conditions: [condition('Progressing', 'True', 'NewReplicaSetAvailable')] });
  run([
    { object: afterRollout, status: 'Progressing', because: 'without pods nobody can know' },
    {
      object: afterRollout,
      pods: [crashing('web-1')],
      status: 'Degraded',
      message: /web-1.*exit code 7: no database/,
      because: 'a pod crash-loops',
    },
    {
      object: deployment({ replicas: 2 }, { ...full, updatedReplicas: 1 }),
      pods: [
        crashing('old'),
        pod({}, { phase: 'Pending' }, { labels: { 'pod-template-hash': 'b' }, creationTimestamp: '2026-01-02T00:00:00Z' }),
      ],
      status: 'Progressing',
      because: 'the crashing pod is the one that the update replaces',
    },
    {
      object: afterRollout,
      pods: [{ ...crashing('web-1'), metadata: { ...crashing('web-1').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      status: 'Progressing',
      because: 'a pod that is going does not count',
    },
  ]);
});

test('a Deployment says what its new pods are waited for', () => {
  const waiting = pod(
    {},
    { phase: 'Running', conditions: [condition('Ready', 'False', 'ContainersNotReady', 'nothing listens on port 1')] },
    { name: 'new' },
  );
  run([
    {
      object: deployment({ replicas: 1 }, { replicas: 2, updatedReplicas: 1, availableReplicas: 1 }),
      pods: [waiting],
      status: 'Progressing',
      message: /1 old replicas serve until the new ones are ready; pod new: nothing listens on port 1/,
      because: 'the old ones stay for a reason',
    },
    {
      object: deployment({ replicas: 1 }, { replicas: 1, updatedReplicas: 1, availableReplicas: 0 }),
      pods: [waiting],
      status: 'Progressing',
      message: /0 of 1 updated replicas are available; pod new: nothing listens/,
      because: 'the first ones are not ready either',
    },
    {
      object: deployment({ replicas: 1 }, { replicas: 1, updatedReplicas: 1, availableReplicas: 0 }),
      pods: [
        pod(
          {},
          {
            phase: 'Running',
            conditions: [condition('Ready', 'False', '', 'nothing listens')],
            containerStatuses: [
              { name: 'main', ready: false, state: {}, lastState: { terminated: { exitCode: 7, message: 'no database' } } },
            ],
          },
          { name: 'again' },
        ),
      ],
      status: 'Progressing',
      message: /pod again: container main ended with exit code 7: no database/,
      because: 'between two crashes the last end is what helps',
    },
  ]);
});

test('a StatefulSet, a DaemonSet and a ReplicaSet wait for all their pods', () => {
  const set = (spec: object, status: object) => object('apps/v1', 'StatefulSet', { spec, status: { observedGeneration: 1, ...status } });
  const daemon = (status: object) => object('apps/v1', 'DaemonSet', { status: { observedGeneration: 1, ...status } });
  run([
    { object: set({ replicas: 2 }, { observedGeneration: 0 }), status: 'Progressing', because: 'not seen yet' },
    { object: set({ replicas: 2 }, { readyReplicas: 1 }), status: 'Progressing', because: 'one is not ready' },
    {
      object: set({ replicas: 2 }, { readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' }),
      status: 'Progressing',
      because: 'an update is under way',
    },
    {
      object: set({ replicas: 2, updateStrategy: { type: 'OnDelete' } }, { readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' }),
      status: 'Healthy',
      because: 'updates wait for deletions',
    },
    {
      object: set(
        { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        { readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      ),
      status: 'Healthy',
      because: 'the part above the partition is updated',
    },
    {
      object: daemon({ desiredNumberScheduled: 2, updatedNumberScheduled: 1 }),
      status: 'Progressing',
      because: 'one node has the old pod',
    },
    {
      object: daemon({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
      status: 'Healthy',
      because: 'every node has it',
    },
    {
      object: object('apps/v1', 'ReplicaSet', { spec: { replicas: 1 }, status: { observedGeneration: 1 } }),
      status: 'Progressing',
      because: 'none is available',
    },
    {
      object: object('apps/v1', 'ReplicaSet', { spec: { replicas: 1 }, status: { observedGeneration: 1 } }),
      pods: [crashing('x')],
      status: 'Degraded',
      because: 'its pod crashes',
    },
  ]);
});

test('a Pod is judged by what it is meant to do: run on, or end', () => {
  const never = { restartPolicy: 'Never' };
  run([
    { object: pod({}, { phase: 'Pending' }), status: 'Progressing', because: 'not started' },
    { object: pod({}, { phase: 'Running', conditions: [condition('Ready', 'True')] }), status: 'Healthy', because: 'runs and is ready' },
    { object: pod({}, { phase: 'Running' }), status: 'Progressing', because: 'not ready yet' },
    {
      object: pod(never, { phase: 'Running', conditions: [condition('Ready', 'True')] }),
      status: 'Progressing',
      because: 'a task that runs has not done its work',
    },
    { object: pod(never, { phase: 'Succeeded' }), status: 'Healthy', because: 'it has done its work' },
    {
      object: pod(never, {
        phase: 'Failed',
        containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
      }),
      status: 'Degraded',
      message: /lack of memory/,
      because: 'the reason of the end is what one wants to know',
    },
    {
      object: pod(
        {},
        {
          phase: 'Pending',
          containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } }],
        },
      ),
      status: 'Degraded',
      message: /no such image/,
      because: 'the image cannot be had',
    },
    {
      object: pod(
        {},
        { phase: 'Running', containerStatuses: [{ name: 'main', ready: false, lastState: { terminated: { exitCode: 1 } } }] },
      ),
      status: 'Degraded',
      because: 'between two crashes',
    },
    { object: crashing('x'), status: 'Degraded', because: 'crash loop' },
    { object: pod({}, {}), status: 'Unknown', because: 'no phase' },
  ]);
});

test('a Job and a CronJob are judged by their ends', () => {
  const job = (status: object, spec: object = {}) => object('batch/v1', 'Job', { spec, status });
  const cron = (spec: object, status: object) => object('batch/v1', 'CronJob', { spec, status });
  run([
    { object: job({}), status: 'Progressing', because: 'runs' },
    { object: job({ conditions: [condition('Complete', 'True')] }), status: 'Healthy', because: 'done' },
    { object: job({ conditions: [condition('Failed', 'True', 'BackoffLimitExceeded')] }), status: 'Degraded', because: 'failed' },
    { object: job({}, { suspend: true }), status: 'Suspended', because: 'held back' },
    { object: cron({ suspend: true }, {}), status: 'Suspended', because: 'held back' },
    { object: cron({}, {}), status: 'Healthy', because: 'scheduled is what it should be' },
    { object: cron({}, { active: [{}] }), status: 'Progressing', because: 'a run is under way' },
    {
      object: cron({}, { lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: '2026-01-01T00:00:00Z' }),
      status: 'Degraded',
      because: 'the last run failed',
    },
    {
      object: cron({}, { lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: '2026-01-02T00:01:00Z' }),
      status: 'Healthy',
      because: 'the last run succeeded',
    },
  ]);
});

test('network, volumes, autoscalers and other kinds follow their own signs', () => {
  const custom = (status: object) => object('example.com/v1', 'Widget', { status });
  run([
    { object: object('v1', 'Service', { spec: { type: 'LoadBalancer' } }), status: 'Progressing', because: 'no address' },
    { object: object('v1', 'Service', { spec: { type: 'ClusterIP' } }), status: 'Healthy', because: 'nothing to wait for' },
    { object: object('networking.k8s.io/v1', 'Ingress'), status: 'Progressing', because: 'no address' },
    { object: object('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }), status: 'Degraded', because: 'lost' },
    {
      object: object('autoscaling/v2', 'HorizontalPodAutoscaler', {
        status: { conditions: [condition('ScalingActive', 'False', 'FailedGetResourceMetric')] },
      }),
      status: 'Degraded',
      because: 'blind',
    },
    {
      object: object('autoscaling/v2', 'HorizontalPodAutoscaler', { status: { conditions: [condition('AbleToScale', 'True')] } }),
      status: 'Healthy',
      because: 'able',
    },
    {
      object: object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
        status: { parents: [{ parentRef: { name: 'g' }, conditions: [condition('Accepted', 'False', 'NotAllowed')] }] },
      }),
      status: 'Degraded',
      because: 'refused',
    },
    { object: object('gateway.networking.k8s.io/v1', 'HTTPRoute'), status: 'Healthy', because: 'some gateways say nothing' },
    { object: object('v1', 'ConfigMap'), status: 'Healthy', because: 'it is there' },
    { object: custom({ conditions: [condition('Stalled', 'True', 'Why')] }), status: 'Degraded', because: 'stalled' },
    { object: custom({ conditions: [condition('Ready', 'False', 'Wait')] }), status: 'Progressing', because: 'not ready yet' },
    { object: custom({ observedGeneration: 0 }), status: 'Progressing', because: 'behind' },
  ]);
});

test('a group is as well as its worst part', () => {
  assert.equal(worstHealth([]).status, 'Healthy');
  assert.equal(
    worstHealth([
      { status: 'Healthy', message: '' },
      { status: 'Degraded', message: 'x' },
      { status: 'Progressing', message: '' },
    ]).status,
    'Degraded',
  );
});

test('an application whose port is taken is told by whom and the way out, before its own last words', () => {
  const why = 'back-off 10s restarting container main: The application listens on a port of its own, and pod a has it. Use PORT.';
  const waiting = { reason: 'PortTaken', message: `${why}\n${'trace '.repeat(500)}` };
  const terminated = { exitCode: 1, reason: 'PortTaken', message: waiting.message };
  const subject = pod({}, { phase: 'Running', containerStatuses: [{ name: 'main', state: { waiting }, lastState: { terminated } }] });
  run([
    { object: subject, status: 'Degraded', message: /^container main: PortTaken: .*Use PORT/, because: 'the agent explains it' },
    { object: deployment({}, stuck), pods: [subject], status: 'Degraded', message: /PortTaken/, because: 'its deployment says the same' },
  ]);
});

test('the last words of a JavaScript program show the error, not the frames behind it', () => {
  const frames = Array.from({ length: 8 }, (_, at) => `    at Module.load (node:internal/modules/cjs/loader:${at}:32)`).join('\n');
  const message = `Error\n/app/server.js:1\n\nSyntaxError: missing ) after argument list\n${frames}\n\nNode.js v20.20.2`;
  const ofFramesOnly = { exitCode: 1, message: frames };
  const crashed = (terminated: unknown) =>
    pod(
      {},
      {
        phase: 'Running',
        containerStatuses: [{ name: 'main', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } }],
      },
    );
  run([
    {
      object: crashed({ exitCode: 1, message }),
      status: 'Degraded',
      message: /server\.js:1\s+SyntaxError: missing \) after argument list$/,
      because: 'the error stands before the frames',
    },
    { object: crashed(ofFramesOnly), status: 'Degraded', message: /Module\.load/, because: 'frames are better than nothing' },
  ]);
});
