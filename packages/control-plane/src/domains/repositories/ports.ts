/** Where a repository lies: /git/ORGANIZATION/PROJECT/NAME.git. All three are host-name-like words, so that a path is safe to build from them. */
export interface RepositoryPath {
  organization: string;
  project: string;
  name: string;
}

/** The Git server that holds bare repositories. Filled by drivers/git. */
export interface GitHost {
  /** Makes the bare repository if it is absent. May be called again; an existing repository is left as it is. */
  ensure(path: RepositoryPath, defaultBranch: string, signal: AbortSignal): Promise<void>;
  /** Branches and the commits that they point to; empty for a repository without a push, undefined for an absent one. At most 1,000. */
  heads(path: RepositoryPath, signal: AbortSignal): Promise<Record<string, string> | undefined>;
  /** Succeeds when the repository is already gone. */
  remove(path: RepositoryPath, signal: AbortSignal): Promise<void>;
  /** The id of the tree at `folder` (`.` is the root) in a commit; undefined when the commit or the folder is absent. */
  treeOf(path: RepositoryPath, commit: string, folder: string, signal: AbortSignal): Promise<string | undefined>;
  /** The principal whose push moved the branch to this commit; undefined when that is not known (any more). */
  pushedBy(path: RepositoryPath, head: { branch: string; commit: string }, signal: AbortSignal): Promise<string | undefined>;
  /** The commit that a branch or a full or short commit id names; undefined when there is none. */
  resolve(path: RepositoryPath, revision: string, signal: AbortSignal): Promise<string | undefined>;
}
