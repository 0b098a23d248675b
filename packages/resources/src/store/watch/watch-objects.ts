import {
  type AnyResource,
  type Clock,
  invalid,
  type Key,
  type Kind,
  Problem,
  type WatchEvent,
  type WatchQuery,
} from '../../model/index.ts';
import type { ChangeRow, Database, ObjectId, RowFilter, Terms } from '../database.ts';
import { matchesPlace, matchesTerms } from '../selector/matches-terms.ts';
import { objectTerms } from '../selector/object-terms.ts';
import { rowFilter } from '../selector/row-filter.ts';
import type { ChangeFeed } from './change-feed.ts';

interface WatchDeps {
  database: Database;
  feed: ChangeFeed;
  clock: Clock;
}

interface Watching extends WatchDeps {
  /** The reader or the store has no more use for events. */
  ended: () => boolean;
}

const pageSize = 500;
// The promise is once a minute; a little earlier, so that a proxy's idle limit of 60 s is never met.
const bookmarkEveryMs = 50_000;

const keyOfRow = ({ namespace, name }: ObjectId): Key => (namespace === '' ? { name } : { namespace, name });

const tooOld = (since: number, oldest: number): Problem =>
  new Problem({ reason: 'gone', message: `too old resource version: ${since} (${oldest}); list again and watch from there` });

const parseSince = (since: string | undefined): number => {
  if (since === undefined || since === '') return 0;
  const version = /^\d{1,15}$/.test(since) ? Number(since) : Number.NaN;
  if (Number.isNaN(version))
    throw invalid(`invalid resource version ${JSON.stringify(since.slice(0, 50))}: it must be one that a list or an object carried`);
  return version;
};

interface Snapshot {
  version: number;
  /** Objects of later pages that are newer than the first page: their changes up to here are already shown. */
  ahead: ReadonlyMap<string, number>;
}

const place = ({ namespace, name }: ObjectId): string => `${namespace}/${name}`;

/** A change as this filter sees it: an object that begins to match is ADDED, one that stops is DELETED. */
const eventOf = (kind: Kind, filter: RowFilter, start: Snapshot, change: ChangeRow): WatchEvent | undefined => {
  if (!matchesPlace(filter, change) || change.version <= (start.ahead.get(place(change)) ?? 0)) return undefined;
  const termsNow = (): Terms => {
    change.terms ??= objectTerms(kind, JSON.parse(change.text) as AnyResource);
    return change.terms;
  };
  const selects = filter.requirements.some(({ term }) => term.includes(':'));
  const isIn = !selects || matchesTerms(filter, termsNow());
  const wasIn = change.before === undefined || !selects ? isIn : matchesTerms(filter, change.before);
  const as = (type: WatchEvent['type']): WatchEvent => ({
    type,
    text: change.text,
    resourceVersion: String(change.version),
    key: keyOfRow(change),
  });
  if (change.type === 'created') return isIn ? as('ADDED') : undefined;
  if (change.type === 'deleted') return wasIn ? as('DELETED') : undefined;
  if (isIn) return as(wasIn ? 'MODIFIED' : 'ADDED');
  return wasIn ? as('DELETED') : undefined;
};

async function* listAsAdded({ database, ended }: Watching, filter: RowFilter): AsyncGenerator<WatchEvent[], Snapshot> {
  const ahead = new Map<string, number>();
  let version: number | undefined;
  let after: { namespace: string; name: string } | undefined;
  for (;;) {
    const page = await database.list({ ...filter, limit: pageSize, ...(after === undefined ? {} : { after }) });
    version ??= page.version;
    for (const row of page.rows) if (row.version > version) ahead.set(place(row), row.version);
    if (ended()) return { version, ahead };
    if (page.rows.length > 0)
      yield page.rows.map((row) => ({ type: 'ADDED', text: row.text, resourceVersion: String(row.version), key: keyOfRow(row) }));
    const last = page.rows.at(-1);
    if (page.remaining === 0 || last === undefined) return { version, ahead };
    after = { namespace: last.namespace, name: last.name };
  }
}

const readBehind = async (
  database: Database,
  kind: string,
  cursor: number,
): Promise<{ changes: readonly ChangeRow[]; through: number }> => {
  const page = await database.changes({ kind, after: cursor, limit: pageSize });
  if (cursor < page.oldest) throw tooOld(cursor, page.oldest);
  // A version of the future is one of another history: the database was restored from an older backup.
  if (cursor > page.newest) throw tooOld(cursor, page.newest);
  return page;
};

/** Where a watch begins: behind a version that is still known, or behind a list of all that is there. */
async function* begin(watching: Watching, filter: RowFilter, since: number): AsyncGenerator<WatchEvent[], Snapshot> {
  const { database, feed } = watching;
  if (since === 0) return yield* listAsAdded(watching, filter);
  const isKnown = feed.after(since) !== undefined && since <= (await database.currentVersion());
  if (!isKnown) await readBehind(database, filter.kind, since);
  return { version: since, ahead: new Map() };
}

type WatchRequest = { kind: Kind; query: WatchQuery; signal: AbortSignal };

/** Waits for the next change; answers the version up to which there is none of this kind, with a bookmark for it where one is wanted. */
const pauseAfter = async (
  { feed }: Watching,
  { kind, cursor, query, signal }: { kind: string; cursor: number; query: WatchQuery; signal: AbortSignal },
): Promise<{ cursor: number; bookmark?: WatchEvent }> => {
  const wanted = query.bookmarks === true;
  const version = await feed.wait({ kind, signal, version: cursor, ...(wanted ? { timeoutMs: bookmarkEveryMs } : {}) });
  const isQuiet = (feed.after(version)?.changes.length ?? 0) === 0;
  if (!wanted || !isQuiet) return { cursor: version };
  return { cursor: version, bookmark: { type: 'BOOKMARK', text: '', resourceVersion: String(version), key: { name: '' } } };
};

interface Events {
  events: WatchEvent[];
  through: number;
}

interface Shared extends Events {
  cursor: number;
}

// Each holds one list of events; more kinds of places than these are hardly watched by many at once.
const maxShared = 128;

/** The newest events of each place that is watched: a thousand watchers at the same place get the very same list. */
const shared = new WeakMap<ChangeFeed, Map<string, Shared>>();

const sharedBy = (feed: ChangeFeed): Map<string, Shared> => {
  const known = shared.get(feed) ?? new Map<string, Shared>();
  shared.set(feed, known);
  return known;
};

const share = (feed: ChangeFeed, watched: string, events: Shared): void => {
  const all = sharedBy(feed);
  if (all.size >= maxShared && !all.has(watched)) all.clear();
  all.set(watched, events);
};

interface Behind {
  kind: Kind;
  filter: RowFilter;
  /** The filter as text: what is the same here sees the same events. */
  watched: string;
  start: Snapshot;
  cursor: number;
}

/** What happened behind `cursor`, as this filter sees it. */
const eventsBehind = async ({ database, feed }: Watching, { kind, filter, watched, start, cursor }: Behind): Promise<Events> => {
  const recent = feed.after(cursor);
  const isShared = recent !== undefined && start.ahead.size === 0;
  const known = isShared ? sharedBy(feed).get(watched) : undefined;
  if (known?.cursor === cursor && known.through === recent?.through) return known;
  const { changes, through } = recent ?? (await readBehind(database, filter.kind, cursor));
  const events: WatchEvent[] = [];
  for (const change of changes) {
    const event = eventOf(kind, filter, start, change);
    if (event !== undefined) events.push(event);
  }
  if (isShared) share(feed, watched, { cursor, through, events });
  return { events, through };
};

/** Changes of one kind in commit order: from memory while the reader keeps up, from the change log when it does not. */
export async function* watchGroups(deps: WatchDeps, { kind, query, signal }: WatchRequest): AsyncGenerator<WatchEvent[]> {
  const ended = (): boolean => signal.aborted || deps.feed.isClosed;
  if (ended()) return;
  const watching: Watching = { ...deps, ended };
  try {
    const filter = rowFilter(kind, query);
    const watched = JSON.stringify(filter);
    const start = yield* begin(watching, filter, parseSince(query.since));
    let cursor = start.version;
    while (!ended()) {
      const { events, through } = await eventsBehind(watching, { kind, filter, watched, start, cursor });
      if (ended()) return;
      if (events.length > 0) yield events;
      const isIdle = cursor === through;
      cursor = through;
      if (!isIdle || ended()) continue;
      const paused = await pauseAfter(watching, { kind: filter.kind, cursor, query, signal });
      cursor = paused.cursor;
      if (paused.bookmark !== undefined && !ended()) yield [paused.bookmark];
    }
  } catch (error) {
    // The database closes right after the feed: a reader that was on its way there has ended, not failed.
    if (!ended()) throw error;
  }
}

/** The same changes one by one. Each takes three turns of the microtask queue, for each watcher. */
export async function* watchObjects(deps: WatchDeps, request: WatchRequest): AsyncGenerator<WatchEvent> {
  for await (const events of watchGroups(deps, request))
    for (const event of events) {
      if (request.signal.aborted || deps.feed.isClosed) return;
      yield event;
    }
}
