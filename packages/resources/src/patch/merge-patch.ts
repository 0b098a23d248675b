import { type Fields, isFields, isForbiddenKey, requireDepth } from './patch-limits.ts';

const merge = (target: unknown, patch: unknown, depth: number): unknown => {
  requireDepth(depth);
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (isForbiddenKey(key)) continue;
    if (value === null) delete merged[key];
    else merged[key] = merge(Object.hasOwn(merged, key) ? merged[key] : undefined, value, depth + 1);
  }
  return merged;
};

/** JSON merge patch (RFC 7386): objects merge, null removes, everything else replaces. */
export const mergePatch = (target: unknown, patch: unknown): unknown => merge(target, patch, 0);
