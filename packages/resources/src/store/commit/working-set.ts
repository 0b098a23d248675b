import { type AnyResource, type Key, type Kind, kindId, unavailable } from '../../model/index.ts';
import type { Database, Guard, ObjectId, ObjectRow, RowFilter } from '../database.ts';
import { matchesPlace, matchesTerms } from '../selector/matches-terms.ts';
import { objectTerms } from '../selector/object-terms.ts';

/** One object that this attempt has read, and what the commit has made of it so far. */
export interface Entry {
  id: ObjectId;
  kind: Kind;
  row: ObjectRow | undefined;
  stored: AnyResource | undefined;
  /** As it will be after the changes so far; undefined when absent. */
  current: AnyResource | undefined;
  /** The last form of an object that goes away. */
  removed?: AnyResource;
  /** What was changed; `status` alone is neither audited nor always an event. */
  touched: 'nothing' | 'status' | 'all';
}

/** All that one attempt reads; what was read is what the batch guards. */
export interface WorkingSet {
  prefetch(targets: readonly { kind: Kind; key: Key }[]): Promise<void>;
  /** Takes an object for absent without looking. Its creation finds out: a name that is taken makes the batch stale. */
  suppose(kind: Kind, key: Key): void;
  /** What was read before, at once. */
  known(kind: Kind, key: Key): Entry | undefined;
  load(kind: Kind, key: Key): Promise<Entry>;
  /** Members of a list as they would be after the changes so far. */
  list(kind: Kind, filter: RowFilter): Promise<AnyResource[]>;
  /** The newest members of a list, and all that this commit has changed; not guarded. */
  newest(kind: Kind, filter: RowFilter, limit: number): Promise<AnyResource[]>;
  entries(): Iterable<Entry>;
  /** Guards for what was read; of the entries only those that are not written (a write guards itself). */
  guards(written: (entry: Entry) => boolean): Guard[];
}

// A rule that must look at more objects than this needs a counter of its own: it would read them at every write.
const maxFacts = 1_000;

const idOf = (kind: Kind, key: Key): ObjectId => ({ kind: kindId(kind), namespace: key.namespace ?? '', name: key.name });
const place = ({ kind, namespace, name }: ObjectId): string => `${kind}/${namespace}/${name}`;

export function createWorkingSet(database: Database): WorkingSet {
  const entries = new Map<string, Entry>();
  const lists: Guard[] = [];

  const add = (kind: Kind, id: ObjectId, row: ObjectRow | undefined): Entry => {
    const stored = row === undefined ? undefined : (JSON.parse(row.text) as AnyResource);
    const entry: Entry = { id, kind, row, stored, current: stored, touched: 'nothing' };
    entries.set(place(id), entry);
    return entry;
  };

  const prefetch: WorkingSet['prefetch'] = async (targets) => {
    const missing = targets
      .map(({ kind, key }) => ({ kind, id: idOf(kind, key) }))
      .filter(({ id }, index, all) => !entries.has(place(id)) && all.findIndex((other) => place(other.id) === place(id)) === index);
    if (missing.length === 0) return;
    const rows = await database.get(missing.map(({ id }) => id));
    missing.forEach(({ kind, id }, index) => {
      add(kind, id, rows[index]);
    });
  };

  /** Members of a list as they would be after the changes so far. */
  const asChanged = (kind: Kind, filter: RowFilter, rows: readonly ObjectRow[]): AnyResource[] => {
    const unchanged = rows.filter((row) => (entries.get(place(row))?.touched ?? 'nothing') === 'nothing');
    const changed = [...entries.values()].flatMap(({ id, current, touched }) =>
      touched !== 'nothing' && current !== undefined && matchesPlace(filter, id) && matchesTerms(filter, objectTerms(kind, current))
        ? [current]
        : [],
    );
    return [...unchanged.map(({ text }) => JSON.parse(text) as AnyResource), ...changed];
  };

  return {
    prefetch,
    suppose: (kind, key) => {
      add(kind, idOf(kind, key), undefined);
    },
    known: (kind, key) => entries.get(place(idOf(kind, key))),
    load: async (kind, key) => {
      const id = idOf(kind, key);
      const known = entries.get(place(id));
      if (known !== undefined) return known;
      const [row] = await database.get([id]);
      return add(kind, id, row);
    },
    list: async (kind, filter) => {
      const { rows, remaining } = await database.list({ ...filter, limit: maxFacts });
      if (remaining > 0)
        throw unavailable(`a rule looks at more than ${maxFacts} objects of kind ${kind.kind}; it has to count them by another way`);
      const newest = rows.reduce((highest, { version }) => Math.max(highest, version), 0);
      lists.push({ filter, count: rows.length, newest });
      return asChanged(kind, filter, rows);
    },
    newest: async (kind, filter, limit) => {
      const { rows } = await database.list({ ...filter, newestFirst: true, limit: Math.min(limit, maxFacts) });
      return asChanged(kind, filter, rows);
    },
    entries: () => entries.values(),
    guards: (written) => [
      ...lists,
      ...[...entries.values()].filter((entry) => !written(entry)).map(({ id, row }) => ({ id, version: row?.version ?? 0 })),
    ],
  };
}
