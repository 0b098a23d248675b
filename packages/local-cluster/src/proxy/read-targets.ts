import type { EndpointSliceFields, Service } from '@fairway/contracts/builtin';
import type { AnyResource, ResourceOf } from '@fairway/resources/model';
import { type Address, readAddresses } from './address-plan.ts';

export type ServiceObject = ResourceOf<typeof Service>;
export type SliceObject = AnyResource & EndpointSliceFields;

/** One place where a port of a Service is answered. */
export interface Target {
  /** Names it: the same text is the same target. */
  key: string;
  host: string;
  port: number;
  /** Empty for an endpoint that is no pod of ours. */
  podUid: string;
}

/** One port of a Service: where it listens, and who answers. */
export interface PortPlan {
  servicePort: number;
  address: Address;
  targets: readonly Target[];
}

/** Ports of a Service with their ready endpoints. None for a headless Service: it has no address to listen on. */
export function planPorts(service: ServiceObject, slices: Iterable<SliceObject>): PortPlan[] {
  const addresses = readAddresses(service.metadata);
  const known = [...slices];
  return (service.spec?.ports ?? []).flatMap(({ port: servicePort, name = '', protocol = 'TCP' }) => {
    const address = addresses.get(servicePort);
    if (address === undefined || protocol !== 'TCP') return [];
    return [{ servicePort, address, targets: known.flatMap((slice) => targetsIn(slice, name)) }];
  });
}

function targetsIn({ addressType, endpoints, ports = [] }: SliceObject, portName: string): Target[] {
  const port = ports.find(({ name = '', protocol = 'TCP' }) => name === portName && protocol === 'TCP')?.port;
  if (port === undefined || addressType === 'FQDN') return [];
  return endpoints.flatMap(({ addresses: [host], conditions, targetRef }) => {
    // As in Kubernetes an endpoint that does not say whether it is ready is.
    if (host === undefined || conditions?.ready === false) return [];
    const podUid = targetRef?.kind === 'Pod' ? (targetRef.uid ?? '') : '';
    return [{ key: `${host} ${port} ${podUid}`, host, port, podUid }];
  });
}
