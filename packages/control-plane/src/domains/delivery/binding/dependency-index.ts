import type { Key } from '@fairway/resources/model';

/** What one object was made from, as `Kind/namespace/name`. */
export const dependencyOf = (kind: { kind: string }, namespace: string | undefined, name: string): string =>
  `${kind.kind}/${namespace ?? ''}/${name}`;

/**
 * Which keys were made from which objects, learned at each reconcile, so that a change of a class, a configuration or a connection's target
 * wakes just those who used it. Absent objects count too: their creation wakes. Lives in memory: after a start everything is looked at anyway.
 */
export interface DependencyIndex {
  learn(key: Key, dependencies: readonly string[]): void;
  forget(key: Key): void;
  usersOf(dependency: string): readonly Key[];
}

export function createDependencyIndex(): DependencyIndex {
  const users = new Map<string, Map<string, Key>>();
  const used = new Map<string, readonly string[]>();
  const idOf = (key: Key): string => `${key.namespace ?? ''}/${key.name}`;
  const forget = (key: Key): void => {
    const id = idOf(key);
    for (const dependency of used.get(id) ?? []) {
      const keys = users.get(dependency);
      keys?.delete(id);
      if (keys?.size === 0) users.delete(dependency);
    }
    used.delete(id);
  };
  return {
    forget,
    learn: (key, dependencies) => {
      forget(key);
      const id = idOf(key);
      used.set(id, dependencies);
      for (const dependency of dependencies) {
        const keys = users.get(dependency) ?? new Map<string, Key>();
        keys.set(id, key);
        users.set(dependency, keys);
      }
    },
    usersOf: (dependency) => [...(users.get(dependency)?.values() ?? [])],
  };
}
