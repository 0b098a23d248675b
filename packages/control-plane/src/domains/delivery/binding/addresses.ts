import type { EndpointStatus } from '@fairway/contracts';
import { openChoreoApiHost, organizationApiHost, shownHost, webHosts } from '../render/hosts.ts';
import { runtimeName } from '../render/names.ts';
import { sortedEndpoints } from '../render/render-containers.ts';
import { type ExposedApi, exposedApis, webEndpoints } from '../render/render-routes.ts';
import { observedResources } from './applied-release.ts';
import type { BindingWork } from './binding-work.ts';

type Address = NonNullable<EndpointStatus['project']>;
interface Gateway {
  scheme: 'http' | 'https';
  port: number;
}

type Subject = Pick<BindingWork, 'row' | 'binding' | 'spec' | 'scope' | 'release'>;

/** Where the endpoints of a binding answer: inside the project once its Service was applied, through the gateway where there is a route. */
export function addressesOf(work: Subject, gateway: Gateway): { endpoints: EndpointStatus[]; urls: string[] } {
  const { row, spec, scope } = work;
  if (row.type === 'ScheduledTask') return { endpoints: [], urls: [] };
  const apis = row.type === 'Service' ? exposedApis({ spec, scope }) : [];
  const webs = row.type === 'WebApplication' ? webEndpoints({ spec }) : [];
  const endpoints = sortedEndpoints({ spec }).map(([name, { type, port }]): EndpointStatus => {
    const ofPort = apis.filter((api) => api.port === port);
    const web = webs.find((each) => each.name === name);
    return {
      name,
      type,
      ...projectAddress(work, { name, type, port }),
      ...apiAddresses(ofPort, work, gateway),
      ...(web === undefined ? {} : { public: throughGateway(gateway, webHosts(scope, web.front).at(-1) ?? '', '/') }),
    };
  });
  const urls = [
    ...webs.map(({ front }) => throughGateway(gateway, shownHost(scope, front), '/').uri ?? ''),
    ...apis
      .filter(({ level }) => level === 'Public')
      .map(({ publicPath }) => throughGateway(gateway, shownHost(scope), publicPath).uri ?? ''),
  ];
  return { endpoints, urls };
}

/**
 * By the name of the Service, which cluster DNS knows, or by the address that a cluster without it gave to the port. Which of both is known when
 * the Service lies there; until then the address of before stands.
 */
function projectAddress(
  { binding, release }: Subject,
  { name, type, port }: { name: string; type: string; port: number },
): Pick<EndpointStatus, 'project'> {
  const service = runtimeName(binding.metadata.name);
  const seen = observedResources(release).find((each) => each.kind === 'Service' && each.name === service);
  if (seen === undefined) {
    const before = binding.status?.endpoints?.find((each) => each.name === name)?.project;
    return before === undefined ? {} : { project: before };
  }
  const place = seen.addresses?.[port];
  if (place === undefined) return { project: address(schemeOf(type, port), service, port) };
  const [host = '', own = ''] = place.split(':');
  return { project: address(schemeOf(type, port), host, Number(own)) };
}

function apiAddresses(
  apis: readonly ExposedApi[],
  { scope }: Pick<BindingWork, 'scope'>,
  gateway: Gateway,
): Pick<EndpointStatus, 'organization' | 'public'> {
  const organization = apis.find(({ level }) => level === 'Organization');
  const open = apis.find(({ level }) => level === 'Public');
  return {
    ...(organization === undefined ? {} : { organization: throughGateway(gateway, organizationApiHost(scope), organization.publicPath) }),
    ...(open === undefined ? {} : { public: throughGateway(gateway, openChoreoApiHost(scope), open.publicPath) }),
  };
}

function schemeOf(type: string, port: number): string {
  if (type === 'gRPC') return 'grpc';
  if (type === 'Websocket') return 'ws';
  if (type === 'TCP' || type === 'UDP') return '';
  return port === 443 || port === 8443 ? 'https' : 'http';
}

const throughGateway = ({ scheme, port }: Gateway, host: string, basePath: string): Address => ({
  ...address(scheme, host, port, basePath),
  basePath,
});

function address(scheme: string, host: string, port: number, basePath = ''): Address {
  const isDefaultPort = (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443);
  const authority = isDefaultPort ? host : `${host}:${port}`;
  return { host, port, ...(scheme === '' ? {} : { scheme }), uri: scheme === '' ? authority : `${scheme}://${authority}${basePath}` };
}
