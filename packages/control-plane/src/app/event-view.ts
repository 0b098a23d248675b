import { Event } from '@fairway/contracts/builtin';
import type { VirtualKind } from '@fairway/kubernetes/server';
import {
  type AnyResource,
  apiVersionOf,
  type Caller,
  type KindRegistry,
  type ListQuery,
  type Resources,
  timestamp,
  type WatchEvent,
} from '@fairway/resources/model';
import { createMatcher, type EventEntry, type Journal, namedBy } from '@fairway/resources/store';

// kubectl asks for 500 at once; who needs more reads the journal itself.
const maxEvents = 500;
// Events of objects above all organizations are shown where Kubernetes shows those of cluster-scoped objects.
const namespaceOfCluster = 'default';

const reasons: Readonly<Record<string, string>> = { created: 'Created', updated: 'Updated', status: 'StatusChanged', deleted: 'Deleted' };

/** Core Events of the platform's own API: a view of the journal, so that `kubectl describe` and `kubectl get events` tell what happened to an object. */
export function eventView({ resources, journal }: { resources: Resources; journal: Journal }): VirtualKind {
  const { kinds } = resources;
  const list = async (query: ListQuery, caller: Caller): Promise<AnyResource[]> => {
    const name = namedBy(Event, query.fieldSelector, 'involvedObject.name');
    const of = { ...inNamespace(query.namespace), ...(name === undefined ? {} : { name }) };
    const entries = await journal.listEvents({ after: 0, limit: Math.min(query.limit ?? maxEvents, maxEvents), newestFirst: true, ...of });
    const matches = createMatcher(Event, query);
    return entries
      .reverse()
      .filter((entry) => maySee(caller, entry))
      .map((entry) => eventObject(kinds, entry))
      .filter(matches);
  };
  return {
    kind: Event,
    get: async ({ namespace, name }, caller) => {
      const id = Number.parseInt(name.slice(name.lastIndexOf('.') + 1), 16);
      if (!Number.isSafeInteger(id) || id < 1) return undefined;
      const [entry] = await journal.listEvents({ after: id - 1, limit: 1 });
      if (entry === undefined || !maySee(caller, entry)) return undefined;
      const event = eventObject(kinds, entry);
      return event.metadata.name === name && event.metadata.namespace === namespace ? event : undefined;
    },
    list: async (query, caller) => {
      // The version first: what comes while the list is read is told again by a watch, and never lost.
      const resourceVersion = await resources.currentVersion();
      return { items: await list(query, caller), resourceVersion };
    },
    watch: async function* (query, signal, caller): AsyncGenerator<WatchEvent> {
      const matches = createMatcher(Event, query);
      let after = Number(query.since ?? 0);
      if (after === 0)
        for (const event of await list(query, caller)) {
          yield added(event);
          after = Number(event.metadata.resourceVersion);
        }
      for await (const page of journal.followEvents({ after, ...inNamespace(query.namespace) }, signal)) {
        if (page.length === 0 && query.bookmarks === true)
          yield { type: 'BOOKMARK', text: '', resourceVersion: String(after), key: { name: '' } };
        after = page.at(-1)?.id ?? after;
        const events = page.filter((entry) => maySee(caller, entry)).map((entry) => eventObject(kinds, entry));
        yield* events.filter(matches).map(added);
      }
    },
  };
}

/** The journal keeps what has no namespace under an empty one, so the namespace that shows both is not asked for by itself. */
const inNamespace = (namespace: string | undefined): { namespace?: string } =>
  namespace === undefined || namespace === namespaceOfCluster ? {} : { namespace };

const maySee = ({ organization }: Caller, { namespace }: EventEntry): boolean => organization === undefined || organization === namespace;

const added = (event: AnyResource): WatchEvent => ({
  type: 'ADDED',
  text: JSON.stringify(event),
  resourceVersion: event.metadata.resourceVersion ?? '',
  key: { namespace: event.metadata.namespace ?? '', name: event.metadata.name },
});

function eventObject(kinds: KindRegistry, entry: EventEntry): AnyResource {
  const kind = kinds.get(entry.kind);
  const at = timestamp(entry.at);
  const resourceVersion = String(entry.id);
  return {
    apiVersion: apiVersionOf(Event),
    kind: Event.kind,
    metadata: {
      name: `${entry.name}.${entry.id.toString(16)}`,
      namespace: entry.namespace === '' ? namespaceOfCluster : entry.namespace,
      // Of the object and the change, so that the same event has the same uid at every reading.
      uid: `${entry.uid.slice(0, 24)}${entry.id.toString(16).padStart(12, '0')}`,
      resourceVersion,
      creationTimestamp: at,
    },
    involvedObject: {
      ...(kind === undefined ? {} : { apiVersion: apiVersionOf(kind) }),
      kind: kind?.kind ?? entry.kind,
      ...(entry.namespace === '' ? {} : { namespace: entry.namespace }),
      name: entry.name,
      uid: entry.uid,
      resourceVersion,
    },
    reason: reasons[entry.type] ?? 'Changed',
    message: `${entry.action} by ${entry.principal}`,
    type: 'Normal',
    source: { component: 'fairway' },
    reportingComponent: 'fairway',
    reportingInstance: '',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}
