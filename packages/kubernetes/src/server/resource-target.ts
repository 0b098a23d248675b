import type { Key } from '@fairway/resources/model';
import type { ServedKind, ServedKinds } from './served-kinds.ts';

/** What a path below a group's version names: a collection, an object, or a subresource of one. */
export interface ResourceTarget {
  served: ServedKind;
  namespace?: string;
  name?: string;
  subresource?: string;
}

export const keyOfTarget = (target: ResourceTarget & { name: string }): Key =>
  target.namespace === undefined ? { name: target.name } : { namespace: target.namespace, name: target.name };

/** What the segments from `from` on, behind `/api/v1` or `/apis/GROUP/VERSION`, name. Undefined: no such resource is served. */
export function resourceTarget(
  kinds: ServedKinds,
  { group, version }: { group: string; version: string },
  { segments, from }: { segments: readonly string[]; from: number },
): ResourceTarget | undefined {
  const count = segments.length - from;
  const first = segments[from];
  if (first === undefined) return undefined;
  if (first === 'namespaces' && count > 2) {
    const served = kinds.find(group, version, segments[from + 2] ?? '');
    // `/namespaces/NAME/status` is the Namespace's own subresource; no kind has such a plural.
    if (served?.kind.namespaced === true)
      return count > 5
        ? undefined
        : targetOf(served, { namespace: segments[from + 1], name: segments[from + 3], subresource: segments[from + 4] });
  }
  const served = kinds.find(group, version, first);
  if (served === undefined || count > 3) return undefined;
  // Objects of namespaced kinds are reached through their namespace alone.
  if (served.kind.namespaced && count > 1) return undefined;
  return targetOf(served, { namespace: undefined, name: segments[from + 1], subresource: segments[from + 2] });
}

function targetOf(
  served: ServedKind,
  { namespace, name, subresource }: { namespace: string | undefined; name: string | undefined; subresource: string | undefined },
): ResourceTarget {
  const target: ResourceTarget = { served };
  if (namespace !== undefined) target.namespace = namespace;
  if (name !== undefined) target.name = name;
  if (subresource !== undefined) target.subresource = subresource;
  return target;
}
