import { createHash } from 'node:crypto';
import { Job, type JobStatus, Namespace, Pod, type PodStatus, Secret } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { apiVersionOf, isProblem, type Resource } from '@fairway/resources/model';
import type { BuildPlane, StepOrder, StepState } from '#domains/pipelines';
import { ensurePullSecret, type PullCredentials, pullSecretName } from './pull-secret.ts';

export const runLabel = 'fairway.dev/pipeline-run';
export const organizationLabel = 'organization-name';

// Jobs and pods stay for an hour, for whoever looks at them by kubectl; logs are archived before.
const keepFinishedSeconds = 3_600;

const maxNamespaceChars = 63;

/** OpenChoreo's namespace of an organization's builds. A long name is shortened with a hash: two organizations never share one. */
export const namespaceOf = (organization: string): string => {
  const name = `openchoreo-ci-${organization.toLowerCase().replace(/[_.]/g, '-')}`;
  if (name.length <= maxNamespaceChars) return name;
  const hash = createHash('sha256').update(organization).digest('hex').slice(0, 8);
  return `${name.slice(0, maxNamespaceChars - 9).replace(/-+$/, '')}-${hash}`;
};

const cachePath = '/cache';

export interface BuildPlaneOptions {
  client: ClusterClient;
  /** Name of the plane's resource. */
  name: string;
  pull: PullCredentials;
  /**
   * Where the plane is this machine: each organization has a cache that outlives builds, and package managers get the settings of the machine's
   * user (registries, proxies, certificates). Elsewhere both are the cluster's own affair.
   */
  cache?: {
    folderOf(namespace: string): string;
    /** Lends the cache for the moment at which a build begins to use it. */
    whileStarting<T>(namespace: string, start: () => Promise<T>): Promise<T>;
  };
}

/** A cluster in its role of running build steps: each a Job of one pod that is never tried twice. */
export function createBuildPlane({ client, name, pull, cache }: BuildPlaneOptions): BuildPlane {
  const podOf = async (namespace: string, jobName: string, signal: AbortSignal): Promise<Resource<unknown, PodStatus> | undefined> => {
    const { items } = await client.list(Pod, { namespace, labelSelector: `job-name=${jobName}`, limit: 10, signal });
    return items.toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))[0] as
      | Resource<unknown, PodStatus>
      | undefined;
  };
  const ignore = async (call: Promise<unknown>, reason: 'already-exists' | 'not-found'): Promise<void> => {
    await call.catch((error: unknown) => {
      if (!isProblem(error, reason)) throw error;
    });
  };
  return {
    namespaceOf,
    start: async (order, signal) => {
      const namespace = namespaceOf(order.organization);
      const labels = { [organizationLabel]: order.organization, [runLabel]: order.run };
      const room = {
        apiVersion: apiVersionOf(Namespace),
        kind: Namespace.kind,
        metadata: { name: namespace, labels: { [organizationLabel]: order.organization } },
      };
      await ignore(client.create(Namespace, room, { signal }), 'already-exists');
      await ensurePullSecret(client, pull, { organization: order.organization, plane: name, namespace, signal });
      const secret = {
        apiVersion: apiVersionOf(Secret),
        kind: Secret.kind,
        metadata: { namespace, name: order.jobName, labels },
        type: 'Opaque',
        data: Object.fromEntries(Object.entries(order.secretEnv).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
      };
      await client.apply(Secret, secret, { fieldManager: 'fairway', force: true, signal });
      const job = jobOf(order, { namespace, labels, ...(cache === undefined ? {} : { cache: cache.folderOf(namespace) }) });
      const create = (): Promise<void> => ignore(client.create(Job, job, { signal, fieldManager: 'fairway' }), 'already-exists');
      await (cache === undefined ? create() : cache.whileStarting(namespace, create));
    },
    observe: async (organization, jobName, signal) => {
      const namespace = namespaceOf(organization);
      const job = (await client.get(Job, { namespace, name: jobName }, { signal })) as Resource<unknown, JobStatus> | undefined;
      if (job === undefined) return { is: 'absent' };
      return stateOf(job.status, await podOf(namespace, jobName, signal));
    },
    log: async (organization, jobName, { follow, signal }) => {
      const namespace = namespaceOf(organization);
      const pod = await podOf(namespace, jobName, signal);
      return pod === undefined ? undefined : client.logs({ namespace, name: pod.metadata.name }, { follow, signal });
    },
    remove: async (organization, jobName, signal) => {
      const namespace = namespaceOf(organization);
      await ignore(client.remove(Job, { namespace, name: jobName }, { propagation: 'background', signal }), 'not-found');
      await ignore(client.remove(Secret, { namespace, name: jobName }, { signal }), 'not-found');
    },
  };
}

/** Whether a Job of this namespace is not over, or a pod of one that was removed still runs. */
export async function hasRunningSteps(client: ClusterClient, namespace: string, signal: AbortSignal): Promise<boolean> {
  const { items: jobs } = await client.list(Job, { namespace, signal });
  const isOver = ({ status }: Resource<unknown, JobStatus>): boolean =>
    status?.conditions?.some(({ type, status: state }) => (type === 'Complete' || type === 'Failed') && state === 'True') ?? false;
  if (!jobs.every((job) => isOver(job as Resource<unknown, JobStatus>))) return true;
  const { items: pods } = await client.list(Pod, { namespace, signal });
  return !pods.every((pod) => ['Succeeded', 'Failed'].includes((pod as Resource<unknown, PodStatus>).status?.phase ?? ''));
}

function jobOf(
  order: StepOrder,
  { namespace, labels, cache }: { namespace: string; labels: Record<string, string>; cache?: string },
): Resource {
  const { step, jobName } = order;
  const env = [
    ...Object.entries(order.env).map(([name, value]) => ({ name, value })),
    ...(cache === undefined ? [] : [{ name: 'FAIRWAY_CACHE', value: cachePath }]),
    ...Object.keys(order.secretEnv).map((name) => ({ name, valueFrom: { secretKeyRef: { name: jobName, key: name } } })),
  ];
  return {
    apiVersion: apiVersionOf(Job),
    kind: Job.kind,
    metadata: { namespace, name: jobName, labels },
    spec: {
      backoffLimit: 0,
      // A step that fails is not tried again; one that its node ended, at the end of the machine's day for example, is.
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      activeDeadlineSeconds: step.timeoutSeconds ?? 1_800,
      ttlSecondsAfterFinished: keepFinishedSeconds,
      template: {
        metadata: {
          labels: { ...labels, 'job-name': jobName },
          ...(cache === undefined ? {} : { annotations: { 'fairway.dev/machine-settings': 'true' } }),
        },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 5,
          imagePullSecrets: [{ name: pullSecretName }],
          containers: [
            {
              name: 'step',
              image: step.image,
              ...(step.command === undefined ? {} : { command: step.command }),
              ...(step.args === undefined ? {} : { args: step.args }),
              env,
              ...(cache === undefined ? {} : { volumeMounts: [{ name: 'cache', mountPath: cachePath }] }),
            },
          ],
          ...(cache === undefined ? {} : { volumes: [{ name: 'cache', hostPath: { path: cache, type: 'DirectoryOrCreate' } }] }),
        },
      },
    },
  };
}

function stateOf(job: JobStatus | undefined, pod: Resource<unknown, PodStatus> | undefined): StepState {
  const name = pod?.metadata.name;
  const container = pod?.status?.containerStatuses?.[0]?.state;
  const over = job?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  if (over !== undefined) {
    const ended = container?.terminated;
    const succeeded = over.type === 'Complete';
    return {
      is: 'finished',
      succeeded,
      ...(ended?.exitCode === undefined ? {} : { exitCode: ended.exitCode }),
      ...(ended?.message === undefined ? {} : { result: ended.message }),
      ...(succeeded ? {} : { message: failureMessage(over, ended) }),
      ...(name === undefined ? {} : { pod: name }),
    };
  }
  if (name === undefined) return { is: 'pending' };
  if (container?.running !== undefined || container?.terminated !== undefined) return { is: 'running', pod: name };
  const { reason, message } = container?.waiting ?? {};
  return {
    is: 'pending',
    pod: name,
    ...(reason === undefined ? {} : { message: message === undefined ? reason : `${reason}: ${message}` }),
  };
}

function failureMessage(over: { reason?: string; message?: string }, ended: { exitCode?: number; reason?: string } | undefined): string {
  if (over.reason === 'DeadlineExceeded') return 'the step took longer than its time limit and was stopped';
  return ended?.exitCode === undefined ? (over.message ?? 'the step failed') : `the step ended with exit code ${ended.exitCode}`;
}
