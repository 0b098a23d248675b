import type { Build } from '@fairway/contracts';
import type { ResourceOf } from '@fairway/resources/model';
import { isFailed } from './build-conditions.ts';
import { headLabel, treeLabel } from './build-labels.ts';

export type BuildResource = ResourceOf<typeof Build>;

export interface Head {
  /** The commit that the component's branch points to now, and the tree of its folder there. */
  commit: string;
  tree: string;
}

/** What a decision looks at: a few of a component's builds, of however many there are. */
export interface KnownBuilds {
  /** The newest build that a push made. */
  newestPush: BuildResource | undefined;
  /** Builds that spared this head its own. */
  marked: readonly BuildResource[];
  /** The newest builds, newest first, whatever caused them. */
  recent: readonly BuildResource[];
}

export type BuildDecision =
  | { is: 'nothing'; because: 'head-was-decided' }
  /** `of` is the build of the same source. */
  | { is: 'nothing'; because: 'same-source'; of: string }
  | { is: 'build' };

// Uids begin with the time at which they were made.
const uidOf = ({ metadata }: BuildResource): string => metadata.uid ?? '';

/**
 * Whether a branch's head is due for a build.
 * A head is decided once: by the newest build that a push made, whatever became of it, or by a later one of the same source that did not fail. So a head that comes back by a forced push is new again,
 * and builds that somebody asked for (a snapshot of a folder, an older commit) never make the branch's own head build anew.
 * A head whose source is what runs or is being built needs no build. When all recent builds failed, nothing is known to run.
 */
export function decideBuild({ commit, tree }: Head, { newestPush, marked, recent }: KnownBuilds): BuildDecision {
  const isDecidedByPush = newestPush?.spec?.repository.revision?.commit === commit;
  const isSpared = marked.some(
    (build) =>
      build.metadata.labels?.[headLabel] === commit &&
      !isFailed(build.status) &&
      (newestPush === undefined || uidOf(build) >= uidOf(newestPush)),
  );
  if (isDecidedByPush || isSpared) return { is: 'nothing', because: 'head-was-decided' };
  const newestGood = recent.find(({ status }) => !isFailed(status));
  if (newestGood?.metadata.labels?.[treeLabel] === tree) return { is: 'nothing', because: 'same-source', of: newestGood.metadata.name };
  return { is: 'build' };
}
