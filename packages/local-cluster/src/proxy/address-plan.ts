import { createHash } from 'node:crypto';
import type { Key, Metadata } from '@fairway/resources/model';

/**
 * On a Service: where its ports answer, as JSON by service port: `{"8080":"127.64.3.9:18080"}`. Processes of a machine have no cluster DNS, so
 * whoever hands out a Service's address reads it here.
 */
export const addressesAnnotation = 'fairway.dev/addresses';

export interface Address {
  host: string;
  port: number;
}

/** Where Services are given their addresses from. Pure: the same name gets the same proposals. */
export interface AddressPlan {
  /** Proposals for a Service's own host, best first. */
  hosts(service: Key): readonly string[];
  /** Services share one host, and differ by port. */
  isShared: boolean;
  owns(host: string): boolean;
  /** The port to listen on for a port of the Service. */
  port(service: Key, servicePort: number): number;
}

/*
 * The declared port is never listened on, not even on an address of its own: with a listener on 127.64.0.1:8080 no program of this machine could
 * listen on port 8080 of all addresses any more, and an application that has no other port would not start.
 */

/** Below the ports of pods (20000 to 29999) and of outgoing connections. */
const movedPorts = { first: 10_000, count: 10_000 };
const sharedPorts = { first: 30_000, count: 2_700 };
const proposals = 8;

const digestOf = (seed: string, { namespace = '', name }: Key, what: number | string): number =>
  createHash('sha256')
    .update(JSON.stringify([seed, namespace, name, what]))
    .digest()
    .readUInt32BE();

/** A host of its own for each Service, from 127.64.0.0/10. Linux answers on all of 127.0.0.0/8. `seed` keeps clusters of one machine apart. */
export const virtualHosts = (seed: string): AddressPlan => ({
  isShared: false,
  hosts: (service) =>
    Array.from({ length: proposals }, (_, index) => {
      const digest = digestOf(seed, service, index);
      // Never 0 or 255 at the end: they look like a network and a broadcast.
      return `127.${64 + ((digest >>> 16) & 63)}.${(digest >>> 8) & 255}.${1 + ((digest & 255) % 254)}`;
    }),
  owns: (host) =>
    /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/.test(host),
  port: (_service, servicePort) => movedPorts.first + (servicePort % movedPorts.count),
});

/** 127.0.0.1 for all, where the system answers on no other loopback address without set-up (macOS). */
export const sharedHost = (seed: string): AddressPlan => ({
  isShared: true,
  hosts: () => ['127.0.0.1'],
  owns: (host) => host === '127.0.0.1',
  port: (service, servicePort) => sharedPorts.first + (digestOf(seed, service, servicePort) % sharedPorts.count),
});

/** The addresses that a Service says it has. What is no address is passed over: anybody may write an annotation. */
export function readAddresses({ annotations }: Pick<Metadata, 'annotations'>): ReadonlyMap<number, Address> {
  const found = new Map<number, Address>();
  for (const [servicePort, text] of Object.entries(parse(annotations?.[addressesAnnotation] ?? '{}'))) {
    const [, host, port] = /^([\d.]{7,15}):(\d{4,5})$/.exec(String(text)) ?? [];
    if (host !== undefined && Number(port) >= 1_024 && Number(port) < 65_536) found.set(Number(servicePort), { host, port: Number(port) });
  }
  return found;
}

const parse = (text: string): object => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};

export const writeAddresses = (addresses: ReadonlyMap<number, Address>): string =>
  JSON.stringify(Object.fromEntries([...addresses].map(([servicePort, { host, port }]) => [servicePort, `${host}:${port}`])));
