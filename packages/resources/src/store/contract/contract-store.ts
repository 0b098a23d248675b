import {
  type AdmissionRules,
  type AnyResource,
  type Cause,
  type Clock,
  invalid,
  type Kind,
  type Resources,
  type WatchEvent,
  type WatchQuery,
} from '../../model/index.ts';
import type { Database } from '../database.ts';
import { createJournal, type Journal } from '../journal.ts';
import { createKindRegistry } from '../kind-registry.ts';
import { openResources } from '../open-resources.ts';

/** Opens an empty database for one case. `changeRows` bounds its change log; `compact` trims it now. */
export type OpenDatabase = (options: {
  clock: Clock;
  changeRows?: number;
}) => Promise<{ database: Database; compact: () => Promise<void> }>;

export interface ContractStore {
  resources: Resources;
  journal: Journal;
  database: Database;
  clock: Clock & { advance(ms: number): void };
  compact: () => Promise<void>;
  /** A second store over the same database, with nothing in memory. Closed by the database. */
  reopen: () => Promise<Resources>;
}

export type ContractCases = Readonly<Record<string, (store: ContractStore) => Promise<void>>>;

const kindNamed = (kind: string, plural: string, rest: Partial<Kind> = {}): Kind => ({
  group: 'test.fairway.dev',
  version: 'v1',
  kind,
  plural,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: true,
  hasStatus: true,
  selectableFields: [],
  columns: [],
  subresources: [],
  schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', additionalProperties: true },
      status: { type: 'object', additionalProperties: true },
    },
  },
  ...rest,
});

export const Widget = kindNamed('Widget', 'widgets', {
  selectableFields: ['spec.color', 'status.phase'],
  schema: {
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: ['color'],
        properties: {
          color: { type: 'string' },
          size: { type: 'integer', default: 1 },
          note: { type: 'string' },
          quota: { type: 'string' },
        },
      },
      status: { type: 'object', additionalProperties: true },
    },
  },
}) as Kind<{ color: string; size?: number; note?: string; quota?: string }, { phase?: string }>;
/** Cluster-scoped and without a status subresource. */
export const Quota = kindNamed('Quota', 'quotas', { namespaced: false, hasStatus: false }) as Kind<{ widgets: number }>;
/** Its rules say that nobody audits it. */
export const Beat = kindNamed('Beat', 'beats');
/** What a refused widget leaves behind. */
export const Plan = kindNamed('Plan', 'plans');

export const widget = (name: string, spec: Record<string, unknown> = {}, metadata: Partial<AnyResource['metadata']> = {}): AnyResource => ({
  apiVersion: 'test.fairway.dev/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', ...metadata },
  spec: { color: 'red', ...spec },
});

export const widgetKey = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });

export const cause = (action = 'widget.write'): Cause => ({ caller: { principal: 'user:ada', permissions: ['*'] }, action });

/** Counts widgets against a quota that they name; fills a note; wants a plan for a black one; keeps pinned ones. */
const widgetRules: AdmissionRules<AnyResource> = {
  default: (object) => {
    const spec = object.spec as Record<string, unknown>;
    return spec.note === 'fill me' ? { ...object, spec: { ...spec, note: 'filled' } } : object;
  },
  facts: ({ object }) => {
    const { quota } = (object.spec ?? {}) as { quota?: string };
    if (quota === undefined) return [];
    return [
      { name: 'quota', kind: Quota, key: { name: quota } },
      { name: 'siblings', kind: Widget, namespace: object.metadata.namespace ?? '', labelSelector: `quota=${quota}` },
    ];
  },
  admit: ({ operation, object, old }, facts) => {
    const { color, quota } = object.spec as { color: string; quota?: string };
    if (operation === 'delete' && object.metadata.labels?.pinned === 'yes') return { refuse: invalid('a pinned widget stays') };
    if (color === 'black')
      return {
        refuse: invalid('black needs a plan'),
        instead: [
          { op: 'mutate', kind: Plan, key: widgetKey('plan-black'), create: true, change: (current) => current ?? plan('plan-black') },
        ],
      };
    if (color === 'twin' && old === undefined) return { also: [{ op: 'create', object: plan(`${object.metadata.name}-plan`) }] };
    if (color === 'lower me') return { object: { ...object, spec: { ...(object.spec as object), color: 'lowered' } } };
    if (quota === undefined || operation !== 'create') return undefined;
    const allowed = facts.object<{ spec: { widgets: number } }>('quota')?.spec.widgets ?? 0;
    return facts.list('siblings').length >= allowed ? { refuse: invalid(`quota ${quota} allows ${allowed} widgets`) } : undefined;
  },
};

export const plan = (name: string): AnyResource => ({
  apiVersion: 'test.fairway.dev/v1',
  kind: 'Plan',
  metadata: { name, namespace: 'default' },
  spec: {},
});

/** A clock that stands until it is moved. */
export const createTestClock = (start = Date.UTC(2026, 0, 1)): ContractStore['clock'] => {
  let at = start;
  const timers = new Set<{ at: number; task: () => void }>();
  return {
    now: () => at,
    after: (delayMs, task) => {
      const timer = { at: at + delayMs, task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      at += ms;
      for (const timer of [...timers].filter((due) => due.at <= at)) {
        timers.delete(timer);
        timer.task();
      }
    },
  };
};

export const openContractStore = async (open: OpenDatabase, changeRows?: number): Promise<ContractStore> => {
  const clock = createTestClock();
  const { database, compact } = await open({ clock, ...(changeRows === undefined ? {} : { changeRows }) });
  const kinds = createKindRegistry();
  kinds.register(Widget as Kind, widgetRules as never);
  kinds.register(Quota as Kind);
  kinds.register(Plan);
  kinds.register(Beat, { audited: false });
  const resources = await openResources({ database, kinds, clock });
  return {
    resources,
    journal: createJournal(database, clock),
    database,
    clock,
    compact,
    reopen: () => openResources({ database, kinds, clock }),
  };
};

/** Reads events until there are `count`; the watch ends then. */
export const readEvents = async (
  resources: Resources,
  { kind = Widget as Kind, query, count }: { kind?: Kind; query: WatchQuery; count: number },
): Promise<WatchEvent[]> => {
  const stop = AbortSignal.timeout(5_000);
  const events: WatchEvent[] = [];
  for await (const event of resources.watch(kind, query, stop)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
};

export const shown = (events: readonly WatchEvent[]): string[] => events.map(({ type, key }) => `${type} ${key.name}`);
