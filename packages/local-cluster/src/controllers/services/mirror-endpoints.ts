import type { EndpointsFields } from '@fairway/contracts/builtin';
import type { EndpointGroup } from './endpoint-groups.ts';

type Subset = NonNullable<EndpointsFields['subsets']>[number];

const endpointsOf = ({ addresses = [], notReadyAddresses = [] }: Subset): EndpointGroup['endpoints'] =>
  [true, false].flatMap((ready) =>
    (ready ? addresses : notReadyAddresses).map(({ ip, hostname, nodeName, targetRef }) => ({
      addresses: [ip],
      conditions: { ready, serving: ready, terminating: false },
      ...(hostname === undefined ? {} : { hostname }),
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(targetRef === undefined ? {} : { targetRef }),
    })),
  );

/** What somebody wrote by hand as the Endpoints of a Service without a selector, in the form of EndpointSlices: one group for the same ports. */
export function mirroredGroups({ subsets = [] }: EndpointsFields): EndpointGroup[] {
  const groups = new Map<string, EndpointGroup>();
  for (const { ports = [], ...addresses } of subsets) {
    const key = JSON.stringify(ports);
    const endpoints = [...(groups.get(key)?.endpoints ?? []), ...endpointsOf(addresses)];
    groups.set(key, { ports, endpoints });
  }
  return [...groups.values()];
}
