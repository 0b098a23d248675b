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

/** Segments after `/api/v1` or `/apis/GROUP/VERSION`. Undefined: no such resource is served. */
export function resourceTarget(
  kinds: ServedKinds,
  group: string,
  version: string,
  segments: readonly string[],
): ResourceTarget | undefined {
  const [first, namespace, plural, name, subresource, ...rest] = segments;
  if (first === 'namespaces' && namespace !== undefined && plural !== undefined) {
    const served = kinds.find(group, version, plural);
    // `/namespaces/NAME/status` is the Namespace's own subresource; no kind has such a plural.
    if (served?.kind.namespaced === true) {
      if (rest.length > 0) return undefined;
      return { served, namespace, ...(name === undefined ? {} : { name }), ...(subresource === undefined ? {} : { subresource }) };
    }
  }
  const served = first === undefined ? undefined : kinds.find(group, version, first);
  if (served === undefined || segments.length > 3) return undefined;
  // Objects of namespaced kinds are reached through their namespace alone.
  if (served.kind.namespaced && segments.length > 1) return undefined;
  return { served, ...(namespace === undefined ? {} : { name: namespace }), ...(plural === undefined ? {} : { subresource: plural }) };
}
