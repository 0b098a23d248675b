import type { ObjectId, Requirement, RowFilter, Terms } from '../database.ts';

const meets = (found: string | undefined, { operator, values }: Requirement): boolean => {
  switch (operator) {
    case 'in':
      return found !== undefined && values.includes(found);
    case 'not-in':
      return found === undefined || !values.includes(found);
    case 'exists':
      return found !== undefined;
    case 'absent':
      return found === undefined;
  }
};

/** The part of a filter that never changes for an object. */
export const matchesPlace = (filter: RowFilter, { kind, namespace, name }: ObjectId): boolean =>
  kind === filter.kind &&
  (filter.namespace === undefined || filter.namespace === namespace) &&
  filter.requirements.every(
    (requirement) =>
      (requirement.term !== 'name' || meets(name, requirement)) && (requirement.term !== 'namespace' || meets(namespace, requirement)),
  );

/** The part that a change of labels or fields may turn; answers as the database's own filter does. */
export const matchesTerms = (filter: RowFilter, terms: Terms): boolean =>
  filter.requirements.every((requirement) => !requirement.term.includes(':') || meets(terms[requirement.term], requirement));
