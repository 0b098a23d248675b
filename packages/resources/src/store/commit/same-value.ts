import type { AnyResource } from '../../model/index.ts';

/** Deep equality of JSON values; a field that is undefined counts as absent, as it will be in the text. */
export const isSameValue = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isSameValue(item, b[index]));
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of Object.keys(left)) if (left[key] !== undefined && !isSameValue(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
};

/**
 * `next` with every part that is as before taken over from `old`, so that later comparisons end at the reference: one write is compared five
 * times (generation, no-op, ownership, index terms, events). Fields that are undefined are left out: the text will not have them.
 */
export const shareUnchanged = <Value>(old: unknown, next: Value): Value => {
  if (old === next || typeof next !== 'object' || next === null) return next;
  if (Array.isArray(next)) return isSameValue(old, next) ? (old as Value) : (next.map((item) => shareUnchanged(undefined, item)) as Value);
  const isComparable = typeof old === 'object' && old !== null && !Array.isArray(old);
  const before = isComparable ? (old as Record<string, unknown>) : {};
  const shared: Record<string, unknown> = {};
  let isSame = true;
  let fields = 0;
  for (const [field, value] of Object.entries(next)) {
    if (value === undefined) continue;
    const kept = shareUnchanged(before[field], value);
    isSame &&= kept === before[field];
    fields += 1;
    shared[field] = kept;
  }
  return isComparable && isSame && fields === Object.keys(before).length ? (old as Value) : (shared as Value);
};

/** True when everything but apiVersion, kind, metadata and status is the same: the part whose changes `generation` counts. */
export const isSameSpec = (a: AnyResource, b: AnyResource): boolean => {
  const { apiVersion: _a, kind: _b, metadata: _c, status: _d, ...left } = a;
  const { apiVersion: _e, kind: _f, metadata: _g, status: _h, ...right } = b;
  return isSameValue(left, right);
};

/** True when a write of `b` over `a` would change nothing. Field times are no difference; owners of fields are, where `ownership` counts. */
export const isSameObject = (a: AnyResource, b: AnyResource, { ownership }: { ownership: 'counts' | 'ignored' }): boolean => {
  const plain = ({ resourceVersion: _version, managedFields, ...metadata }: AnyResource['metadata']): unknown => ({
    ...metadata,
    managedFields: ownership === 'counts' ? managedFields?.map(({ time: _time, ...entry }) => entry) : undefined,
  });
  return isSameValue({ ...a, metadata: plain(a.metadata) }, { ...b, metadata: plain(b.metadata) });
};
