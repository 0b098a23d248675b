import type { Build } from '@fairway/contracts';
import type { ResourceOf } from '@fairway/resources/model';
import { isFailed } from './build-conditions.ts';
import { headAnnotation, treeLabel, triggerLabel } from './build-labels.ts';
import { buildName } from './build-name.ts';

export type BuildResource = ResourceOf<typeof Build>;

export interface Head {
  component: string;
  /** The commit that the component's branch points to now, and the tree of its folder there. */
  commit: string;
  tree: string;
}

export type BuildDecision =
  | { is: 'nothing'; because: 'head-was-decided' }
  /** `of` is the build of the same source. */
  | { is: 'nothing'; because: 'same-source'; of: string }
  | { is: 'build'; name: string };

/**
 * Whether a branch's head is due for a build.
 * A head is decided once: by the newest build that a push made, whatever became of it, or by a later one of the same source that did not fail. So a head that comes back by a forced push is new again,
 * and builds that somebody asked for (a snapshot of a folder, an older commit) never make the branch's own head build anew.
 * A head whose source is what runs or is being built needs no build.
 */
export function decideBuild({ component, commit, tree }: Head, builds: readonly BuildResource[]): BuildDecision {
  // Uids begin with the time at which they were made.
  const ordered = builds.toSorted((a, b) => ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1));
  const since = ordered.slice(
    Math.max(
      0,
      ordered.findLastIndex(({ metadata }) => metadata.labels?.[triggerLabel] === 'push'),
    ),
  );
  const isDecided = ({ metadata, spec, status }: BuildResource): boolean =>
    (metadata.labels?.[triggerLabel] === 'push' && spec?.repository.revision?.commit === commit) ||
    (metadata.annotations?.[headAnnotation] === commit && !isFailed(status));
  if (since.some(isDecided)) return { is: 'nothing', because: 'head-was-decided' };
  const newestGood = ordered.findLast(({ status }) => !isFailed(status));
  if (newestGood?.metadata.labels?.[treeLabel] === tree) return { is: 'nothing', because: 'same-source', of: newestGood.metadata.name };
  const taken = new Set(builds.map(({ metadata }) => metadata.name));
  let attempt = 0;
  while (taken.has(buildName(component, commit, attempt))) attempt += 1;
  return { is: 'build', name: buildName(component, commit, attempt) };
}
