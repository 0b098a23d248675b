import type { Build } from '@fairway/contracts';
import type { ResourceOf } from '@fairway/resources/model';
import { isFailed } from './build-conditions.ts';
import { treeLabel, triggerLabel } from './build-labels.ts';
import { buildName } from './build-name.ts';

export type BuildResource = ResourceOf<typeof Build>;

export interface Head {
  component: string;
  /** The commit that the component's branch points to now, and the tree of its folder there. */
  commit: string;
  tree: string;
}

export type BuildDecision = { is: 'nothing'; because: 'head-was-decided' | 'same-source' } | { is: 'build'; name: string };

/**
 * Whether a branch's head is due for a build.
 * A head is decided once: by the newest build that a push made, whatever became of it. So a head that comes back by a forced push is new again,
 * and builds that somebody asked for (a snapshot of a folder, an older commit) never make the branch's own head build anew.
 * A head whose source is what runs or is being built needs no build.
 */
export function decideBuild({ component, commit, tree }: Head, builds: readonly BuildResource[]): BuildDecision {
  // Uids begin with the time at which they were made.
  const ordered = builds.toSorted((a, b) => ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1));
  const newestPush = ordered.findLast(({ metadata }) => metadata.labels?.[triggerLabel] === 'push');
  if (newestPush?.spec?.repository.revision?.commit === commit) return { is: 'nothing', because: 'head-was-decided' };
  const newestGood = ordered.findLast(({ status }) => !isFailed(status));
  if (newestGood?.metadata.labels?.[treeLabel] === tree) return { is: 'nothing', because: 'same-source' };
  const taken = new Set(builds.map(({ metadata }) => metadata.name));
  let attempt = 0;
  while (taken.has(buildName(component, commit, attempt))) attempt += 1;
  return { is: 'build', name: buildName(component, commit, attempt) };
}
