import { Build, Component, type ComponentBuild, type ComponentSpec, type ComponentStatus, Repository } from '@fairway/contracts';
import { type AnyResource, isProblem, type Key, type Resource } from '@fairway/resources/model';
import { type Controller, type Outcome, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { isFailed } from './build-conditions.ts';
import { headLabel } from './build-labels.ts';
import { buildObject } from './build-object.ts';
import { type BuildResource, decideBuild } from './decide-build.ts';
import { findKnownBuilds, freeBuildName } from './find-builds.ts';
import type { Sources } from './ports.ts';

type ComponentResource = Resource<ComponentSpec, ComponentStatus>;

// A name that is taken by a build that the list did not show yet: look again.
const againAfterClashMs = 1_000;

/**
 * A component whose branch has a head that no push has built gets a build. The branch's head is the truth: pushes and hooks only wake this.
 * Commits that leave the application's folder alone build nothing, unless the build before them failed.
 */
export function componentBuildController({ sources }: { sources: Sources }): Controller<typeof Component> {
  // Which components build from which repository, learned at each look; a repository's change wakes just these.
  const interested = new Map<string, Map<string, Key>>();
  const learn = (component: ComponentResource, repository: string | undefined): void => {
    const id = `${component.metadata.namespace}/${component.metadata.name}`;
    for (const [place, keys] of interested) if (keys.delete(id) && keys.size === 0) interested.delete(place);
    if (repository === undefined) return;
    const place = `${component.metadata.namespace}/${repository}`;
    const keys = interested.get(place) ?? new Map<string, Key>();
    keys.set(id, { namespace: component.metadata.namespace ?? '', name: component.metadata.name });
    interested.set(place, keys);
  };
  return {
    name: 'builds/component',
    kind: Component,
    conditionStyle: 'own',
    watches: [
      {
        kind: Repository,
        wakes: ({ metadata }) => [...(interested.get(`${metadata.namespace}/${metadata.name}`)?.values() ?? [])],
      },
      { kind: Build, wakes: componentOfFailedBuild },
    ],
    reconcile: async (component, context) => {
      const build = component.spec?.build;
      const isOurs = build !== undefined && sources.isBuiltIn(build.repository.url);
      learn(component, isOurs ? sources.repositoryName(build.repository.url) : undefined);
      if (!isOurs || component.spec === undefined) return { outcome: settled };
      const organization = component.metadata.namespace ?? '';
      if (sources.organizationOf(build.repository.url) !== organization)
        return unusable({
          is: 'stalled',
          reason: 'RepositoryOfAnother',
          message: `organization ${organization} has no repository ${build.repository.url}: use one of its own`,
        });
      return buildHead(sources, { component, project: component.spec.owner.projectName, build }, context);
    },
  };
}

/** A head that was left alone because the same source was being built is due again when that build fails. */
function componentOfFailedBuild(changed: AnyResource): Key[] {
  const { metadata, spec, status } = changed as BuildResource;
  return spec !== undefined && isFailed(status) ? [{ namespace: metadata.namespace ?? '', name: spec.owner.componentName }] : [];
}

async function buildHead(
  sources: Sources,
  at: { component: ComponentResource; project: string; build: ComponentBuild },
  { resources, cause, signal }: ReconcileContext,
): Promise<Reconciled> {
  const { component, build } = at;
  const { url, revision } = build.repository;
  const commit = await sources.head(url, revision.branch);
  if (commit === undefined) return { outcome: settled };
  const tree = await sources.treeOf(url, commit, build.repository.appPath, signal);
  if (tree === undefined)
    return unusable({
      is: 'waiting',
      reason: 'FolderNotFound',
      message: `commit ${commit.slice(0, 8)} has no folder "${build.repository.appPath}": push one that has, or change appPath`,
      againInMs: 600_000,
    });
  const usable = conditionsOf(component);
  const place = { namespace: component.metadata.namespace ?? '', component: component.metadata.name };
  const decision = decideBuild({ commit, tree }, await findKnownBuilds(resources, place, commit));
  if (decision.is === 'nothing') {
    if (decision.because === 'same-source') {
      const key = { namespace: place.namespace, name: decision.of };
      await resources.commit(cause('build.decide-head'), [{ op: 'mutate', kind: Build, key, change: (known) => withHead(known, commit) }]);
    }
    return { outcome: settled, conditions: usable };
  }
  const pushedBy = await sources.pushedBy(url, revision.branch, commit, signal);
  const name = await freeBuildName(resources, place, commit);
  const object = buildObject({ ...at, name, trigger: 'push', commit, tree, changedBy: pushedBy });
  try {
    await resources.commit(cause('build.create'), [{ op: 'create', object }]);
  } catch (error) {
    if (!isProblem(error, 'already-exists')) throw error;
    return { outcome: { is: 'settled', againInMs: againAfterClashMs }, conditions: usable };
  }
  return { outcome: settled, conditions: usable };
}

/** A build that went meanwhile stays gone. */
const withHead = (build: AnyResource | undefined, commit: string): AnyResource | undefined =>
  build && { ...build, metadata: { ...build.metadata, labels: { ...build.metadata.labels, [headLabel]: commit } } };

const sourceUsable = 'SourceUsable';

/** Why nothing is built, where people look for it. */
function unusable(outcome: Extract<Outcome, { reason: string }>): Reconciled {
  const { reason, message } = outcome;
  return { outcome, conditions: [{ type: sourceUsable, status: 'False', reason, message }] };
}

/** Said only where the contrary was said: most components never have this condition. */
const conditionsOf = ({ status }: ComponentResource): NonNullable<Reconciled['conditions']> =>
  status?.conditions?.some(({ type }) => type === sourceUsable) === true
    ? [{ type: sourceUsable, status: 'True', reason: 'SourceFound', message: 'the branch has the folder' }]
    : [];
