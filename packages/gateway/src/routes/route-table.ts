import type { EndpointSliceFields, HttpRouteSpec, HttpRouteStatus, PolicySpec, ServiceSpec } from '@fairway/contracts/builtin';
import type { Resource } from '@fairway/resources/model';

export type HttpRoute = Resource<HttpRouteSpec, HttpRouteStatus>;
export type ClusterService = Resource<ServiceSpec>;
export type Slice = Resource & Partial<EndpointSliceFields>;
export type Policy = Resource<PolicySpec>;

/** The objects of the cluster that a routing table is made of. */
export interface RouteObjects {
  httpRoutes: readonly HttpRoute[];
  services: readonly ClusterService[];
  slices: readonly Slice[];
  policies: readonly Policy[];
}

/** One address where one pod answers. */
export interface Endpoint {
  /** Pod and address together: an allotted port that another pod got later is another endpoint. */
  key: string;
  podUid: string;
  address: string;
  port: number;
  state: 'ready' | 'terminating';
}

export interface Backend {
  weight: number;
  endpoints: readonly Endpoint[];
  requestHeaders: HeaderChange | undefined;
  responseHeaders: HeaderChange | undefined;
  /** Why nothing can be sent there whatever happens; answered as 500, as Gateway API asks. */
  broken?: string;
}

/** Changes of headers; all names are lower case. */
export interface HeaderChange {
  set: readonly (readonly [name: string, value: string])[];
  add: readonly (readonly [name: string, value: string])[];
  remove: readonly string[];
}

export type PathChange = { type: 'ReplaceFullPath'; value: string } | { type: 'ReplacePrefixMatch'; value: string };

export interface Redirect {
  scheme?: string;
  hostname?: string;
  port?: number;
  path?: PathChange;
  statusCode: number;
}

/** What is done with a request that a rule matches. */
export interface RouteAction {
  /** `namespace/name` of the HTTPRoute. */
  route: string;
  backends: readonly Backend[];
  redirect: Redirect | undefined;
  hostname: string | undefined;
  path: PathChange | undefined;
  requestHeaders: HeaderChange | undefined;
  responseHeaders: HeaderChange | undefined;
  /** From the first byte in to the last byte out; 0 is no limit. */
  timeoutMs: number;
  /** Until the answer's first byte; 0 is the gateway's own limit. */
  backendTimeoutMs: number;
  /** Set: nothing is routed; answered with this. */
  refusal: { status: number; detail: string } | undefined;
}

/** One match of one rule, below its host and path. */
export interface Candidate {
  method: string | undefined;
  headers: readonly (readonly [name: string, value: string])[];
  query: readonly (readonly [name: string, value: string])[];
  /** The path prefix that a ReplacePrefixMatch replaces; without a slash at its end. */
  prefix: string;
  action: RouteAction;
}

/** All paths of one hostname; the candidates of a path stand in their order of precedence. */
export interface HostPaths {
  exact: ReadonlyMap<string, readonly Candidate[]>;
  prefixes: ReadonlyMap<string, readonly Candidate[]>;
  longestPrefix: number;
}

/** A pod that is on its way out, in one EndpointSlice. */
export interface DrainingEndpoint {
  namespace: string;
  slice: string;
  podUid: string;
  endpointKeys: readonly string[];
  /** The slice says already that the pod is drained. */
  isDrained: boolean;
}

export interface RouteCondition {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
}

/** What became of one HTTPRoute; the same for each of its parents. */
export interface RouteVerdict {
  route: HttpRoute;
  conditions: readonly RouteCondition[];
}

/** What the data path works by. Never changed, only replaced. */
export interface RouteTable {
  hosts: ReadonlyMap<string, HostPaths>;
  /** By the part behind `*`, for example `.shop.localhost`. */
  wildcards: ReadonlyMap<string, HostPaths>;
  anyHost: HostPaths | undefined;
  endpointKeys: ReadonlySet<string>;
  draining: readonly DrainingEndpoint[];
  verdicts: readonly RouteVerdict[];
}
