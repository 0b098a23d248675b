import type { HttpRouteRule } from '@fairway/contracts/builtin';
import type { ClusterService, HttpRoute, Policy, RouteObjects, Slice } from '../routes/route-table.ts';

export const route = (
  name: string,
  hostnames: string[],
  rules?: HttpRouteRule[],
  more: Partial<HttpRoute['metadata']> = {},
): HttpRoute => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { namespace: 'shop', name, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...more },
  spec: {
    parentRefs: [{ name: 'gateway-external', namespace: 'openchoreo-data-plane' }],
    hostnames,
    rules: rules ?? [{ backendRefs: [{ name, port: 80 }] }],
  },
});

export const service = (name: string, namespace = 'shop'): ClusterService => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name },
  spec: { ports: [{ name: 'http', port: 80 }] },
});

export interface PodEndpoint {
  uid: string;
  port: number;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  annotations?: Record<string, string>;
}

/** One slice a pod, as allotted ports ask for. */
export const slices = (name: string, pods: readonly PodEndpoint[], namespace = 'shop'): Slice[] =>
  pods.map(({ uid, port, annotations, ...conditions }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${name}-${uid}`,
      labels: { 'kubernetes.io/service-name': name },
      ...(annotations === undefined ? {} : { annotations }),
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port }],
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true, ...conditions }, targetRef: { kind: 'Pod', uid, name: uid } }],
  }));

export const policy = (kind: string, name: string, spec: Record<string, unknown>): Policy => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind,
  metadata: { namespace: 'shop', name },
  spec,
});

export const routeObjects = (objects: Partial<RouteObjects>): RouteObjects => ({
  httpRoutes: [],
  services: [],
  slices: [],
  policies: [],
  ...objects,
});

/** The usual case: one host `NAME.localhost` and the pods behind it. */
export const application = (name: string, pods: readonly PodEndpoint[]): RouteObjects =>
  routeObjects({ httpRoutes: [route(name, [`${name}.localhost`])], services: [service(name)], slices: slices(name, pods) });
