/** What a loop remembers by key between runs. All of it may be lost: after a restart the same run is made once more. */
export interface LoopMemory {
  /** The state at which the reconciler said that only a change of spec can help. */
  readonly stalledAt: Map<string, string>;
  /** Remembers a version that the loop wrote itself: seeing it is no reason to look again. */
  wrote(key: string, version: string | undefined): void;
  /** True once for a version that the loop wrote itself. */
  isOwn(key: string, version: string): boolean;
  forget(key: string): void;
}

/** A run writes at most a finalizer and a status; more are left over only when a watch lost its history. */
const maxVersions = 8;

export const createLoopMemory = (): LoopMemory => {
  const stalledAt = new Map<string, string>();
  const written = new Map<string, Set<string>>();
  return {
    stalledAt,
    wrote: (key, version) => {
      if (version === undefined) return;
      const versions = written.get(key) ?? new Set();
      versions.add(version);
      for (const oldest of versions) if (versions.size > maxVersions) versions.delete(oldest);
      written.set(key, versions);
    },
    isOwn: (key, version) => written.get(key)?.delete(version) === true,
    forget: (key) => {
      stalledAt.delete(key);
      written.delete(key);
    },
  };
};
