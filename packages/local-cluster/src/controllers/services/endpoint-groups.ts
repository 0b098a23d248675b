import type { ServicePort, ServiceSpec, SliceEndpoint, SlicePort } from '@fairway/contracts/builtin';
import { isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';

/** Where a pod's container ports lie on this machine: a JSON object from container port to allotted port, written by the node agent. */
const portsAnnotation = 'fairway.dev/ports';

/** Pods that answer on the same ports. Every pod has its own allotted ports here, so most groups hold one pod. */
export interface EndpointGroup {
  ports: SlicePort[];
  endpoints: SliceEndpoint[];
}

const readAllotted = (pod: PodObject): Record<string, number> => {
  try {
    const value: unknown = JSON.parse(pod.metadata.annotations?.[portsAnnotation] ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => Number.isInteger(entry[1])));
  } catch {
    return {};
  }
};

const containerPortOf = (pod: PodObject, port: ServicePort): number | undefined => {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  if (/^\d+$/.test(target)) return Number(target);
  const named = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []).find(({ name }) => name === target);
  return named?.containerPort;
};

const portsOf = (pod: PodObject, spec: ServiceSpec): SlicePort[] => {
  const allotted = readAllotted(pod);
  return (spec.ports ?? []).flatMap((port) => {
    const container = containerPortOf(pod, port);
    const at = container === undefined ? undefined : allotted[String(container)];
    if (at === undefined) return [];
    const { appProtocol } = port;
    return [{ name: port.name ?? '', port: at, protocol: port.protocol ?? 'TCP', ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
};

const endpointOf = (pod: PodObject, address: string, spec: ServiceSpec): SliceEndpoint => {
  const isServing = isReady(pod) || spec.publishNotReadyAddresses === true;
  const terminating = isTerminating(pod);
  return {
    addresses: [address],
    conditions: { ready: isServing && (!terminating || spec.publishNotReadyAddresses === true), serving: isServing, terminating },
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
  };
};

/** Groups of a service's pods, in a stable order. Pods without an address or an allotted port are left out: nothing answers there. */
export function groupEndpoints(spec: ServiceSpec, pods: readonly PodObject[]): EndpointGroup[] {
  const groups = new Map<string, EndpointGroup>();
  for (const pod of pods.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))) {
    const address = pod.status?.podIP;
    const ports = portsOf(pod, spec);
    if (address === undefined || isFinished(pod) || (ports.length === 0 && (spec.ports ?? []).length > 0)) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(pod, address, spec));
    groups.set(key, group);
  }
  return [...groups.values()];
}
