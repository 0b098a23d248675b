import { Service } from '@fairway/contracts/builtin';
import type { AdmissionChange, FactQuery, Facts, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { type Address, type AddressPlan, addressesAnnotation, readAddresses, writeAddresses } from '../../proxy/index.ts';
import { fieldInvalid, immutable } from './field-problem.ts';

export type ServiceObject = ResourceOf<typeof Service>;

/** Kubernetes' word for a Service that is its endpoints and nothing else. */
const headless = 'None';

/** The host that a Service asks for or keeps; `any`: it gets one; `external`: it has none. */
type Wish = { host: string } | 'any' | 'external';

function wishOf({ object, old }: AdmissionChange<ServiceObject>): Wish {
  if (object.spec?.type === 'ExternalName') return 'external';
  const kept = old?.spec?.type === 'ExternalName' ? undefined : old?.spec?.clusterIP;
  const host = object.spec?.clusterIP || kept;
  return host ? { host } : 'any';
}

/** Which Services have the hosts that this one may get. Asked only where one is given away. */
export function addressFacts(plan: AddressPlan, change: AdmissionChange<ServiceObject>): FactQuery[] {
  const wish = wishOf(change);
  if (wish === 'external' || plan.isShared || change.operation === 'delete' || change.subresource !== undefined) return [];
  const hosts = wish === 'any' ? plan.hosts(change.object.metadata) : isGivenAway(plan, change, wish.host) ? [wish.host] : [];
  return hosts.map((host) => ({ name: host, kind: Service, fieldSelector: `spec.clusterIP=${host}` }));
}

const isGivenAway = (plan: AddressPlan, { old }: AdmissionChange<ServiceObject>, host: string): boolean =>
  plan.owns(host) && !plan.isShared && host !== old?.spec?.clusterIP;

/** The Service with its host and the places of its ports, or what is wrong with what it asks for. */
export function placeService(
  plan: AddressPlan,
  change: AdmissionChange<ServiceObject>,
  facts: Facts,
): { object: ServiceObject } | { problems: FieldProblem[] } {
  const { object, old } = change;
  const wish = wishOf(change);
  if (wish === 'external') return { object: withHost(object, undefined) };
  const isFree = (host: string): boolean => plan.isShared || facts.list(host).length === 0;
  if (wish === 'any') {
    const host = plan.hosts(object.metadata).find(isFree);
    const message = 'no free address was found: give the Service another name, or say None';
    return host === undefined ? { problems: [fieldInvalid('spec.clusterIP', '', message)] } : { object: placed(plan, change, host) };
  }
  const { host } = wish;
  const before = old?.spec?.type === 'ExternalName' ? undefined : old?.spec;
  if (before !== undefined && before.clusterIP !== host) return { problems: immutable('spec.clusterIP', before.clusterIP, host) };
  if (host === headless) return { object: withHost(object, host) };
  if (before === undefined && !plan.owns(host)) {
    return { problems: [fieldInvalid('spec.clusterIP', host, 'not an address of this cluster: leave it out, or say None')] };
  }
  if (isGivenAway(plan, change, host) && !isFree(host))
    return { problems: [fieldInvalid('spec.clusterIP', host, 'provided IP is already allocated')] };
  return { object: placed(plan, change, host) };
}

/** Each TCP port with the place where it is listened on. A place that was moved stays. */
function placed(plan: AddressPlan, { object, old }: AdmissionChange<ServiceObject>, host: string): ServiceObject {
  const before = new Map([...readAddresses(old?.metadata ?? {}), ...readAddresses(object.metadata)]);
  const addresses = new Map<number, Address>();
  const isTaken = (port: number): boolean => [...addresses.values()].some((address) => address.port === port);
  for (const { port: servicePort, protocol = 'TCP' } of object.spec?.ports ?? []) {
    if (protocol !== 'TCP') continue;
    const known = before.get(servicePort);
    let port = known?.host === host && !isTaken(known.port) ? known.port : plan.port(object.metadata, servicePort);
    while (isTaken(port)) port += 1;
    addresses.set(servicePort, { host, port });
  }
  return withHost(object, host, addresses);
}

function withHost(object: ServiceObject, host: string | undefined, addresses?: ReadonlyMap<number, Address>): ServiceObject {
  const { annotations: { [addressesAnnotation]: _addresses, ...others } = {}, ...metadata } = object.metadata;
  const own = addresses === undefined || addresses.size === 0 ? {} : { [addressesAnnotation]: writeAddresses(addresses) };
  const annotations = { ...others, ...own };
  const { clusterIP: _host, clusterIPs: _hosts, ...spec } = object.spec ?? {};
  return {
    ...object,
    metadata: { ...metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: host === undefined ? spec : { ...spec, clusterIP: host, clusterIPs: [host] },
  };
}
