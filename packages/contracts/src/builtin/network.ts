import { type Static, Type } from 'typebox';
import { atomicList, GenerationConditions, IntOrString, Kept, keyedList, ObjectReference, PortNumber, StringMap } from './shapes.ts';

const Protocol = Type.Optional(Type.Enum(['TCP', 'UDP', 'SCTP'], { default: 'TCP' }));

const ServicePort = Type.Object({
  name: Type.Optional(Type.String()),
  protocol: Protocol,
  appProtocol: Type.Optional(Type.String()),
  port: PortNumber,
  targetPort: Type.Optional(IntOrString('Number or name of a container port; the same as port when absent.')),
  nodePort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
});
export type ServicePort = Static<typeof ServicePort>;
export const ServiceSpec = Type.Object(
  {
    type: Type.Optional(Type.Enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], { default: 'ClusterIP' })),
    selector: Type.Optional(StringMap('Labels of the pods behind the service.')),
    ports: Type.Optional(keyedList(ServicePort, ['port', 'protocol'])),
    clusterIP: Type.Optional(Type.String()),
    clusterIPs: Type.Optional(atomicList(Type.String())),
    externalName: Type.Optional(Type.String()),
    externalIPs: Type.Optional(atomicList(Type.String())),
    sessionAffinity: Type.Optional(Type.Enum(['None', 'ClientIP'], { default: 'None' })),
    sessionAffinityConfig: Type.Optional(Kept('How long a client stays with a pod.')),
    publishNotReadyAddresses: Type.Optional(Type.Boolean()),
    ipFamilies: Type.Optional(atomicList(Type.String())),
    ipFamilyPolicy: Type.Optional(Type.String()),
    internalTrafficPolicy: Type.Optional(Type.String({ default: 'Cluster' })),
    externalTrafficPolicy: Type.Optional(Type.String()),
    allocateLoadBalancerNodePorts: Type.Optional(Type.Boolean()),
    loadBalancerClass: Type.Optional(Type.String()),
    loadBalancerIP: Type.Optional(Type.String()),
    loadBalancerSourceRanges: Type.Optional(atomicList(Type.String())),
    healthCheckNodePort: Type.Optional(Type.Integer()),
    trafficDistribution: Type.Optional(Type.String()),
  },
  { description: 'A stable name for pods that come and go.' },
);
export type ServiceSpec = Static<typeof ServiceSpec>;
export const ServiceStatus = Type.Object({
  loadBalancer: Type.Optional(Kept('Addresses of the load balancer.')),
  conditions: GenerationConditions,
});
export type ServiceStatus = Static<typeof ServiceStatus>;

const EndpointAddress = Type.Object({
  ip: Type.String(),
  hostname: Type.Optional(Type.String()),
  nodeName: Type.Optional(Type.String()),
  targetRef: Type.Optional(ObjectReference),
});
const EndpointPort = Type.Object({
  name: Type.Optional(Type.String()),
  port: PortNumber,
  protocol: Protocol,
  appProtocol: Type.Optional(Type.String()),
});
const EndpointSubset = Type.Object({
  addresses: Type.Optional(atomicList(EndpointAddress)),
  notReadyAddresses: Type.Optional(atomicList(EndpointAddress)),
  ports: Type.Optional(atomicList(EndpointPort)),
});
export const Endpoints = Type.Object(
  { subsets: Type.Optional(atomicList(EndpointSubset)) },
  { description: 'Where the pods of a service answer, in the older form.' },
);
/** Fields of Endpoints beside metadata. */
export type EndpointsFields = Static<typeof Endpoints>;

const SliceEndpoint = Type.Object({
  addresses: atomicList(Type.String()),
  conditions: Type.Optional(
    Type.Object({
      ready: Type.Optional(Type.Boolean()),
      serving: Type.Optional(Type.Boolean()),
      terminating: Type.Optional(Type.Boolean()),
    }),
  ),
  hostname: Type.Optional(Type.String()),
  nodeName: Type.Optional(Type.String()),
  targetRef: Type.Optional(ObjectReference),
  zone: Type.Optional(Type.String()),
  deprecatedTopology: Type.Optional(StringMap('Labels of the place.')),
  hints: Type.Optional(Kept('Who should use it.')),
});
export type SliceEndpoint = Static<typeof SliceEndpoint>;
const SlicePort = Type.Object({
  name: Type.Optional(Type.String()),
  port: Type.Optional(PortNumber),
  protocol: Protocol,
  appProtocol: Type.Optional(Type.String()),
});
export type SlicePort = Static<typeof SlicePort>;
export const EndpointSlice = Type.Object(
  {
    addressType: Type.Enum(['IPv4', 'IPv6', 'FQDN']),
    endpoints: atomicList(SliceEndpoint),
    ports: Type.Optional(atomicList(SlicePort)),
  },
  { description: 'Where pods of a service answer.' },
);
/** Fields of an EndpointSlice beside metadata. */
export type EndpointSliceFields = Static<typeof EndpointSlice>;

const ParentReference = Type.Object({
  group: Type.Optional(Type.String({ default: 'gateway.networking.k8s.io' })),
  kind: Type.Optional(Type.String({ default: 'Gateway' })),
  namespace: Type.Optional(Type.String()),
  name: Type.String({ minLength: 1 }),
  sectionName: Type.Optional(Type.String()),
  port: Type.Optional(PortNumber),
});
export type ParentReference = Static<typeof ParentReference>;
const HeaderMatch = Type.Object({
  type: Type.Optional(Type.Enum(['Exact', 'RegularExpression'], { default: 'Exact' })),
  name: Type.String({ minLength: 1 }),
  value: Type.String(),
});
const HttpRouteMatch = Type.Object({
  path: Type.Optional(
    Type.Object({
      type: Type.Optional(Type.Enum(['Exact', 'PathPrefix', 'RegularExpression'], { default: 'PathPrefix' })),
      value: Type.Optional(Type.String({ default: '/', maxLength: 1024 })),
    }),
  ),
  headers: Type.Optional(keyedList(HeaderMatch, ['name'])),
  queryParams: Type.Optional(keyedList(HeaderMatch, ['name'])),
  method: Type.Optional(Type.String()),
});
export type HttpRouteMatch = Static<typeof HttpRouteMatch>;
const HttpRouteFilter = Type.Unsafe<{ type: string } & Record<string, unknown>>({
  type: 'object',
  required: ['type'],
  properties: { type: { type: 'string' } },
  'x-kubernetes-preserve-unknown-fields': true,
  description: 'A change of requests or answers on their way.',
});
const BackendReference = Type.Object({
  group: Type.Optional(Type.String({ default: '' })),
  kind: Type.Optional(Type.String({ default: 'Service' })),
  namespace: Type.Optional(Type.String()),
  name: Type.String({ minLength: 1 }),
  port: Type.Optional(PortNumber),
  weight: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 1 })),
  filters: Type.Optional(atomicList(HttpRouteFilter)),
});
export type BackendReference = Static<typeof BackendReference>;
const HttpRouteRule = Type.Object({
  name: Type.Optional(Type.String()),
  matches: Type.Optional(atomicList(HttpRouteMatch)),
  filters: Type.Optional(atomicList(HttpRouteFilter)),
  backendRefs: Type.Optional(atomicList(BackendReference)),
  timeouts: Type.Optional(Type.Object({ request: Type.Optional(Type.String()), backendRequest: Type.Optional(Type.String()) })),
  retry: Type.Optional(Kept('When a request is sent again.')),
  sessionPersistence: Type.Optional(Kept('How long a client stays with a backend.')),
});
export type HttpRouteRule = Static<typeof HttpRouteRule>;
export const HttpRouteSpec = Type.Object(
  {
    parentRefs: Type.Optional(atomicList(ParentReference)),
    hostnames: Type.Optional(atomicList(Type.String({ minLength: 1, maxLength: 253 }))),
    rules: Type.Optional(atomicList(HttpRouteRule)),
  },
  { description: 'Which requests go to which services.' },
);
export type HttpRouteSpec = Static<typeof HttpRouteSpec>;
const RouteParentStatus = Type.Object({
  parentRef: ParentReference,
  controllerName: Type.String(),
  conditions: GenerationConditions,
});
export const HttpRouteStatus = Type.Object({ parents: Type.Optional(atomicList(RouteParentStatus)) });
export type HttpRouteStatus = Static<typeof HttpRouteStatus>;

const Listener = Type.Object({
  name: Type.String({ minLength: 1 }),
  hostname: Type.Optional(Type.String()),
  port: PortNumber,
  protocol: Type.String({ minLength: 1 }),
  tls: Type.Optional(Kept('Certificates of the listener.')),
  allowedRoutes: Type.Optional(Kept('Which routes may use the listener.')),
});
export const GatewaySpec = Type.Object(
  {
    gatewayClassName: Type.String({ minLength: 1 }),
    listeners: keyedList(Listener, ['name']),
    addresses: Type.Optional(atomicList(Kept('An address of the gateway.'))),
    infrastructure: Type.Optional(Kept('Settings of what runs the gateway.')),
  },
  { description: 'A place where requests come in.' },
);
export type GatewaySpec = Static<typeof GatewaySpec>;
export const GatewayStatus = Type.Object({
  addresses: Type.Optional(atomicList(Type.Object({ type: Type.Optional(Type.String()), value: Type.String() }))),
  conditions: GenerationConditions,
  listeners: Type.Optional(Type.Array(Kept('State of one listener.'))),
});
export type GatewayStatus = Static<typeof GatewayStatus>;
export const GatewayClassSpec = Type.Object(
  {
    controllerName: Type.String({ minLength: 1 }),
    description: Type.Optional(Type.String()),
    parametersRef: Type.Optional(Kept('Settings of the class.')),
  },
  { description: 'Who serves gateways of this class.' },
);
export type GatewayClassSpec = Static<typeof GatewayClassSpec>;
export const GatewayClassStatus = Type.Object({ conditions: GenerationConditions });
export type GatewayClassStatus = Static<typeof GatewayClassStatus>;

const PolicyTarget = Type.Object({
  group: Type.String(),
  kind: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
  sectionName: Type.Optional(Type.String()),
});
/** Envoy Gateway's policies are kept as they are given; only their targets are read. */
export const PolicySpec = Type.Object(
  { targetRef: Type.Optional(PolicyTarget), targetRefs: Type.Optional(atomicList(PolicyTarget)) },
  { 'x-kubernetes-preserve-unknown-fields': true, description: 'What the policy asks for, and of which routes.' },
);
export type PolicySpec = Static<typeof PolicySpec>;
export const PolicyStatus = Kept('What the gateway says about the policy.');
