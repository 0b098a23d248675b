import {
  ConfigMap,
  type ConfigMapFields,
  CronJob,
  Deployment,
  EndpointSlice,
  type EndpointSliceFields,
  Endpoints,
  type EndpointsFields,
  Event,
  type EventFields,
  Job,
  type LabelSelector,
  Node,
  Pod,
  type PodTemplateSpec,
  ReplicaSet,
  Secret,
  type SecretFields,
  Service,
  ServiceAccount,
} from '@fairway/contracts/builtin';
import { humanDuration, type TableColumns } from '@fairway/kubernetes/server';
import { type AnyResource, type Kind, type KindId, kindId, type ResourceOf } from '@fairway/resources/model';
import { selectorText } from '../controllers/index.ts';
import { podStatusText } from './pod-status-text.ts';

type Cell<Shape> = readonly [name: string, type: string, cell: (object: Shape, now: number) => unknown, priority?: number];

/** One table: the cells of a kind by column. Names and age are added to every table. */
const table = <Shape>(kind: Kind, cells: readonly Cell<Shape>[]): [KindId, TableColumns] => [
  kindId(kind),
  {
    columns: cells.map(([name, type, , priority = 0]) => ({ name, type, priority })),
    cells: (object: AnyResource, now: number) => cells.map(([, , cell]) => cell(object as Shape, now)),
  },
];

const none = '<none>';
const since = (time: string | null | undefined, now: number): string => {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? none : humanDuration(now - at);
};
const labelsText = (labels: Record<string, string> | undefined): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || none;

const templateCells = <Shape>(template: (object: Shape) => PodTemplateSpec | undefined): Cell<Shape>[] => {
  const containers = (object: Shape) => template(object)?.spec.containers ?? [];
  return [
    [
      'Containers',
      'string',
      (object) =>
        containers(object)
          .map(({ name }) => name)
          .join(','),
      1,
    ],
    [
      'Images',
      'string',
      (object) =>
        containers(object)
          .map(({ image }) => image)
          .join(','),
      1,
    ],
  ];
};
const selectorCell = <Shape>(selector: (object: Shape) => LabelSelector | undefined): Cell<Shape> => [
  'Selector',
  'string',
  (object) => selectorText(selector(object) ?? {}) || none,
  1,
];

type PodObject = ResourceOf<typeof Pod>;
const podCells: Cell<PodObject>[] = [
  [
    'Ready',
    'string',
    ({ spec, status }) => `${(status?.containerStatuses ?? []).filter(({ ready }) => ready).length}/${spec?.containers.length ?? 0}`,
  ],
  ['Status', 'string', (pod) => podStatusText(pod)],
  ['Restarts', 'string', (pod, now) => restartsText(pod, now)],
  ['IP', 'string', ({ status }) => status?.podIP ?? none, 1],
  ['Node', 'string', ({ spec }) => spec?.nodeName ?? none, 1],
  ['Ports', 'string', ({ metadata }) => metadata.annotations?.['fairway.dev/ports'] ?? none, 1],
];

function restartsText({ status }: PodObject, now: number): string {
  const containers = status?.containerStatuses ?? [];
  const count = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = containers.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? '')).filter((at) => !Number.isNaN(at));
  return count === 0 || ends.length === 0 ? String(count) : `${count} (${humanDuration(now - Math.max(...ends))} ago)`;
}

type JobObject = ResourceOf<typeof Job>;
const jobStatusText = ({ status, metadata, spec }: JobObject): string => {
  const is = (type: string): boolean =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (spec?.suspend === true) return 'Suspended';
  if (is('FailureTarget')) return 'FailureTarget';
  return is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
};
const jobDuration = ({ status }: JobObject, now: number): string => {
  if (status?.startTime === undefined) return '';
  const failedAt = status.conditions?.find(({ type }) => type === 'Failed')?.lastTransitionTime;
  const end = Date.parse(status.completionTime ?? failedAt ?? '') || now;
  return humanDuration(end - Date.parse(status.startTime));
};
const jobCells: Cell<JobObject>[] = [
  ['Status', 'string', jobStatusText],
  ['Completions', 'string', ({ spec, status }) => `${status?.succeeded ?? 0}/${spec?.completions ?? `1 of ${spec?.parallelism ?? 1}`}`],
  ['Duration', 'string', jobDuration],
  ...templateCells<JobObject>(({ spec }) => spec?.template),
  selectorCell(({ spec }) => spec?.selector),
];

type ServiceObject = ResourceOf<typeof Service>;
const serviceCells: Cell<ServiceObject>[] = [
  ['Type', 'string', ({ spec }) => spec?.type ?? 'ClusterIP'],
  ['Cluster-IP', 'string', ({ spec }) => spec?.clusterIP ?? none],
  ['External-IP', 'string', ({ spec }) => spec?.externalName ?? spec?.externalIPs?.join(',') ?? none],
  ['Port(s)', 'string', ({ spec }) => (spec?.ports ?? []).map(({ port, protocol }) => `${port}/${protocol ?? 'TCP'}`).join(',') || none],
  ['Selector', 'string', ({ spec }) => labelsText(spec?.selector), 1],
];

const maxShown = 3;
const shorten = (parts: readonly string[]): string => {
  if (parts.length === 0) return none;
  const more = parts.length - maxShown;
  return `${parts.slice(0, maxShown).join(',')}${more > 0 ? ` + ${more} more...` : ''}`;
};
const endpointsCells: Cell<EndpointsFields>[] = [
  [
    'Endpoints',
    'string',
    ({ subsets = [] }) =>
      shorten(subsets.flatMap(({ addresses = [], ports = [] }) => addresses.flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)))),
  ],
];
const sliceCells: Cell<EndpointSliceFields>[] = [
  ['AddressType', 'string', ({ addressType }) => addressType],
  ['Ports', 'string', ({ ports = [] }) => shorten(ports.map(({ port }) => String(port ?? '*')))],
  ['Endpoints', 'string', ({ endpoints }) => shorten(endpoints.flatMap(({ addresses }) => addresses))],
];

type NodeObject = ResourceOf<typeof Node>;
const nodeStatusText = ({ spec, status }: NodeObject): string => {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const text = ready === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
};
const nodeCells: Cell<NodeObject>[] = [
  ['Status', 'string', nodeStatusText],
  ['Roles', 'string', () => none],
  ['Version', 'string', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''],
  ['Internal-IP', 'string', ({ status }) => status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? none, 1],
  ['OS-Image', 'string', ({ status }) => status?.nodeInfo?.osImage ?? '', 1],
  ['Kernel-Version', 'string', ({ status }) => status?.nodeInfo?.kernelVersion ?? '', 1],
  ['Container-Runtime', 'string', ({ status }) => status?.nodeInfo?.containerRuntimeVersion ?? '', 1],
];

const eventCells: Cell<EventFields>[] = [
  ['Last Seen', 'string', ({ lastTimestamp, eventTime }, now) => since(lastTimestamp ?? eventTime, now)],
  ['Type', 'string', ({ type }) => type ?? ''],
  ['Reason', 'string', ({ reason }) => reason ?? ''],
  ['Object', 'string', ({ involvedObject: { kind = '', name = '' } }) => `${kind.toLowerCase()}/${name}`],
  ['Message', 'string', ({ message }) => message?.trim() ?? ''],
];

type DeploymentObject = ResourceOf<typeof Deployment>;
type ReplicaSetObject = ResourceOf<typeof ReplicaSet>;
type CronJobObject = ResourceOf<typeof CronJob>;
const count = (value: object | undefined): number => Object.keys(value ?? {}).length;

/** Columns as kubectl's users know them, for kinds whose cells are more than a field. */
export const tables: Readonly<Record<KindId, TableColumns>> = Object.fromEntries([
  table(Pod, podCells),
  table<DeploymentObject>(Deployment, [
    ['Ready', 'string', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`],
    ['Up-to-date', 'integer', ({ status }) => status?.updatedReplicas ?? 0],
    ['Available', 'integer', ({ status }) => status?.availableReplicas ?? 0],
    ...templateCells<DeploymentObject>(({ spec }) => spec?.template),
    selectorCell(({ spec }) => spec?.selector),
  ]),
  table<ReplicaSetObject>(ReplicaSet, [
    ['Desired', 'integer', ({ spec }) => spec?.replicas ?? 1],
    ['Current', 'integer', ({ status }) => status?.replicas ?? 0],
    ['Ready', 'integer', ({ status }) => status?.readyReplicas ?? 0],
    ...templateCells<ReplicaSetObject>(({ spec }) => spec?.template),
    selectorCell(({ spec }) => spec?.selector),
  ]),
  table(Job, jobCells),
  table<CronJobObject>(CronJob, [
    ['Schedule', 'string', ({ spec }) => spec?.schedule ?? ''],
    ['Timezone', 'string', ({ spec }) => spec?.timeZone ?? none],
    ['Suspend', 'string', ({ spec }) => (spec?.suspend === true ? 'True' : 'False')],
    ['Active', 'integer', ({ status }) => status?.active?.length ?? 0],
    ['Last Schedule', 'string', ({ status }, now) => since(status?.lastScheduleTime, now)],
    ...templateCells<CronJobObject>(({ spec }) => spec?.jobTemplate.spec.template),
  ]),
  table(Service, serviceCells),
  table(Endpoints, endpointsCells),
  table(EndpointSlice, sliceCells),
  table(Node, nodeCells),
  table(Event, eventCells),
  table<ConfigMapFields>(ConfigMap, [['Data', 'integer', ({ data, binaryData }) => count(data) + count(binaryData)]]),
  table<SecretFields>(Secret, [
    ['Type', 'string', ({ type }) => type ?? 'Opaque'],
    ['Data', 'integer', ({ data }) => count(data)],
  ]),
  table<{ secrets?: readonly unknown[] }>(ServiceAccount, [['Secrets', 'integer', ({ secrets }) => secrets?.length ?? 0]]),
]);
