import type { AnyResource, KindId } from '@fairway/resources/model';
import type { TableColumns } from './handler-options.ts';
import { podRestarts, podState, podStatusOf, sidecarsOf } from './pod-cells.ts';
import { autoscaler, claim, quota, volume } from './resource-tables.ts';
import { age, type Column, count, joined, name, pairs, since, spec, status, table, wide } from './table-cells.ts';

interface PodTemplate {
  template: { spec?: { containers?: readonly { name?: string; image?: string }[] } };
  selector: { matchLabels?: Record<string, string> };
}
const containersOf = (object: AnyResource) => spec<PodTemplate>(object).template?.spec?.containers ?? [];
const templateColumns: readonly Column[] = [
  ['Containers', (object) => joined(containersOf(object).map((container) => container.name)), wide],
  ['Images', (object) => joined(containersOf(object).map((container) => container.image)), wide],
  ['Selector', (object) => pairs(spec<PodTemplate>(object).selector?.matchLabels), wide],
];

interface Replicas {
  replicas: number;
  updatedReplicas: number;
  availableReplicas: number;
  readyReplicas: number;
}

const pod = table([
  name,
  [
    'Ready',
    (object) => {
      const sidecars = sidecarsOf(object);
      const { containerStatuses = [], initContainerStatuses = [] } = podStatusOf(object);
      const containers = [...containerStatuses, ...initContainerStatuses.filter((container) => sidecars.has(container.name ?? ''))];
      const all = (spec<{ containers: readonly unknown[] }>(object).containers?.length ?? containerStatuses.length) + sidecars.size;
      return `${containers.filter(({ ready }) => ready === true).length}/${all}`;
    },
  ],
  ['Status', podState],
  ['Restarts', podRestarts],
  age,
  ['IP', (object) => status<{ podIP: string }>(object).podIP || '<none>', wide],
  ['Node', (object) => spec<{ nodeName: string }>(object).nodeName || '<none>', wide],
]);

const deployment = table([
  name,
  ['Ready', (object) => `${status<Replicas>(object).readyReplicas ?? 0}/${spec<Replicas>(object).replicas ?? 1}`],
  ['Up-to-date', (object) => status<Replicas>(object).updatedReplicas ?? 0, count],
  ['Available', (object) => status<Replicas>(object).availableReplicas ?? 0, count],
  age,
  ...templateColumns,
]);

const replicaSet = table([
  name,
  ['Desired', (object) => spec<Replicas>(object).replicas ?? 1, count],
  ['Current', (object) => status<Replicas>(object).replicas ?? 0, count],
  ['Ready', (object) => status<Replicas>(object).readyReplicas ?? 0, count],
  age,
  ...templateColumns,
]);

const statefulSet = table([
  name,
  ['Ready', (object) => `${status<Replicas>(object).readyReplicas ?? 0}/${spec<Replicas>(object).replicas ?? 1}`],
  age,
  ...templateColumns.slice(0, 2),
]);

interface DaemonCounts {
  desiredNumberScheduled: number;
  currentNumberScheduled: number;
  numberReady: number;
  updatedNumberScheduled: number;
  numberAvailable: number;
}

const daemonCount = (title: string, field: keyof DaemonCounts): Column => [
  title,
  (object) => status<DaemonCounts>(object)[field] ?? 0,
  count,
];

const daemonSet = table([
  name,
  daemonCount('Desired', 'desiredNumberScheduled'),
  daemonCount('Current', 'currentNumberScheduled'),
  daemonCount('Ready', 'numberReady'),
  daemonCount('Up-to-date', 'updatedNumberScheduled'),
  daemonCount('Available', 'numberAvailable'),
  ['Node Selector', (object) => pairs(spec<NodeChoice>(object).template?.spec?.nodeSelector)],
  age,
  ...templateColumns,
]);

interface NodeChoice {
  template: { spec?: { nodeSelector?: Record<string, string> } };
}

interface JobStatus {
  conditions: readonly { type?: string; status?: string }[];
  succeeded: number;
  startTime: string;
  completionTime: string;
}

const jobState = (object: AnyResource): string => {
  const { conditions = [] } = status<JobStatus>(object);
  const isTrue = (type: string) => conditions.some((condition) => condition.type === type && condition.status === 'True');
  const state = ['Complete', 'Failed', 'Suspended', 'FailureTarget'].find(isTrue);
  if (state !== undefined) return state;
  return object.metadata.deletionTimestamp === undefined ? 'Running' : 'Terminating';
};

const jobCompletions = (object: AnyResource): string => {
  const { completions, parallelism } = spec<{ completions: number; parallelism: number }>(object);
  const succeeded = status<JobStatus>(object).succeeded ?? 0;
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return (parallelism ?? 0) > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
};

const jobDuration = (object: AnyResource, nowMs: number): string => {
  const { startTime, completionTime } = status<JobStatus>(object);
  return startTime === undefined ? '' : since(startTime, completionTime === undefined ? nowMs : Date.parse(completionTime), '');
};

const job = table([
  name,
  ['Status', jobState],
  ['Completions', (object) => jobCompletions(object)],
  ['Duration', jobDuration],
  age,
  ...templateColumns,
]);

interface CronJobSpec {
  schedule: string;
  timeZone: string;
  suspend: boolean;
}

const cronJob = table([
  name,
  ['Schedule', (object) => spec<CronJobSpec>(object).schedule ?? ''],
  ['Timezone', (object) => spec<CronJobSpec>(object).timeZone ?? '<none>'],
  ['Suspend', (object) => (spec<CronJobSpec>(object).suspend === true ? 'True' : 'False')],
  ['Active', (object) => status<{ active: readonly unknown[] }>(object).active?.length ?? 0, count],
  ['Last Schedule', (object, nowMs) => since(status<{ lastScheduleTime: string }>(object).lastScheduleTime, nowMs, '<none>')],
  age,
]);

const controllerRevision = table([
  name,
  ['Controller', ({ metadata }) => ownerOf(metadata.ownerReferences?.find(({ controller }) => controller === true))],
  ['Revision', ({ revision }) => revision, count],
  age,
]);

const ownerOf = (owner: { apiVersion: string; kind: string; name: string } | undefined): string => {
  if (owner === undefined) return '<none>';
  const [group = '', version] = owner.apiVersion.split('/');
  return `${owner.kind.toLowerCase()}${version === undefined ? '' : `.${group}`}/${owner.name}`;
};

interface ServiceSpec {
  type: string;
  clusterIP: string;
  externalIPs: readonly string[];
  externalName: string;
  ports: readonly { port?: number; nodePort?: number; protocol?: string }[];
  selector: Record<string, string>;
}

const externalAddress = (object: AnyResource): string => {
  const { type, externalName, externalIPs } = spec<ServiceSpec>(object);
  if (type === 'ExternalName') return externalName ?? '<none>';
  const { ingress = [] } = status<{ loadBalancer: { ingress?: { ip?: string; hostname?: string }[] } }>(object).loadBalancer ?? {};
  const found = [...ingress.map(({ ip, hostname }) => ip ?? hostname ?? ''), ...(externalIPs ?? [])];
  return found.length === 0 && type === 'LoadBalancer' ? '<pending>' : joined(found);
};

const service = table([
  name,
  ['Type', (object) => spec<ServiceSpec>(object).type ?? 'ClusterIP'],
  ['Cluster-IP', (object) => spec<ServiceSpec>(object).clusterIP || '<none>'],
  ['External-IP', externalAddress],
  [
    'Port(s)',
    (object) =>
      joined(
        spec<ServiceSpec>(object).ports?.map(({ port, nodePort, protocol = 'TCP' }) =>
          nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
        ),
      ),
  ],
  age,
  ['Selector', (object) => pairs(spec<ServiceSpec>(object).selector), wide],
]);

const keyCount = (object: AnyResource, ...fields: readonly string[]): number =>
  fields.reduce((sum, field) => sum + Object.keys((object[field] ?? {}) as object).length, 0);

interface EventFields {
  lastTimestamp?: string;
  eventTime?: string;
  type?: string;
  reason?: string;
  message?: string;
  involvedObject?: { kind?: string; name?: string };
}

const event = table([
  [
    'Last Seen',
    (object, nowMs) =>
      since((object as EventFields).lastTimestamp ?? (object as EventFields).eventTime ?? object.metadata.creationTimestamp, nowMs),
  ],
  ['Type', (object) => (object as EventFields).type ?? ''],
  ['Reason', (object) => (object as EventFields).reason ?? ''],
  [
    'Object',
    ({ involvedObject }) =>
      `${(involvedObject as EventFields['involvedObject'])?.kind?.toLowerCase() ?? ''}/${(involvedObject as EventFields['involvedObject'])?.name ?? ''}`,
  ],
  ['Message', (object) => ((object as EventFields).message ?? '').trim()],
  ['Name', ({ metadata }) => metadata.name, wide],
]);

interface NodeStatus {
  conditions: readonly { type?: string; status?: string }[];
  addresses: readonly { type?: string; address?: string }[];
  nodeInfo: { kubeletVersion?: string; osImage?: string; kernelVersion?: string; containerRuntimeVersion?: string };
}

const nodeState = (object: AnyResource): string => {
  const ready = status<NodeStatus>(object).conditions?.find(({ type }) => type === 'Ready')?.status;
  const word = ready === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
  return spec<{ unschedulable: boolean }>(object).unschedulable === true ? `${word},SchedulingDisabled` : word;
};

const rolePrefix = 'node-role.kubernetes.io/';

const node = table([
  name,
  ['Status', nodeState],
  [
    'Roles',
    ({ metadata }) =>
      joined(
        Object.keys(metadata.labels ?? {})
          .filter((label) => label.startsWith(rolePrefix))
          .map((label) => label.slice(rolePrefix.length)),
      ),
  ],
  age,
  ['Version', (object) => status<NodeStatus>(object).nodeInfo?.kubeletVersion ?? ''],
  ['Internal-IP', (object) => status<NodeStatus>(object).addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '<none>', wide],
  ['OS-Image', (object) => status<NodeStatus>(object).nodeInfo?.osImage ?? '<unknown>', wide],
  ['Kernel-Version', (object) => status<NodeStatus>(object).nodeInfo?.kernelVersion ?? '<unknown>', wide],
  ['Container-Runtime', (object) => status<NodeStatus>(object).nodeInfo?.containerRuntimeVersion ?? '<unknown>', wide],
]);

/** The tables of the built-in kinds that need more than JSON paths. */
export const builtinTables: Readonly<Record<KindId, TableColumns>> = {
  'Pod.': pod,
  'Deployment.apps': deployment,
  'ReplicaSet.apps': replicaSet,
  'StatefulSet.apps': statefulSet,
  'DaemonSet.apps': daemonSet,
  'ControllerRevision.apps': controllerRevision,
  'PersistentVolumeClaim.': claim,
  'PersistentVolume.': volume,
  'ResourceQuota.': quota,
  'HorizontalPodAutoscaler.autoscaling': autoscaler,
  'Job.batch': job,
  'CronJob.batch': cronJob,
  'Service.': service,
  'ConfigMap.': table([name, ['Data', (object) => keyCount(object, 'data', 'binaryData'), count], age]),
  'Secret.': table([name, ['Type', ({ type }) => type ?? 'Opaque'], ['Data', (object) => keyCount(object, 'data'), count], age]),
  'Event.': event,
  'Node.': node,
};
