import { Service } from '@fairway/contracts/builtin';
import type { ResourceOf, Resources } from '@fairway/resources/model';
import { readAddresses } from '../proxy/index.ts';
import { namespaceOf, type PodObject } from './pod-object.ts';

type ServiceObject = ResourceOf<typeof Service>;

const word = (text: string): string => text.toUpperCase().replaceAll('-', '_').replaceAll('.', '_');

/**
 * The variables by which Kubernetes tells a container of one Service: `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT`, one for each named port, and those
 * of Docker's links. Names speak of the declared port, values of where it is listened on. None for a Service without an address of its own.
 */
function linksOf({ metadata, spec }: ServiceObject): Record<string, string> {
  const addresses = readAddresses(metadata);
  const name = word(metadata.name);
  const env: Record<string, string> = {};
  const ports = (spec?.ports ?? []).flatMap((port) => {
    const address = port.protocol === undefined || port.protocol === 'TCP' ? addresses.get(port.port) : undefined;
    return address === undefined ? [] : [{ ...port, address }];
  });
  for (const [index, { name: portName, port: declared, address }] of ports.entries()) {
    const { host, port } = address;
    if (index === 0) {
      env[`${name}_SERVICE_HOST`] = host;
      env[`${name}_SERVICE_PORT`] = String(port);
      env[`${name}_PORT`] = `tcp://${host}:${port}`;
    }
    if (portName) env[`${name}_SERVICE_PORT_${word(portName)}`] = String(port);
    const link = `${name}_PORT_${declared}_TCP`;
    env[link] = `tcp://${host}:${port}`;
    env[`${link}_PROTO`] = 'tcp';
    env[`${link}_PORT`] = String(port);
    env[`${link}_ADDR`] = host;
  }
  return env;
}

/** The Services of the pod's namespace as variables, unless the pod wants none. They are what was there at the start, as in Kubernetes. */
export async function serviceLinks(resources: Resources, pod: PodObject): Promise<Record<string, string>> {
  if (pod.spec?.enableServiceLinks === false) return {};
  const { items } = await resources.list(Service, { namespace: namespaceOf(pod) });
  return Object.assign({}, ...items.map(linksOf)) as Record<string, string>;
}
