import { type AnyResource, type Key, keyOf } from '@fairway/resources/model';
import type { KeptPorts } from './keep-ports.ts';
import { planPorts, type ServiceObject, type SliceObject } from './read-targets.ts';

const serviceNameLabel = 'kubernetes.io/service-name';

/** Services with their EndpointSlices, in whatever order they come. */
export interface ServiceTable {
  allServices(services: readonly AnyResource[]): void;
  service(key: Key, service: AnyResource | undefined): void;
  allSlices(slices: readonly AnyResource[]): void;
  slice(key: Key, slice: AnyResource | undefined): void;
  /** Uids of the pods that endpoints name. */
  namedPods(): ReadonlySet<string>;
  settled(): Promise<unknown>;
  close(): Promise<unknown>;
}

interface Entry {
  service?: ServiceObject;
  slices: Map<string, SliceObject>;
  ports: KeptPorts;
}

const textOf = ({ namespace = '', name }: Key): string => `${namespace}/${name}`;

export function createServiceTable({ keep }: { keep: (key: Key) => KeptPorts }): ServiceTable {
  const entries = new Map<string, Entry>();
  const ownerOf = new Map<string, string>();
  const entryOf = (key: Key): Entry => {
    const known = entries.get(textOf(key));
    const entry = known ?? { slices: new Map(), ports: keep(key) };
    entries.set(textOf(key), entry);
    return entry;
  };
  const bring = (text: string): void => {
    const entry = entries.get(text);
    if (entry === undefined) return;
    entry.ports.use(entry.service === undefined ? [] : planPorts(entry.service, entry.slices.values()));
    if (entry.service === undefined && entry.slices.size === 0) entries.delete(text);
  };
  const service = (key: Key, object: AnyResource | undefined): void => {
    if (object === undefined) delete entries.get(textOf(key))?.service;
    else entryOf(key).service = object as ServiceObject;
    bring(textOf(key));
  };
  const slice = (key: Key, object: AnyResource | undefined): void => {
    const name = object?.metadata.labels?.[serviceNameLabel];
    const owner = name === undefined ? undefined : textOf({ ...key, name });
    const before = ownerOf.get(textOf(key));
    if (before !== undefined && before !== owner) {
      ownerOf.delete(textOf(key));
      entries.get(before)?.slices.delete(textOf(key));
      bring(before);
    }
    if (object === undefined || name === undefined || owner === undefined) return;
    ownerOf.set(textOf(key), owner);
    entryOf({ ...key, name }).slices.set(textOf(key), object as SliceObject);
    bring(owner);
  };
  /** What is not among them went while nobody looked. */
  const all = (known: Iterable<string>, objects: readonly AnyResource[], put: typeof service): void => {
    const present = new Set(objects.map((object) => textOf(keyOf(object))));
    for (const text of [...known]) {
      const [namespace = '', name = ''] = text.split('/');
      if (!present.has(text)) put({ namespace, name }, undefined);
    }
    for (const object of objects) put(keyOf(object), object);
  };
  const kept = (): KeptPorts[] => [...entries.values()].map(({ ports }) => ports);
  return {
    service,
    slice,
    allServices: (objects) => all(entries.keys(), objects, service),
    allSlices: (objects) => all(ownerOf.keys(), objects, slice),
    namedPods: () => {
      const slices = [...entries.values()].flatMap((entry) => [...entry.slices.values()]);
      return new Set(slices.flatMap(({ endpoints }) => endpoints.map(({ targetRef }) => targetRef?.uid ?? '')));
    },
    settled: () => Promise.all(kept().map((ports) => ports.settled())),
    close: () => Promise.all(kept().map((ports) => ports.close())),
  };
}
