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
import { compareVersions } from './compare-versions.ts';
import type { ConnectHandler, KubernetesHandlerOptions, SubresourceHandler, VirtualKind } from './handler-options.ts';
import { presentAll, presentEvents, versionPresenter } from './present-version.ts';

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
  /** A stored text as this version shows it. */
  present(text: string): string;
  /** Streams by subresource name. */
  streams: ReadonlyMap<string, SubresourceHandler>;
  /** What a client connects with, by subresource name. */
  connects: ReadonlyMap<string, ConnectHandler>;
}

/** The kinds of one server, by path and by group. */
export interface ServedKinds {
  /** `apps`, `v1`, `deployments`. */
  find(group: string, version: string, plural: string): ServedKind | undefined;
  byKind(group: string | undefined, kind: string): Kind | undefined;
  all: readonly ServedKind[];
  /** Group → versions, the preferred one first. The core group is ''. */
  versions: ReadonlyMap<string, readonly string[]>;
  ofVersion(group: string, version: string): readonly ServedKind[];
}

const stored = (resources: Resources, kind: Kind): KindSource => ({
  getText: (key) => resources.getText(kind, key),
  listText: (query) => resources.listText(kind, query),
  watch: (query, signal) => resources.watchGroups(kind, query, signal),
});

const asIs = (text: string): string => text;

/** A kind that users defined: objects are stored in one version, and may be older than their schema. */
const defined = (resources: Resources, kind: Kind): Pick<ServedKind, 'source' | 'present'> => {
  const present = versionPresenter(kind, resources.kinds.get(kindId(kind)) ?? kind);
  const plain = stored(resources, kind);
  const source: KindSource = {
    getText: async (key, caller) => {
      const text = await plain.getText(key, caller);
      return text === undefined ? undefined : present(text);
    },
    listText: async (query, caller) => {
      const page = await plain.listText(query, caller);
      return { ...page, items: presentAll(page.items, present) };
    },
    watch: (query, signal, caller) => presentEvents(plain.watch(query, signal, caller), present),
  };
  return { source, present };
};

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
  const ownOf = <Handler>(kind: Kind, handlers: Readonly<Record<string, Handler>> = {}): Map<string, Handler> => {
    const prefix = `${kindId(kind)}/`;
    const own = Object.entries(handlers).filter(([id]) => id.startsWith(prefix));
    return new Map(own.map(([id, handler]) => [id.slice(prefix.length), handler]));
  };
  const handlersOf = (kind: Kind): Pick<ServedKind, 'streams' | 'connects'> => ({
    streams: ownOf(kind, options.subresources),
    connects: ownOf(kind, options.connects),
  });
  const hidden = new Set([...views.map((view) => view.kind), ...(options.hiddenKinds ?? [])].map(kindId));
  const { resources } = options;
  const readOf = (kind: Kind): Pick<ServedKind, 'source' | 'present'> =>
    resources.kinds.isDefined(kindId(kind)) ? defined(resources, kind) : { source: stored(resources, kind), present: asIs };
  const all: ServedKind[] = [
    ...views.map((view) => ({
      kind: view.kind,
      source: computed(view),
      present: asIs,
      writable: false,
      ...handlersOf(view.kind),
    })),
    ...kinds
      .filter((kind) => !hidden.has(kindId(kind)))
      .flatMap((kind) => resources.kinds.versions(kindId(kind)))
      .map((kind) => ({ kind, ...readOf(kind), writable: true, ...handlersOf(kind) })),
  ];
  // By plural first: joining the three words to one key would cost more than all the rest of finding.
  const byPlural = Map.groupBy(all, ({ kind }) => kind.plural);
  const versions = new Map<string, string[]>();
  for (const { kind } of all) {
    const known = versions.get(kind.group) ?? [];
    if (!known.includes(kind.version)) known.push(kind.version);
    versions.set(kind.group, known.sort(compareVersions));
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

/** The served kinds as of now: users' own kinds come and go while the server runs. */
export function servedKindsOf(options: KubernetesHandlerOptions): () => ServedKinds {
  let kinds: readonly Kind[] | undefined;
  let served: ServedKinds | undefined;
  return () => {
    const present = options.resources.kinds.all();
    if (served === undefined || present !== kinds) {
      kinds = present;
      served = createServedKinds(options, kinds);
    }
    return served;
  };
}
