import type { Kind, ListQuery, TextPage } from '../model/index.ts';
import { readContinueToken, tooOldToContinue, writeContinueToken } from './continue-token.ts';
import type { Database } from './database.ts';
import { rowFilter } from './selector/row-filter.ts';

/** One answer holds no more objects than this; the rest follows by continue token. */
const maxItems = 10_000;

/** A page of stored texts in the order of namespace and name. */
export const listObjects = async (database: Database, kind: Kind, query: ListQuery): Promise<TextPage> => {
  const limit = query.limit === undefined || query.limit <= 0 ? maxItems : Math.min(Math.floor(query.limit), maxItems);
  const token = query.continue === undefined || query.continue === '' ? undefined : readContinueToken(query.continue);
  const page = await database.list({ ...rowFilter(kind, query), limit, ...(token === undefined ? {} : { after: token }) });
  if (token !== undefined && token.version < page.oldest) throw tooOldToContinue();
  const version = token?.version ?? page.version;
  const last = page.rows.at(-1);
  const items = page.rows.map(({ text }) => text);
  if (page.remaining === 0 || last === undefined) return { items, resourceVersion: String(version) };
  return {
    items,
    resourceVersion: String(version),
    continue: writeContinueToken({ version, namespace: last.namespace, name: last.name }),
    remainingItemCount: page.remaining,
  };
};
