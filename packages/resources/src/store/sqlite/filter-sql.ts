import type { Requirement, RowFilter } from '../database.ts';

const columns: Readonly<Record<string, string>> = { name: 'o.name', namespace: 'o.namespace' };
const marks = (values: readonly string[]): string => values.map(() => '?').join(', ');

const requirementSql = (kind: string, { term, operator, values }: Requirement): { sql: string; values: string[] } => {
  const column = columns[term];
  if (column !== undefined) return { sql: `${column} ${operator === 'not-in' ? 'NOT IN' : 'IN'} (${marks(values)})`, values: [...values] };
  const not = operator === 'not-in' || operator === 'absent' ? 'NOT ' : '';
  const withValues = operator === 'in' || operator === 'not-in';
  return {
    sql: `o.seq ${not}IN (SELECT t.seq FROM object_terms t WHERE t.kind = ? AND t.term = ?${withValues ? ` AND t.value IN (${marks(values)})` : ''})`,
    values: [kind, term, ...(withValues ? values : [])],
  };
};

/** A filter as a WHERE clause over `objects o`: the text holds placeholders only, so that it can be cached. */
export const filterSql = ({ kind, namespace, requirements }: RowFilter): { where: string; values: string[] } => {
  const parts = requirements.map((requirement) => requirementSql(kind, requirement));
  return {
    where: ['o.kind = ?', ...(namespace === undefined ? [] : ['o.namespace = ?']), ...parts.map(({ sql }) => sql)].join(' AND '),
    values: [kind, ...(namespace === undefined ? [] : [namespace]), ...parts.flatMap(({ values }) => values)],
  };
};
