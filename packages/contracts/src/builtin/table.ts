import type { KindRow } from '../kinds/table.ts';
import * as autoscaling from './autoscaling.ts';
import * as core from './core.ts';
import * as network from './network.ts';
import * as pod from './pod.ts';
import * as policy from './policy.ts';
import * as sets from './sets.ts';
import * as storage from './storage.ts';
import * as workloads from './workloads.ts';

const apps = { group: 'apps', version: 'v1', categories: ['all'] } as const;
const batch = { group: 'batch', version: 'v1', categories: ['all'] } as const;
const core1 = { group: '', version: 'v1' } as const;
const gatewayApi = { group: 'gateway.networking.k8s.io', version: 'v1', categories: ['gateway-api'] } as const;
const envoyGateway = { group: 'gateway.envoyproxy.io', version: 'v1alpha1', categories: ['envoy-gateway'] } as const;
const scale = { replicas: 'spec.replicas', seenReplicas: 'status.replicas', selector: 'spec.selector' } as const;
const age = ['Age', '.metadata.creationTimestamp', 'date'] as const;
const containerColumns = [
  ['Containers', '.spec.template.spec.containers[*].name', 'string', 1],
  ['Images', '.spec.template.spec.containers[*].image', 'string', 1],
] as const;

const coreRows: readonly KindRow[] = [
  {
    ...core1,
    kind: 'Namespace',
    shortNames: ['ns'],
    clusterScoped: true,
    whole: core.Namespace,
    spec: core.NamespaceSpec,
    status: core.NamespaceStatus,
    selectableFields: ['status.phase'],
    columns: [['Status', '.status.phase'], age],
  },
  {
    ...core1,
    kind: 'Node',
    shortNames: ['no'],
    clusterScoped: true,
    whole: core.Node,
    spec: core.NodeSpec,
    status: core.NodeStatus,
    selectableFields: ['spec.unschedulable'],
    columns: [
      ['Status', '.status.conditions[?(@.type=="Ready")].reason'],
      age,
      ['Version', '.status.nodeInfo.kubeletVersion'],
      ['Internal-IP', '.status.addresses[?(@.type=="InternalIP")].address', 'string', 1],
      ['OS-Image', '.status.nodeInfo.osImage', 'string', 1],
      ['Kernel-Version', '.status.nodeInfo.kernelVersion', 'string', 1],
      ['Container-Runtime', '.status.nodeInfo.containerRuntimeVersion', 'string', 1],
    ],
  },
  {
    ...core1,
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    spec: pod.PodSpec,
    status: pod.PodStatus,
    subresources: ['log'],
    selectableFields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
    columns: [
      ['Ready', '.status.containerStatuses[*].ready'],
      ['Status', '.status.phase'],
      ['Restarts', '.status.containerStatuses[0].restartCount'],
      age,
      ['IP', '.status.podIP', 'string', 1],
      ['Node', '.spec.nodeName', 'string', 1],
    ],
  },
  { ...core1, kind: 'ConfigMap', shortNames: ['cm'], whole: core.ConfigMap, columns: [['Data', '.data', 'string'], age] },
  {
    ...core1,
    kind: 'Secret',
    whole: core.Secret,
    selectableFields: ['type'],
    columns: [['Type', '.type'], ['Data', '.data'], age],
  },
  { ...core1, kind: 'ServiceAccount', shortNames: ['sa'], whole: core.ServiceAccount, columns: [age] },
  {
    ...core1,
    kind: 'Event',
    shortNames: ['ev'],
    whole: core.Event,
    selectableFields: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source.component',
      'type',
    ],
    columns: [
      ['Last Seen', '.lastTimestamp', 'date'],
      ['Type', '.type'],
      ['Reason', '.reason'],
      ['Object', '.involvedObject.name'],
      ['Message', '.message'],
    ],
  },
  {
    ...core1,
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    spec: network.ServiceSpec,
    status: network.ServiceStatus,
    selectableFields: ['spec.clusterIP', 'spec.type'],
    columns: [
      ['Type', '.spec.type'],
      ['Cluster-IP', '.spec.clusterIP'],
      ['External-IP', '.spec.externalIPs[0]'],
      ['Port(s)', '.spec.ports[*].port'],
      age,
      ['Selector', '.spec.selector', 'string', 1],
    ],
  },
  {
    ...core1,
    kind: 'Endpoints',
    plural: 'endpoints',
    shortNames: ['ep'],
    whole: network.Endpoints,
    columns: [['Endpoints', '.subsets[*].addresses[*].ip'], age],
  },
];

const storageRows: readonly KindRow[] = [
  {
    ...core1,
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    spec: storage.PersistentVolumeClaimSpec,
    status: storage.PersistentVolumeClaimStatus,
    columns: [
      ['Status', '.status.phase'],
      ['Volume', '.spec.volumeName'],
      ['Capacity', '.status.capacity.storage'],
      ['Access Modes', '.status.accessModes[*]'],
      ['StorageClass', '.spec.storageClassName'],
      age,
    ],
  },
  {
    ...core1,
    kind: 'PersistentVolume',
    shortNames: ['pv'],
    clusterScoped: true,
    spec: storage.PersistentVolumeSpec,
    status: storage.PersistentVolumeStatus,
    columns: [
      ['Capacity', '.spec.capacity.storage'],
      ['Access Modes', '.spec.accessModes[*]'],
      ['Reclaim Policy', '.spec.persistentVolumeReclaimPolicy'],
      ['Status', '.status.phase'],
      ['Claim', '.spec.claimRef.name'],
      age,
    ],
  },
];

const policyRows: readonly KindRow[] = [
  {
    ...core1,
    kind: 'ResourceQuota',
    shortNames: ['quota'],
    spec: policy.ResourceQuotaSpec,
    status: policy.ResourceQuotaStatus,
    columns: [age],
  },
];

const autoscalingRows: readonly KindRow[] = [
  {
    group: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    spec: autoscaling.HorizontalPodAutoscalerSpec,
    status: autoscaling.HorizontalPodAutoscalerStatus,
    columns: [
      ['Reference', '.spec.scaleTargetRef.name'],
      ['MinPods', '.spec.minReplicas'],
      ['MaxPods', '.spec.maxReplicas', 'integer'],
      ['Replicas', '.status.currentReplicas', 'integer'],
      age,
    ],
  },
];

const setRows: readonly KindRow[] = [
  {
    ...apps,
    kind: 'StatefulSet',
    shortNames: ['sts'],
    scale,
    spec: sets.StatefulSetSpec,
    status: sets.StatefulSetStatus,
    columns: [['Ready', '.status.readyReplicas'], age, ...containerColumns],
  },
  {
    ...apps,
    kind: 'DaemonSet',
    shortNames: ['ds'],
    spec: sets.DaemonSetSpec,
    status: sets.DaemonSetStatus,
    columns: [
      ['Desired', '.status.desiredNumberScheduled', 'integer'],
      ['Current', '.status.currentNumberScheduled', 'integer'],
      ['Ready', '.status.numberReady', 'integer'],
      ['Up-to-date', '.status.updatedNumberScheduled', 'integer'],
      ['Available', '.status.numberAvailable', 'integer'],
      age,
      ...containerColumns,
    ],
  },
  {
    ...apps,
    kind: 'ControllerRevision',
    categories: [],
    whole: sets.ControllerRevision,
    columns: [['Controller', '.metadata.ownerReferences[0].name'], ['Revision', '.revision', 'integer'], age],
  },
];

const workloadRows: readonly KindRow[] = [
  {
    ...apps,
    kind: 'Deployment',
    shortNames: ['deploy'],
    scale,
    spec: workloads.DeploymentSpec,
    status: workloads.DeploymentStatus,
    columns: [
      ['Ready', '.status.readyReplicas'],
      ['Up-to-date', '.status.updatedReplicas', 'integer'],
      ['Available', '.status.availableReplicas', 'integer'],
      age,
      ...containerColumns,
    ],
  },
  {
    ...apps,
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    scale,
    spec: workloads.ReplicaSetSpec,
    status: workloads.ReplicaSetStatus,
    selectableFields: ['status.replicas'],
    columns: [
      ['Desired', '.spec.replicas', 'integer'],
      ['Current', '.status.replicas', 'integer'],
      ['Ready', '.status.readyReplicas', 'integer'],
      age,
      ...containerColumns,
    ],
  },
  {
    ...batch,
    kind: 'Job',
    spec: workloads.JobSpec,
    status: workloads.JobStatus,
    selectableFields: ['status.successful'],
    columns: [
      ['Status', '.status.conditions[-1:].type'],
      ['Completions', '.status.succeeded'],
      ['Duration', '.status.startTime'],
      age,
      ...containerColumns,
    ],
  },
  {
    ...batch,
    kind: 'CronJob',
    shortNames: ['cj'],
    spec: workloads.CronJobSpec,
    status: workloads.CronJobStatus,
    columns: [
      ['Schedule', '.spec.schedule'],
      ['Timezone', '.spec.timeZone'],
      ['Suspend', '.spec.suspend', 'boolean'],
      ['Active', '.status.active'],
      ['Last Schedule', '.status.lastScheduleTime', 'date'],
      age,
    ],
  },
];

const otherRows: readonly KindRow[] = [
  {
    group: 'discovery.k8s.io',
    version: 'v1',
    kind: 'EndpointSlice',
    whole: network.EndpointSlice,
    columns: [['AddressType', '.addressType'], ['Ports', '.ports[*].port'], ['Endpoints', '.endpoints[*].addresses[0]'], age],
  },
  { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', whole: core.Lease, columns: [['Holder', '.spec.holderIdentity'], age] },
  {
    ...gatewayApi,
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    shortNames: ['gc'],
    clusterScoped: true,
    spec: network.GatewayClassSpec,
    status: network.GatewayClassStatus,
    columns: [['Controller', '.spec.controllerName'], ['Accepted', '.status.conditions[?(@.type=="Accepted")].status'], age],
  },
  {
    ...gatewayApi,
    kind: 'Gateway',
    shortNames: ['gtw'],
    spec: network.GatewaySpec,
    status: network.GatewayStatus,
    columns: [
      ['Class', '.spec.gatewayClassName'],
      ['Address', '.status.addresses[*].value'],
      ['Programmed', '.status.conditions[?(@.type=="Programmed")].status'],
      age,
    ],
  },
  {
    ...gatewayApi,
    kind: 'HTTPRoute',
    spec: network.HttpRouteSpec,
    status: network.HttpRouteStatus,
    columns: [['Hostnames', '.spec.hostnames'], age],
  },
  {
    ...envoyGateway,
    kind: 'SecurityPolicy',
    plural: 'securitypolicies',
    shortNames: ['sp'],
    spec: network.PolicySpec,
    status: network.PolicyStatus,
    columns: [age],
  },
  {
    ...envoyGateway,
    kind: 'BackendTrafficPolicy',
    plural: 'backendtrafficpolicies',
    shortNames: ['btp'],
    spec: network.PolicySpec,
    status: network.PolicyStatus,
    columns: [age],
  },
];

/** The Kubernetes kinds that the local cluster serves. A kind without spec and status has its whole shape in `whole`. */
export const builtinRows: readonly KindRow[] = [
  ...coreRows,
  ...storageRows,
  ...policyRows,
  ...workloadRows,
  ...setRows,
  ...autoscalingRows,
  ...otherRows,
];
