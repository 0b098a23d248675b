import { dataPlaneLabels } from '../labels.ts';
import { organizationApiHost, publicApiHosts, webHosts } from './hosts.ts';
import { apiRouteName, namespaceName, runtimeName, securityPolicyName, trafficPolicyName, webRouteName } from './names.ts';
import { sortedEndpoints } from './render-containers.ts';
import { InvalidConfiguration, type RenderedResource, type RenderInput } from './render-input.ts';
import { renderSecurityPolicy, renderTrafficPolicy } from './render-policies.ts';
import type { JsonObject } from './strategic-merge.ts';

const gatewayNamespace = 'openchoreo-data-plane';

export interface ExposedApi {
  name: string;
  className: string;
  level: 'Organization' | 'Public';
  port: number;
  /** As it is behind the gateway: begins with a slash. */
  basePath: string;
  /** As callers write it. */
  publicPath: string;
}

/** Routed are endpoints that speak HTTP; the first one has the plain hosts, a further one its name in front. */
export function webEndpoints(input: Pick<RenderInput, 'spec'>): { name: string; port: number; type: string; front: string | undefined }[] {
  const routed = sortedEndpoints(input).filter(([, endpoint]) => endpoint.type !== 'TCP' && endpoint.type !== 'UDP');
  return routed.map(([name, { port, type }], index) => ({ name, port, type, front: index === 0 ? undefined : name }));
}

export const renderWebRoutes = (input: RenderInput): RenderedResource[] =>
  webEndpoints(input).map(({ name, port, front }) =>
    route(input, {
      name: webRouteName(input.binding, name),
      gateway: 'gateway-external',
      hostnames: webHosts(input.scope, front),
      path: '/',
      rewrite: '/',
      port,
    }),
  );

/** A route and two policies for each level on which an API is offered. */
export const renderApiRoutes = (input: RenderInput): RenderedResource[] =>
  exposedApis(input).flatMap((api) => {
    const name = apiRouteName(input.binding, api.name, api.level);
    const isPublic = api.level === 'Public';
    const policy = { input, target: name, level: api.level, apiClass: input.apiClasses[api.className] ?? {} };
    return [
      route(input, {
        name,
        gateway: isPublic ? 'gateway-external' : 'gateway-internal',
        hostnames: isPublic ? publicApiHosts(input.scope) : [organizationApiHost(input.scope)],
        path: api.publicPath,
        rewrite: api.basePath,
        port: api.port,
      }),
      renderSecurityPolicy({ ...policy, name: securityPolicyName(input.binding, api.name, api.level) }),
      renderTrafficPolicy({ ...policy, name: trafficPolicyName(input.binding, api.name, api.level) }),
    ];
  });

/** Levels default to Public, for routes and policies alike; the level Project needs no route. */
export function exposedApis(input: Pick<RenderInput, 'spec' | 'scope'>): ExposedApi[] {
  const apis = Object.entries(input.spec.apis ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return apis.flatMap(([name, api]) => {
    if (api.type !== 'REST') return [];
    const asked = api.rest?.exposeLevels ?? [];
    const levels = asked.length === 0 ? ['Public'] : [...new Set(asked)];
    const basePath = `/${(api.rest?.backend?.basePath ?? '').replace(/^\/+|\/+$/g, '')}`;
    const shared = { name, className: api.className, port: portOf(input, name, api.rest?.backend?.port), basePath };
    const publicPath = `/${input.scope.project}/${input.scope.component}${basePath === '/' ? '' : basePath}`;
    return levels.flatMap((level) => {
      if (level === 'Project') return [];
      if (level !== 'Public' && level !== 'Organization') {
        throw new InvalidConfiguration(`API "${name}" has the unknown exposeLevel "${level}": use Project, Organization or Public.`);
      }
      return [{ ...shared, level, publicPath } satisfies ExposedApi];
    });
  });
}

/** An API without a backend port means the endpoint of its name, or the only one there is. */
function portOf(input: Pick<RenderInput, 'spec'>, api: string, port: number | undefined): number {
  const endpoints = input.spec.workloadSpec?.endpoints ?? {};
  const all = Object.values(endpoints);
  const found = port ?? endpoints[api]?.port ?? (all.length === 1 ? all[0]?.port : undefined);
  if (found === undefined) throw new InvalidConfiguration(`API "${api}" says no backend port: set apis.${api}.rest.backend.port.`);
  return found;
}

interface RouteShape {
  name: string;
  gateway: string;
  hostnames: readonly string[];
  path: string;
  rewrite: string;
  port: number;
}

function route(input: RenderInput, { name, gateway, hostnames, path, rewrite, port }: RouteShape): RenderedResource {
  const rewritten: JsonObject = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: rewrite } } };
  return {
    id: name,
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name, namespace: namespaceName(input.scope), labels: dataPlaneLabels(input.scope) },
      spec: {
        parentRefs: [{ name: gateway, namespace: gatewayNamespace }],
        hostnames,
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: path } }],
            filters: [rewritten],
            backendRefs: [{ name: runtimeName(input.binding), port }],
          },
        ],
      },
    },
  };
}
