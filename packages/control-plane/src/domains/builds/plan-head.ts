import { type Build, Component, type ComponentBuild } from '@fairway/contracts';
import type { ResourceOf, Resources } from '@fairway/resources/model';
import { decideBuild, type KnownBuilds } from './decide-build.ts';
import { findKnownBuilds } from './find-builds.ts';
import type { Sources } from './ports.ts';

export interface PushedHead {
  organization: string;
  /** Name of the Repository object. */
  repository: string;
  branch: string;
  commit: string;
}

/** What a pushed head comes to for one component. */
export interface HeadPlan {
  project: string;
  component: string;
  /** False: its source is what was built last, so there is no build to wait for. */
  isBuilt: boolean;
}

/**
 * What a pushed head comes to, for each component that builds from its branch. Says by the reconciler's own rule what that does or has done, so
 * that nobody waits for a build that never comes; it changes nothing.
 */
export async function planHead(
  { resources, sources }: { resources: Resources; sources: Sources },
  head: PushedHead,
  signal: AbortSignal,
): Promise<HeadPlan[]> {
  const plans: HeadPlan[] = [];
  let next: string | undefined;
  do {
    const page = await resources.list(Component, {
      namespace: head.organization,
      limit: pageSize,
      ...(next === undefined ? {} : { continue: next }),
    });
    for (const { metadata, spec } of page.items) {
      if (spec?.build === undefined || !buildsFrom(sources, spec.build, head)) continue;
      const component = metadata.name;
      plans.push({
        project: spec.owner.projectName,
        component,
        isBuilt: await isBuilt({ resources, sources }, { component, head, build: spec.build }, signal),
      });
    }
    next = page.continue;
  } while (next !== undefined);
  return plans;
}

const pageSize = 500;

const buildsFrom = (sources: Sources, { repository: { url, revision } }: ComponentBuild, head: PushedHead): boolean =>
  revision.branch === head.branch &&
  sources.isBuiltIn(url) &&
  sources.organizationOf(url) === head.organization &&
  sources.repositoryName(url) === head.repository;

async function isBuilt(
  { resources, sources }: { resources: Resources; sources: Sources },
  { component, head, build }: { component: string; head: PushedHead; build: ComponentBuild },
  signal: AbortSignal,
): Promise<boolean> {
  const { commit, organization: namespace } = head;
  const tree = await sources.treeOf(build.repository.url, commit, build.repository.appPath, signal);
  // Without its folder it is not built, and the component says so; who waits sees that nothing comes.
  if (tree === undefined) return true;
  const known = await findKnownBuilds(resources, { namespace, component }, commit);
  return decideBuild({ commit, tree }, known).is === 'build' || hasBuild(known, commit);
}

const hasBuild = ({ newestPush, recent }: KnownBuilds, commit: string): boolean =>
  [newestPush, ...recent].some((build) => isOf(build, commit));

const isOf = (build: ResourceOf<typeof Build> | undefined, commit: string): boolean => build?.spec?.repository.revision?.commit === commit;
