import type { KindId } from '../../model/index.ts';
import type { ObjectId, ObjectRow, RowPage, RowQuery } from '../database.ts';
import type { WrittenRow } from './write-batch.ts';

/**
 * What was read and written last, as this process alone writes to the file: an answer from here costs a twentieth of a query.
 * It is never the word on a write: that guards its versions in the database itself.
 */
export interface RowCache {
  row(id: ObjectId): ObjectRow | undefined;
  page(query: RowQuery): Pick<RowPage, 'rows' | 'remaining'> | undefined;
  keepRow(row: ObjectRow): void;
  keepPage(query: RowQuery, page: RowPage): void;
  /** Takes over what was made durable. */
  committed(rows: readonly WrittenRow[]): void;
  /** Forgets all: what is here was not what the database holds. */
  clear(): void;
}

// Characters of text: about a thousand objects, and twenty lists of a hundred. More would be memory that most installations never read.
const maxRowChars = 2 * 1024 * 1024;
const maxPageChars = 2 * 1024 * 1024;

const place = ({ kind, namespace, name }: ObjectId): string => `${kind}\n${namespace}\n${name}`;
const pageKey = ({ namespace, requirements, after, limit, newestFirst }: RowQuery): string =>
  requirements.length === 0 && after === undefined && newestFirst !== true
    ? `${limit} ${namespace ?? ''}`
    : JSON.stringify([limit, namespace, requirements, after?.namespace, after?.name, newestFirst]);

const charsOf = (rows: readonly ObjectRow[]): number => rows.reduce((sum, { text }) => sum + text.length, 0);

export function createRowCache(): RowCache {
  const rows = new Map<string, ObjectRow>();
  const pages = new Map<KindId, Map<string, Pick<RowPage, 'rows' | 'remaining'>>>();
  let rowChars = 0;
  let pageChars = 0;

  const drop = (key: string): void => {
    const known = rows.get(key);
    if (known === undefined) return;
    rowChars -= known.text.length;
    rows.delete(key);
  };
  const keepRow = (row: ObjectRow): void => {
    const key = place(row);
    drop(key);
    rows.set(key, row);
    rowChars += row.text.length;
    while (rowChars > maxRowChars) {
      const oldest = rows.keys().next().value;
      if (oldest === undefined) break;
      drop(oldest);
    }
  };
  const forgetPages = (): void => {
    pages.clear();
    pageChars = 0;
  };

  return {
    row: (id) => rows.get(place(id)),
    page: (query) => pages.get(query.kind)?.get(pageKey(query)),
    keepRow,
    keepPage: (query, { rows: kept, remaining }) => {
      const chars = charsOf(kept);
      if (chars > maxPageChars / 4) return;
      if (pageChars + chars > maxPageChars) forgetPages();
      const ofKind = pages.get(query.kind) ?? new Map();
      pages.set(query.kind, ofKind);
      ofKind.set(pageKey(query), { rows: kept, remaining });
      pageChars += chars;
    },
    committed: (written) => {
      for (const { kind, namespace, name, uid, seq, version, text, type } of written) {
        const key = place({ kind, namespace, name });
        if (type === 'deleted') drop(key);
        // A new object waits for its first reader: kept at once, a flood of creations would push out all that is read.
        else if (rows.has(key)) keepRow({ kind, namespace, name, uid, seq, version, text });
        const stale = pages.get(kind);
        if (stale === undefined) continue;
        for (const page of stale.values()) pageChars -= charsOf(page.rows);
        pages.delete(kind);
      }
    },
    clear: () => {
      rows.clear();
      rowChars = 0;
      forgetPages();
    },
  };
}
