import type { AnyResource } from '@fairway/resources/model';
import { annotations } from '../labels.ts';

// A Service has some ports; more is a mistake, or no Service of ours.
const maxPorts = 100;

const place = /^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$/;

/** Where a cluster without cluster DNS says that a Service answers, by port. Undefined where names resolve. What is no address is passed over. */
export function serviceAddresses({ kind, metadata }: AnyResource): Record<string, string> | undefined {
  const said = metadata.annotations?.[annotations.addresses];
  if (kind !== 'Service' || said === undefined) return undefined;
  const places = Object.entries(parse(said)).filter(([port, at]) => /^\d{1,5}$/.test(port) && typeof at === 'string' && place.test(at));
  return places.length === 0 ? undefined : Object.fromEntries(places.slice(0, maxPorts));
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
