import type { Kind, ListQuery, TextPage } from '../model/index.ts';
import { readContinueToken, tooOldToContinue, writeContinueToken } from './continue-token.ts';
import type { Database, ObjectRow } from './database.ts';
import { rowFilter } from './selector/row-filter.ts';

/** One answer holds no more objects than this; the rest follows by continue token. */
const maxItems = 10_000;

const textsOfRows = new WeakMap<readonly ObjectRow[], string[]>();

/** The same rows give the same list, so that what a reader makes of it can be kept as well. */
const textsOf = (rows: readonly ObjectRow[]): string[] => {
  const known = textsOfRows.get(rows) ?? rows.map(({ text }) => text);
  textsOfRows.set(rows, known);
  return known;
};

/** A page of stored texts in the order of namespace and name, or the newest ones. */
export const listObjects = async (database: Database, kind: Kind, query: ListQuery): Promise<TextPage> => {
  const limit = query.limit === undefined || query.limit <= 0 ? maxItems : Math.min(Math.floor(query.limit), maxItems);
  const newestFirst = query.newestFirst === true;
  const walk = query.walk === true;
  const token = query.continue === undefined || query.continue === '' || newestFirst ? undefined : readContinueToken(query.continue);
  const place = newestFirst ? { newestFirst } : token === undefined ? {} : { after: token };
  const page = await database.list({ ...rowFilter(kind, query), limit, ...place, ...(walk ? { walk } : {}) });
  if (token !== undefined && token.version < page.oldest) throw tooOldToContinue();
  const version = token?.version ?? page.version;
  const last = page.rows.at(-1);
  const items = textsOf(page.rows);
  if (page.remaining === 0 || last === undefined) return { items, resourceVersion: String(version) };
  return {
    items,
    resourceVersion: String(version),
    continue: writeContinueToken({ version, namespace: last.namespace, name: last.name }),
    ...(walk ? {} : { remainingItemCount: page.remaining }),
  };
};
