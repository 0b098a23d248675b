import { type AnyResource, type Kind, kindId, type ListQuery } from '../../model/index.ts';
import { matchesPlace, matchesTerms } from './matches-terms.ts';
import { objectTerms } from './object-terms.ts';
import { parseFieldSelector } from './parse-selector.ts';
import { rowFilter } from './row-filter.ts';

/** Says of computed objects what the store says of stored ones: whether namespace and selectors take them. Throws `invalid` for a selector that cannot be read. */
export function createMatcher(
  kind: Kind,
  query: Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'>,
): (object: AnyResource) => boolean {
  const filter = rowFilter(kind, query);
  return (object) => {
    const { namespace = '', name } = object.metadata;
    return matchesPlace(filter, { kind: kindId(kind), namespace, name }) && matchesTerms(filter, objectTerms(kind, object));
  };
}

/** The one value that a field selector asks of a field; undefined when it leaves more than one. */
export function namedBy(kind: Kind, fieldSelector: string | undefined, field: string): string | undefined {
  const asked = parseFieldSelector(kind, fieldSelector).find(({ term, operator }) => term === `field:${field}` && operator === 'in');
  return asked?.values.length === 1 ? asked.values[0] : undefined;
}
