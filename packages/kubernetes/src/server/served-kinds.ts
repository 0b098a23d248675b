import {
  type Caller,
  type Key,
  type Kind,
  kindId,
  type ListQuery,
  type Resources,
  type TextPage,
  type WatchEvent,
  type WatchQuery,
} from '@fairway/resources/model';
import type { KubernetesHandlerOptions, SubresourceHandler, VirtualKind } from './handler-options.ts';

/** Where the objects of a kind come from, stored or computed. */
export interface KindSource {
  getText(key: Key, caller: Caller): Promise<string | undefined>;
  listText(query: ListQuery, caller: Caller): Promise<TextPage>;
  /** In groups; the same list may go to many. */
  watch(query: WatchQuery, signal: AbortSignal, caller: Caller): AsyncIterable<readonly WatchEvent[]>;
}

export interface ServedKind {
  kind: Kind;
  source: KindSource;
  writable: boolean;
  /** Streams by subresource name. */
  streams: ReadonlyMap<string, SubresourceHandler>;
}

/** The kinds of one server, by path and by group. */
export interface ServedKinds {
  /** `apps`, `v1`, `deployments`. */
  find(group: string, version: string, plural: string): ServedKind | undefined;
  byKind(group: string | undefined, kind: string): Kind | undefined;
  all: readonly ServedKind[];
  /** Group → versions, in the order of their first kind. The core group is ''. */
  versions: ReadonlyMap<string, readonly string[]>;
  ofVersion(group: string, version: string): readonly ServedKind[];
}

const stored = (resources: Resources, kind: Kind): KindSource => ({
  getText: (key) => resources.getText(kind, key),
  listText: (query) => resources.listText(kind, query),
  watch: (query, signal) => resources.watchGroups(kind, query, signal),
});

async function* oneByOne(events: AsyncIterable<WatchEvent>): AsyncGenerator<readonly WatchEvent[]> {
  for await (const event of events) yield [event];
}

const computed = (view: VirtualKind): KindSource => ({
  getText: async (key, caller) => {
    const object = await view.get(key, caller);
    return object === undefined ? undefined : JSON.stringify(object);
  },
  listText: async (query, caller) => {
    const page = await view.list(query, caller);
    return { ...page, items: page.items.map((item) => JSON.stringify(item)) };
  },
  watch: (query, signal, caller) => oneByOne(view.watch(query, signal, caller)),
});

function createServedKinds(options: KubernetesHandlerOptions, kinds: readonly Kind[]): ServedKinds {
  const views = options.virtualKinds ?? [];
  const streamsOf = (kind: Kind): Map<string, SubresourceHandler> => {
    const prefix = `${kindId(kind)}/`;
    const own = Object.entries(options.subresources ?? {}).filter(([id]) => id.startsWith(prefix));
    return new Map(own.map(([id, handler]) => [id.slice(prefix.length), handler]));
  };
  const hidden = new Set([...views.map((view) => view.kind), ...(options.hiddenKinds ?? [])].map(kindId));
  const all: ServedKind[] = [
    ...views.map((view) => ({ kind: view.kind, source: computed(view), writable: false, streams: streamsOf(view.kind) })),
    ...kinds
      .filter((kind) => !hidden.has(kindId(kind)))
      .map((kind) => ({ kind, source: stored(options.resources, kind), writable: true, streams: streamsOf(kind) })),
  ];
  // By plural first: joining the three words to one key would cost more than all the rest of finding.
  const byPlural = Map.groupBy(all, ({ kind }) => kind.plural);
  const versions = new Map<string, string[]>();
  for (const { kind } of all) {
    const known = versions.get(kind.group) ?? [];
    if (!known.includes(kind.version)) known.push(kind.version);
    versions.set(kind.group, known);
  }
  return {
    all,
    versions,
    find: (group, version, plural) => byPlural.get(plural)?.find(({ kind }) => kind.group === group && kind.version === version),
    byKind: (group, name) =>
      all.find(({ kind }) => (kind.kind === name || kind.plural === name) && (group === undefined || kind.group === group))?.kind,
    ofVersion: (group, version) => all.filter(({ kind }) => kind.group === group && kind.version === version),
  };
}

/** The served kinds as of now: registered kinds may grow while the server runs. */
export function servedKindsOf(options: KubernetesHandlerOptions): () => ServedKinds {
  let kinds: readonly Kind[] | undefined;
  let served: ServedKinds | undefined;
  return () => {
    const present = options.kinds ?? options.resources.kinds.all();
    if (served === undefined || kinds === undefined || present.length !== kinds.length) {
      kinds = [...present];
      served = createServedKinds(options, kinds);
    }
    return served;
  };
}
