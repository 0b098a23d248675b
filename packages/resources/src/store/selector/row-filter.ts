import { type Kind, kindId, type ListQuery } from '../../model/index.ts';
import type { RowFilter } from '../database.ts';
import { parseFieldSelector, parseLabelSelector } from './parse-selector.ts';

/** A query in the database's words; throws `invalid` for a selector that cannot be read. */
export const rowFilter = (kind: Kind, query: Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'>): RowFilter => ({
  kind: kindId(kind),
  ...(query.namespace === undefined || query.namespace === '' ? {} : { namespace: query.namespace }),
  requirements: [...parseLabelSelector(query.labelSelector), ...parseFieldSelector(kind, query.fieldSelector)],
});
