import type { PipelineRunSpec, PipelineRunStatus } from '@fairway/contracts';
import type { OwnerReference } from '@fairway/resources/model';

/** What builds need of repositories. `url` is a component's clone address. */
export interface Sources {
  /** True for an address of the built-in Git server. */
  isBuiltIn(url: string): boolean;
  /** The organization that an address of the built-in server belongs to. */
  organizationOf(url: string): string | undefined;
  /** Name of the Repository object behind an address of the built-in server. */
  repositoryName(url: string): string | undefined;
  /** The commit that a branch points to, as the last look at the repository saw it; undefined when there is none (yet). */
  head(url: string, branch: string): Promise<string | undefined>;
  /** Who moved the branch to this commit; undefined when the server does not know (any more). */
  pushedBy(url: string, branch: string, commit: string, signal: AbortSignal): Promise<string | undefined>;
  /** The full id of a branch, tag or short commit id; undefined when the repository has no such commit. */
  resolve(url: string, revision: string, signal: AbortSignal): Promise<string | undefined>;
  /** Identity of the source of an application at a commit; undefined when the folder is not there. */
  treeOf(url: string, commit: string, folder: string, signal: AbortSignal): Promise<string | undefined>;
  /** Address that a build step clones from, and the repository's name in a token's limits. */
  cloneFrom(url: string): { url: string; repository?: string };
}

/** The engine that executes work. A run that is there already is not started again. */
export interface Runs {
  /** False while the name belongs to a run of another owner: of an earlier build of this name, most of the time, which is being removed. */
  start(run: { organization: string; name: string; owner: OwnerReference; spec: PipelineRunSpec }): Promise<boolean>;
  /** Of the run that this owner started; undefined when there is none. */
  status(organization: string, name: string, ownerUid: string): Promise<PipelineRunStatus | undefined>;
  cancel(organization: string, name: string): Promise<void>;
}

/** The registry that holds images. */
export interface Images {
  /** Reference of the builder image, by digest; undefined while it is being put into the registry. */
  builder(): string | undefined;
  /** Reference without a digest that a component's image is pushed to, and its name in a token's limits. */
  target(organization: string, project: string, component: string): { reference: string; image: string };
  /** The label of a pushed image; undefined when image or label is absent. */
  label(image: string, digest: string, label: string): Promise<string | undefined>;
}
