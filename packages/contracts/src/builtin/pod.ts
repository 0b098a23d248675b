import { type Static, Type } from 'typebox';
import {
  atomicList,
  GenerationConditions,
  IntOrString,
  Kept,
  keyedList,
  LocalReference,
  ObservedGeneration,
  PortNumber,
  Quantities,
  StringMap,
  Time,
} from './shapes.ts';

const KeySelector = Type.Object(
  { name: Type.String({ default: '' }), key: Type.String({ minLength: 1 }), optional: Type.Optional(Type.Boolean()) },
  { description: 'One key of a ConfigMap or a Secret.', 'x-kubernetes-map-type': 'atomic' },
);
const FieldSelector = Type.Object(
  { apiVersion: Type.Optional(Type.String({ default: 'v1' })), fieldPath: Type.String({ minLength: 1 }) },
  { description: 'A field of the pod itself, for example metadata.name.', 'x-kubernetes-map-type': 'atomic' },
);
const ResourceFieldSelector = Type.Object(
  {
    containerName: Type.Optional(Type.String()),
    resource: Type.String({ minLength: 1 }),
    divisor: Type.Optional(IntOrString('The unit that the value is given in.')),
  },
  { 'x-kubernetes-map-type': 'atomic' },
);
const EnvVar = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Name of the variable.' }),
    value: Type.Optional(Type.String({ description: 'Its value; $(NAME) stands for an earlier variable.' })),
    valueFrom: Type.Optional(
      Type.Object({
        configMapKeyRef: Type.Optional(KeySelector),
        secretKeyRef: Type.Optional(KeySelector),
        fieldRef: Type.Optional(FieldSelector),
        resourceFieldRef: Type.Optional(ResourceFieldSelector),
      }),
    ),
  },
  { description: 'A variable of the environment.' },
);
export type EnvVar = Static<typeof EnvVar>;

const SourceReference = Type.Object({ name: Type.String({ default: '' }), optional: Type.Optional(Type.Boolean()) });
const EnvFromSource = Type.Object(
  {
    prefix: Type.Optional(Type.String()),
    configMapRef: Type.Optional(SourceReference),
    secretRef: Type.Optional(SourceReference),
  },
  { description: 'All keys of a ConfigMap or a Secret as variables.' },
);
export type EnvFromSource = Static<typeof EnvFromSource>;

const HttpHeader = Type.Object({ name: Type.String({ minLength: 1 }), value: Type.String() });
const HttpGetAction = Type.Object({
  path: Type.Optional(Type.String({ default: '/' })),
  port: IntOrString('Number or name of a container port.'),
  host: Type.Optional(Type.String()),
  scheme: Type.Optional(Type.Enum(['HTTP', 'HTTPS'], { default: 'HTTP' })),
  httpHeaders: Type.Optional(atomicList(HttpHeader)),
});
const TcpSocketAction = Type.Object({ port: IntOrString('Number or name of a container port.'), host: Type.Optional(Type.String()) });
const ExecAction = Type.Object({ command: Type.Optional(atomicList(Type.String())) });
const handlers = {
  httpGet: Type.Optional(HttpGetAction),
  tcpSocket: Type.Optional(TcpSocketAction),
  exec: Type.Optional(ExecAction),
  grpc: Type.Optional(Type.Object({ port: PortNumber, service: Type.Optional(Type.String({ default: '' })) })),
};
const Probe = Type.Object(
  {
    ...handlers,
    initialDelaySeconds: Type.Optional(Type.Integer({ minimum: 0 })),
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
    periodSeconds: Type.Optional(Type.Integer({ minimum: 1, default: 10 })),
    successThreshold: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
    failureThreshold: Type.Optional(Type.Integer({ minimum: 1, default: 3 })),
    terminationGracePeriodSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { description: 'A question that is asked again and again while the container runs.' },
);
export type Probe = Static<typeof Probe>;
const LifecycleHandler = Type.Object({
  ...handlers,
  sleep: Type.Optional(Type.Object({ seconds: Type.Integer({ minimum: 0 }) })),
});

const ContainerPort = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 15 })),
    containerPort: PortNumber,
    protocol: Type.Optional(Type.Enum(['TCP', 'UDP', 'SCTP'], { default: 'TCP' })),
    hostPort: Type.Optional(PortNumber),
    hostIP: Type.Optional(Type.String()),
  },
  { description: 'A port that the container listens on.' },
);
export type ContainerPort = Static<typeof ContainerPort>;

const VolumeMount = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Name of a volume of the pod.' }),
    mountPath: Type.String({ minLength: 1, description: 'Where its files appear.' }),
    subPath: Type.Optional(Type.String()),
    subPathExpr: Type.Optional(Type.String()),
    readOnly: Type.Optional(Type.Boolean()),
    mountPropagation: Type.Optional(Type.String()),
    recursiveReadOnly: Type.Optional(Type.String()),
  },
  { description: 'A volume as the container sees it.' },
);
export type VolumeMount = Static<typeof VolumeMount>;

const ResourceRequirements = Type.Object(
  {
    limits: Type.Optional(Quantities('The most that the container may use.')),
    requests: Type.Optional(Quantities('What the container needs.')),
    claims: Type.Optional(keyedList(Type.Object({ name: Type.String(), request: Type.Optional(Type.String()) }), ['name'])),
  },
  { description: 'Processor and memory of the container.' },
);

export const Container = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63, description: 'Name within the pod.' }),
    image: Type.Optional(Type.String({ description: 'Image reference, best with a digest.' })),
    imagePullPolicy: Type.Optional(Type.Enum(['Always', 'IfNotPresent', 'Never'])),
    command: Type.Optional(atomicList(Type.String())),
    args: Type.Optional(atomicList(Type.String())),
    workingDir: Type.Optional(Type.String()),
    ports: Type.Optional(keyedList(ContainerPort, ['containerPort', 'protocol'])),
    env: Type.Optional(keyedList(EnvVar, ['name'])),
    envFrom: Type.Optional(atomicList(EnvFromSource)),
    resources: Type.Optional(Type.Object(ResourceRequirements.properties, { default: {}, description: 'Processor and memory.' })),
    volumeMounts: Type.Optional(keyedList(VolumeMount, ['mountPath'])),
    volumeDevices: Type.Optional(keyedList(Type.Object({ name: Type.String(), devicePath: Type.String() }), ['devicePath'])),
    livenessProbe: Type.Optional(Probe),
    readinessProbe: Type.Optional(Probe),
    startupProbe: Type.Optional(Probe),
    lifecycle: Type.Optional(
      Type.Object({
        postStart: Type.Optional(LifecycleHandler),
        preStop: Type.Optional(LifecycleHandler),
        stopSignal: Type.Optional(Type.String()),
      }),
    ),
    restartPolicy: Type.Optional(Type.String()),
    terminationMessagePath: Type.Optional(Type.String({ default: '/dev/termination-log' })),
    terminationMessagePolicy: Type.Optional(Type.Enum(['File', 'FallbackToLogsOnError'], { default: 'File' })),
    securityContext: Type.Optional(Kept('Rights of the processes; kept, and enforced only where the run time isolates.')),
    stdin: Type.Optional(Type.Boolean()),
    stdinOnce: Type.Optional(Type.Boolean()),
    tty: Type.Optional(Type.Boolean()),
  },
  { description: 'One supervised program of a pod.' },
);
export type Container = Static<typeof Container>;

const KeyToPath = Type.Object({
  key: Type.String({ minLength: 1 }),
  path: Type.String({ minLength: 1 }),
  mode: Type.Optional(Type.Integer()),
});
const fileModes = {
  defaultMode: Type.Optional(Type.Integer({ minimum: 0, maximum: 511, default: 420 })),
  optional: Type.Optional(Type.Boolean()),
};
const items = { items: Type.Optional(atomicList(KeyToPath)) };
const Volume = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63 }),
    configMap: Type.Optional(Type.Object({ name: Type.String({ default: '' }), ...items, ...fileModes })),
    secret: Type.Optional(Type.Object({ secretName: Type.Optional(Type.String()), ...items, ...fileModes })),
    emptyDir: Type.Optional(
      Type.Object({ medium: Type.Optional(Type.String()), sizeLimit: Type.Optional(IntOrString('The most it may hold.')) }),
    ),
    hostPath: Type.Optional(Type.Object({ path: Type.String(), type: Type.Optional(Type.String({ default: '' })) })),
    downwardAPI: Type.Optional(Kept('Fields of the pod as files.')),
    projected: Type.Optional(Kept('Several sources in one folder.')),
    persistentVolumeClaim: Type.Optional(Type.Object({ claimName: Type.String(), readOnly: Type.Optional(Type.Boolean()) })),
    csi: Type.Optional(Kept('A volume of a driver.')),
    ephemeral: Type.Optional(Kept('A claim that lives as long as the pod.')),
    nfs: Type.Optional(Kept('A folder of a file server.')),
  },
  { description: 'Files that containers of the pod share.' },
);
export type Volume = Static<typeof Volume>;

export const PodSpec = Type.Object(
  {
    containers: keyedList(Container, ['name']),
    initContainers: Type.Optional(keyedList(Container, ['name'])),
    ephemeralContainers: Type.Optional(
      Type.Array(Kept('A container for debugging.'), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-patch-strategy': 'merge',
      }),
    ),
    volumes: Type.Optional(
      Type.Array(Volume, {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-patch-strategy': 'merge,retainKeys',
      }),
    ),
    restartPolicy: Type.Optional(Type.Enum(['Always', 'OnFailure', 'Never'], { default: 'Always' })),
    terminationGracePeriodSeconds: Type.Optional(Type.Integer({ minimum: 0, default: 30 })),
    activeDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
    nodeName: Type.Optional(Type.String({ description: 'The node that runs the pod; set by the scheduler.' })),
    nodeSelector: Type.Optional(StringMap('Labels that the node must have.')),
    imagePullSecrets: Type.Optional(keyedList(LocalReference, ['name'])),
    serviceAccountName: Type.Optional(Type.String()),
    serviceAccount: Type.Optional(Type.String()),
    automountServiceAccountToken: Type.Optional(Type.Boolean()),
    dnsPolicy: Type.Optional(Type.String({ default: 'ClusterFirst' })),
    dnsConfig: Type.Optional(Kept('Settings of the resolver.')),
    enableServiceLinks: Type.Optional(Type.Boolean()),
    hostname: Type.Optional(Type.String()),
    subdomain: Type.Optional(Type.String()),
    setHostnameAsFQDN: Type.Optional(Type.Boolean()),
    hostNetwork: Type.Optional(Type.Boolean()),
    hostPID: Type.Optional(Type.Boolean()),
    hostIPC: Type.Optional(Type.Boolean()),
    hostUsers: Type.Optional(Type.Boolean()),
    shareProcessNamespace: Type.Optional(Type.Boolean()),
    hostAliases: Type.Optional(keyedList(Type.Object({ ip: Type.String(), hostnames: Type.Optional(Type.Array(Type.String())) }), ['ip'])),
    securityContext: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        default: {},
        description: 'Rights of all processes of the pod.',
      }),
    ),
    affinity: Type.Optional(Kept('Wishes about the node.')),
    tolerations: Type.Optional(atomicList(Kept('A taint of a node that the pod bears.'))),
    topologySpreadConstraints: Type.Optional(Type.Array(Kept('How pods are spread.'))),
    readinessGates: Type.Optional(atomicList(Type.Object({ conditionType: Type.String() }))),
    schedulerName: Type.Optional(Type.String({ default: 'default-scheduler' })),
    priority: Type.Optional(Type.Integer()),
    priorityClassName: Type.Optional(Type.String()),
    preemptionPolicy: Type.Optional(Type.String()),
    runtimeClassName: Type.Optional(Type.String()),
    overhead: Type.Optional(Quantities('What the run time itself needs.')),
    os: Type.Optional(Type.Object({ name: Type.String() })),
  },
  { description: 'What a pod runs and how.' },
);
export type PodSpec = Static<typeof PodSpec>;

export const PodTemplateSpec = Type.Object(
  {
    metadata: Type.Optional(
      Type.Object({
        name: Type.Optional(Type.String()),
        namespace: Type.Optional(Type.String()),
        generateName: Type.Optional(Type.String()),
        labels: Type.Optional(StringMap('Labels of the pods.')),
        annotations: Type.Optional(StringMap('Annotations of the pods.')),
        finalizers: Type.Optional(Type.Array(Type.String(), { 'x-kubernetes-list-type': 'set' })),
        creationTimestamp: Type.Optional(Type.Unsafe<string | null>({ type: 'string', nullable: true })),
      }),
    ),
    spec: PodSpec,
  },
  { description: 'The pods that are made from here.' },
);
export type PodTemplateSpec = Static<typeof PodTemplateSpec>;

const Terminated = Type.Object({
  exitCode: Type.Integer(),
  signal: Type.Optional(Type.Integer()),
  reason: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  startedAt: Type.Optional(Time),
  finishedAt: Type.Optional(Time),
  containerID: Type.Optional(Type.String()),
});
const ContainerState = Type.Object(
  {
    waiting: Type.Optional(Type.Object({ reason: Type.Optional(Type.String()), message: Type.Optional(Type.String()) })),
    running: Type.Optional(Type.Object({ startedAt: Type.Optional(Time) })),
    terminated: Type.Optional(Terminated),
  },
  { description: 'Waiting, running or terminated, and why.' },
);
export type ContainerState = Static<typeof ContainerState>;

const ContainerStatus = Type.Object({
  name: Type.String(),
  state: Type.Optional(ContainerState),
  lastState: Type.Optional(ContainerState),
  ready: Type.Boolean(),
  started: Type.Optional(Type.Boolean()),
  restartCount: Type.Integer(),
  image: Type.String(),
  imageID: Type.String(),
  containerID: Type.Optional(Type.String()),
  resources: Type.Optional(Kept('What the container was given.')),
});
export type ContainerStatus = Static<typeof ContainerStatus>;

export const PodStatus = Type.Object(
  {
    observedGeneration: ObservedGeneration,
    phase: Type.Optional(Type.Enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'])),
    conditions: GenerationConditions,
    reason: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
    hostIP: Type.Optional(Type.String()),
    hostIPs: Type.Optional(atomicList(Type.Object({ ip: Type.String() }))),
    podIP: Type.Optional(Type.String()),
    podIPs: Type.Optional(keyedList(Type.Object({ ip: Type.String() }), ['ip'])),
    startTime: Type.Optional(Time),
    containerStatuses: Type.Optional(atomicList(ContainerStatus)),
    initContainerStatuses: Type.Optional(atomicList(ContainerStatus)),
    qosClass: Type.Optional(Type.String()),
    nominatedNodeName: Type.Optional(Type.String()),
  },
  { description: 'What the node says about the pod.' },
);
export type PodStatus = Static<typeof PodStatus>;
