import { type Static, Type } from 'typebox';
import {
  atomicList,
  Kept,
  KubernetesConditions,
  keyedList,
  LocalReference,
  ObjectReference,
  Quantities,
  StringMap,
  Time,
} from './shapes.ts';

export const NamespaceSpec = Type.Object({ finalizers: Type.Optional(atomicList(Type.String())) });
export type NamespaceSpec = Static<typeof NamespaceSpec>;
export const NamespaceStatus = Type.Object({
  phase: Type.Optional(Type.Enum(['Active', 'Terminating'])),
  conditions: KubernetesConditions,
});
export type NamespaceStatus = Static<typeof NamespaceStatus>;
export const Namespace = Type.Object(
  { spec: Type.Optional(NamespaceSpec), status: Type.Optional(NamespaceStatus) },
  { description: 'A room for names; deleting it deletes all that is in it.' },
);

export const NodeSpec = Type.Object({
  podCIDR: Type.Optional(Type.String()),
  podCIDRs: Type.Optional(Type.Array(Type.String(), { 'x-kubernetes-list-type': 'set' })),
  providerID: Type.Optional(Type.String()),
  unschedulable: Type.Optional(Type.Boolean({ description: 'True: no new pods here.' })),
  taints: Type.Optional(
    atomicList(
      Type.Object({ key: Type.String(), value: Type.Optional(Type.String()), effect: Type.String(), timeAdded: Type.Optional(Time) }),
    ),
  ),
});
export type NodeSpec = Static<typeof NodeSpec>;
export const NodeStatus = Type.Object({
  addresses: Type.Optional(keyedList(Type.Object({ type: Type.String(), address: Type.String() }), ['type'])),
  capacity: Type.Optional(Quantities('What the machine has.')),
  allocatable: Type.Optional(Quantities('What pods may use.')),
  conditions: KubernetesConditions,
  nodeInfo: Type.Optional(
    Type.Object({
      machineID: Type.String(),
      systemUUID: Type.String(),
      bootID: Type.String(),
      kernelVersion: Type.String(),
      osImage: Type.String(),
      containerRuntimeVersion: Type.String(),
      kubeletVersion: Type.String(),
      kubeProxyVersion: Type.String(),
      operatingSystem: Type.String(),
      architecture: Type.String(),
    }),
  ),
  images: Type.Optional(
    atomicList(Type.Object({ names: Type.Optional(atomicList(Type.String())), sizeBytes: Type.Optional(Type.Integer()) })),
  ),
  daemonEndpoints: Type.Optional(Kept('Ports of the node agent.')),
});
export type NodeStatus = Static<typeof NodeStatus>;
export const Node = Type.Object(
  { spec: Type.Optional(NodeSpec), status: Type.Optional(NodeStatus) },
  { description: 'A machine that runs pods.' },
);

export const ConfigMap = Type.Object(
  {
    data: Type.Optional(StringMap('Texts by their keys.')),
    binaryData: Type.Optional(StringMap('Bytes by their keys, in base64.')),
    immutable: Type.Optional(Type.Boolean({ description: 'True: data never changes again.' })),
  },
  { description: 'Configuration that pods read as variables or files.' },
);
/** Fields of a ConfigMap beside metadata. */
export type ConfigMapFields = Static<typeof ConfigMap>;

export const Secret = Type.Object(
  {
    data: Type.Optional(StringMap('Values by their keys, in base64.')),
    stringData: Type.Optional(StringMap('Values as they are; written into data and never given back.')),
    type: Type.Optional(Type.String({ default: 'Opaque' })),
    immutable: Type.Optional(Type.Boolean({ description: 'True: data never changes again.' })),
  },
  { description: 'Secret values that pods read as variables or files.' },
);
/** Fields of a Secret beside metadata. */
export type SecretFields = Static<typeof Secret>;

export const ServiceAccount = Type.Object(
  {
    secrets: Type.Optional(keyedList(ObjectReference, ['name'])),
    imagePullSecrets: Type.Optional(atomicList(LocalReference)),
    automountServiceAccountToken: Type.Optional(Type.Boolean()),
  },
  { description: 'Who a pod is when it calls the cluster.' },
);
/** Fields of a ServiceAccount beside metadata. */
export type ServiceAccountFields = Static<typeof ServiceAccount>;

const OptionalTime = Type.Optional(Type.Unsafe<string | null>({ type: 'string', format: 'date-time', nullable: true }));
export const Event = Type.Object(
  {
    involvedObject: ObjectReference,
    reason: Type.Optional(Type.String({ description: 'A PascalCase fact.' })),
    message: Type.Optional(Type.String({ description: 'What happened, for people.' })),
    type: Type.Optional(Type.String({ description: 'Normal or Warning.' })),
    source: Type.Optional(Type.Object({ component: Type.Optional(Type.String()), host: Type.Optional(Type.String()) })),
    firstTimestamp: OptionalTime,
    lastTimestamp: OptionalTime,
    eventTime: OptionalTime,
    count: Type.Optional(Type.Integer()),
    action: Type.Optional(Type.String()),
    related: Type.Optional(ObjectReference),
    reportingComponent: Type.Optional(Type.String({ default: '' })),
    reportingInstance: Type.Optional(Type.String({ default: '' })),
    series: Type.Optional(Type.Object({ count: Type.Optional(Type.Integer()), lastObservedTime: Type.Optional(Time) })),
  },
  { description: 'Something that happened to an object.' },
);
/** Fields of an Event beside metadata. */
export type EventFields = Static<typeof Event>;

export const LeaseSpec = Type.Object({
  holderIdentity: Type.Optional(Type.String()),
  leaseDurationSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  acquireTime: Type.Optional(Time),
  renewTime: Type.Optional(Time),
  leaseTransitions: Type.Optional(Type.Integer({ minimum: 0 })),
  preferredHolder: Type.Optional(Type.String()),
  strategy: Type.Optional(Type.String()),
});
export type LeaseSpec = Static<typeof LeaseSpec>;
export const Lease = Type.Object({ spec: Type.Optional(LeaseSpec) }, { description: 'A sign that somebody is alive.' });
