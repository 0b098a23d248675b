import { isIP } from 'node:net';
import type { ClusterService, DrainingEndpoint, Endpoint, Slice } from './route-table.ts';

export const drainedAnnotation = (podUid: string): string => `drained.fairway.dev/${podUid}`;

const endpointKey = (podUid: string, address: string, port: number): string => `${podUid}@${address}:${port}`;

type SliceEndpoint = NonNullable<Slice['endpoints']>[number];

const podUidOf = (endpoint: SliceEndpoint): string => endpoint.targetRef?.uid ?? '';
const isTerminating = (endpoint: SliceEndpoint): boolean => endpoint.conditions?.terminating === true;

/** Slices by the service that they belong to (`namespace/name`). */
export function groupSlices(slices: readonly Slice[]): Map<string, Slice[]> {
  const groups = new Map<string, Slice[]>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (service === undefined || slice.metadata.deletionTimestamp !== undefined) continue;
    const id = `${slice.metadata.namespace ?? ''}/${service}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [slice]);
    else group.push(slice);
  }
  return groups;
}

const isUsable = (slice: Slice): boolean => slice.addressType === 'IPv4' || slice.addressType === 'IPv6';

/**
 * Where a port of a service answers now. Ready endpoints alone, if there is one. Without one, those that are terminating and still serve are used only
 * while their replacement is known and not ready yet: where nothing comes after them (a recreated or stopped deployment), new requests would
 * keep the old pod from ever being drained, so they wait instead.
 */
export function endpointsOf(service: ClusterService, port: number, slices: readonly Slice[]): Endpoint[] {
  const servicePort = service.spec?.ports?.find((each) => each.port === port && (each.protocol ?? 'TCP') === 'TCP');
  if (servicePort === undefined) return [];
  const found = { ready: new Map<string, Endpoint>(), terminating: new Map<string, Endpoint>() };
  let hasReplacement = false;
  for (const slice of slices) {
    const slicePort = slice.ports?.find((each) => (each.name ?? '') === (servicePort.name ?? ''))?.port;
    if (slicePort === undefined || !isUsable(slice)) continue;
    for (const sliceEndpoint of slice.endpoints ?? []) {
      const standing = standingOf(slice, sliceEndpoint);
      hasReplacement ||= standing === 'starting';
      if (standing === 'starting' || standing === 'gone') continue;
      const endpoint = endpointAt(sliceEndpoint, slicePort, standing);
      if (endpoint !== undefined) found[standing].set(endpoint.key, endpoint);
    }
  }
  if (found.ready.size > 0) return [...found.ready.values()];
  return hasReplacement ? [...found.terminating.values()] : [];
}

/** `gone`: on its way out and either drained or not serving any more. */
function standingOf(slice: Slice, endpoint: SliceEndpoint): 'ready' | 'starting' | 'terminating' | 'gone' {
  if (!isTerminating(endpoint)) return endpoint.conditions?.ready === false ? 'starting' : 'ready';
  const isDrained = slice.metadata.annotations?.[drainedAnnotation(podUidOf(endpoint))] !== undefined;
  return isDrained || endpoint.conditions?.serving === false ? 'gone' : 'terminating';
}

function endpointAt(endpoint: SliceEndpoint, port: number, state: Endpoint['state']): Endpoint | undefined {
  const address = endpoint.addresses[0];
  if (address === undefined || isIP(address) === 0) return undefined;
  const podUid = podUidOf(endpoint);
  return { key: endpointKey(podUid, address, port), podUid, address, port, state };
}

/** Pods on their way out, in every slice, whether a route leads there or not: somebody waits for the word that they are drained. */
export function drainingEndpoints(slices: readonly Slice[]): DrainingEndpoint[] {
  const draining: DrainingEndpoint[] = [];
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      const podUid = podUidOf(endpoint);
      if (!isTerminating(endpoint) || podUid === '') continue;
      draining.push({
        namespace: slice.metadata.namespace ?? '',
        slice: slice.metadata.name,
        podUid,
        endpointKeys: (slice.ports ?? []).flatMap((port) =>
          port.port === undefined ? [] : endpoint.addresses.map((address) => endpointKey(podUid, address, port.port ?? 0)),
        ),
        isDrained: slice.metadata.annotations?.[drainedAnnotation(podUid)] !== undefined,
      });
    }
  }
  return draining;
}
