import { createHash } from 'node:crypto';
import { mergeApplied, trackUpdate } from '../fields/index.ts';
import { type Log, silentLog } from '../log/index.ts';
import {
  type AnyResource,
  type Clock,
  type Key,
  type Kind,
  type KindRegistry,
  kindId,
  type ResourceOf,
  type Resources,
  traceStep,
  unavailable,
} from '../model/index.ts';
import { checkObject } from '../schema/index.ts';
import { type CommitDeps, commitChanges } from './commit/commit-changes.ts';
import type { CheckObject, InternalChange, MergeApplied, TrackUpdate } from './commit/commit-context.ts';
import type { Database, ObjectRow } from './database.ts';
import { listObjects } from './list-objects.ts';
import { newUid } from './new-uid.ts';
import { objectTerms } from './selector/object-terms.ts';
import { createChangeFeed } from './watch/change-feed.ts';
import { watchGroups, watchObjects } from './watch/watch-objects.ts';

export interface ResourcesOptions {
  /** Closed together with the answer. */
  database: Database;
  kinds: KindRegistry;
  clock: Clock;
  newUid?: (nowMs: number) => string;
  log?: Log;
  check?: CheckObject;
  mergeApplied?: MergeApplied;
  trackUpdate?: TrackUpdate;
}

/** Tells sets of fields apart; 0 for none. */
const indexMark = (fields: readonly string[]): number =>
  fields.length === 0 ? 0 : createHash('sha256').update(JSON.stringify(fields.toSorted())).digest().readUIntBE(0, 6) + 1;

type CommitRequest = Parameters<typeof commitChanges>[1];

// Who decides by all that an object owns reads them at once; an owner of more is a mistake.
const maxOwned = 10_000;
const ownedPageSize = 500;

const objectOfRow = ({ text }: ObjectRow): AnyResource => JSON.parse(text) as AnyResource;

async function* ownedPages(database: Database, ownerUid: string): AsyncGenerator<AnyResource[]> {
  let after = 0;
  for (;;) {
    const rows = await database.owned(ownerUid, { after, limit: ownedPageSize });
    if (rows.length > 0) yield rows.map(objectOfRow);
    if (rows.length < ownedPageSize) return;
    // It grows with every page, and what is created meanwhile comes behind all that was there.
    after = rows.at(-1)?.seq ?? after;
  }
}

/** What the cause adds comes last. What nobody wants stored needs none of it. */
const withOthers = (request: CommitRequest): CommitRequest =>
  request.cause.also === undefined || request.options.dryRun === true
    ? request
    : { ...request, changes: [...request.changes, ...request.cause.also] };

/** The store over a database. */
export async function openResources(options: ResourcesOptions): Promise<Resources> {
  const { database, kinds, clock } = options;
  const deps: CommitDeps = {
    database,
    kinds,
    clock,
    newUid: options.newUid ?? newUid,
    log: options.log ?? silentLog,
    check: options.check ?? checkObject,
    mergeApplied: options.mergeApplied ?? mergeApplied,
    trackUpdate: options.trackUpdate ?? trackUpdate,
  };
  const feed = createChangeFeed({ database, clock });
  // A database that cannot be read must stop the start, not the first request.
  await database.currentVersion();
  let isOpen = true;

  const getText = (kind: Kind, key: Key): Promise<string | undefined> =>
    database.get([{ kind: kindId(kind), namespace: key.namespace ?? '', name: key.name }]).then(([row]) => row?.text);
  const commit = (request: CommitRequest): ReturnType<typeof commitChanges> =>
    isOpen
      ? traceStep(`commit ${request.cause.action}`, () => commitChanges(deps, withOthers(request)))
      : Promise.reject(unavailable('the store is closed: this process is stopping'));

  return {
    kinds,
    getText,
    get: async <K extends Kind>(kind: K, key: Key) => {
      const text = await getText(kind, key);
      return text === undefined ? undefined : (JSON.parse(text) as ResourceOf<K>);
    },
    listText: (kind, query = {}) => listObjects(database, kind, query),
    list: async <K extends Kind>(kind: K, query = {}) => {
      const page = await listObjects(database, kind, query);
      return { ...page, items: page.items.map((text) => JSON.parse(text) as ResourceOf<K>) };
    },
    listOwned: async (ownerUid) => (await database.owned(ownerUid, { after: 0, limit: maxOwned })).map(objectOfRow),
    ownedPages: (ownerUid) => ownedPages(database, ownerUid),
    watch: (kind, query, signal) => watchObjects({ database, feed, clock }, { kind, query, signal }),
    watchGroups: (kind, query, signal) => watchGroups({ database, feed, clock }, { kind, query, signal }),
    commit: (cause, changes, commitOptions = {}) => {
      const results = commit({ cause, changes, options: commitOptions });
      return cause.also === undefined ? results : results.then((all) => all.slice(0, changes.length));
    },
    apply: async (cause, object, applyOptions) => {
      const change: InternalChange = { op: 'apply', object: object as AnyResource, options: applyOptions };
      const [result] = await commit({ cause, changes: [change], options: applyOptions });
      if (result === undefined) throw unavailable('an apply had no result');
      return result;
    },
    reindex: (kind) =>
      database.reindex(kindId(kind), {
        mark: indexMark(kind.indexedFields ?? kind.selectableFields),
        terms: (text) => objectTerms(kind, JSON.parse(text) as AnyResource),
      }),
    currentVersion: async () => String(await database.currentVersion()),
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      feed.close();
      await database.close();
    },
  };
}
