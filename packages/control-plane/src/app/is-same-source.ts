import type { BuildObject } from '@fairway/sdk';

/**
 * Whether a pushed head needs no build, because the newest build that did not fail is of the same source. It says early what the reconciler of
 * builds decides (domains/builds/decide-build.ts), so that a push does not wait for a build that never comes; it decides nothing itself.
 */
export function isSameSource({ commit, tree }: { commit: string; tree: string }, builds: readonly BuildObject[]): boolean {
  // Its build is there already, and can be followed.
  if (builds.some(({ spec }) => spec?.repository.revision?.commit === commit)) return false;
  const newest = builds
    .toSorted((a, b) => ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1))
    .findLast((build) => !isFailed(build));
  return newest?.metadata.labels?.['fairway.dev/tree'] === tree;
}

const isFailed = ({ status }: BuildObject): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'BuildCompleted' && (reason === 'BuildFailed' || reason === 'BuildCanceled')) ===
  true;
