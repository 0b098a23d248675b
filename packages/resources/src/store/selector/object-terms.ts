import type { AnyResource, Kind } from '../../model/index.ts';
import type { Terms } from '../database.ts';

const fieldValue = (object: AnyResource, path: string): string => {
  let at: unknown = object;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return '';
    at = (at as Record<string, unknown>)[step];
  }
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : '';
};

/** What an object is found by: its labels, and its kind's fields that selectors may use where they are set. */
export const objectTerms = (kind: Kind, object: AnyResource): Terms => {
  const terms: Record<string, string> = {};
  for (const [label, value] of Object.entries(object.metadata.labels ?? {})) terms[`label:${label}`] = value;
  for (const field of kind.indexedFields ?? kind.selectableFields) {
    const value = fieldValue(object, field);
    if (value !== '') terms[`field:${field}`] = value;
  }
  return terms;
};

export const ownerUids = (object: AnyResource): string[] => [...new Set((object.metadata.ownerReferences ?? []).map(({ uid }) => uid))];
