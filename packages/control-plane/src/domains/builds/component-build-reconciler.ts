import { Build, Component, type ComponentBuild, type ComponentSpec, type ComponentStatus, Repository } from '@fairway/contracts';
import { apiVersionOf, isProblem, type Key, type Resource } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import { isFailed } from './build-conditions.ts';
import { buildLabels, treeLabel } from './build-labels.ts';
import { buildName } from './build-name.ts';
import type { Sources } from './ports.ts';

type ComponentResource = Resource<ComponentSpec, ComponentStatus>;

/**
 * A component whose source has a commit that was not built gets a build. The branch's head is the truth: pushes and hooks only wake this.
 * Commits that leave the application's folder alone build nothing, unless the build before them failed.
 */
export function componentBuildController({ sources }: { sources: Sources }): Controller<typeof Component> {
  // Which components build from which repository, learned at each look; a repository's change wakes just these.
  const interested = new Map<string, Map<string, Key>>();
  const learn = (component: ComponentResource, repository: string | undefined): void => {
    const id = `${component.metadata.namespace}/${component.metadata.name}`;
    for (const keys of interested.values()) keys.delete(id);
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
    ],
    reconcile: async (component, context) => {
      const build = component.spec?.build;
      const isOurs = build !== undefined && sources.isBuiltIn(build.repository.url);
      learn(component, isOurs ? sources.repositoryName(build.repository.url) : undefined);
      if (!isOurs || component.spec === undefined) return { outcome: settled };
      return buildHead(sources, { component, project: component.spec.owner.projectName, build }, context);
    },
  };
}

async function buildHead(
  sources: Sources,
  at: { component: ComponentResource; project: string; build: ComponentBuild },
  { resources, cause, signal }: ReconcileContext,
): Promise<Reconciled> {
  const { component, project, build } = at;
  const { url, revision } = build.repository;
  const namespace = component.metadata.namespace ?? '';
  const owner = { projectName: project, componentName: component.metadata.name };
  const commit = await sources.head(url, revision.branch);
  if (commit === undefined) return { outcome: settled };
  const tree = await sources.treeOf(url, commit, build.repository.appPath, signal);
  if (tree === undefined)
    return {
      outcome: waiting(
        'FolderNotFound',
        `commit ${commit.slice(0, 8)} has no folder "${build.repository.appPath}": push one that has, or change appPath`,
        600_000,
      ),
    };

  const past = await resources.list(Build, { namespace, fieldSelector: `spec.owner.componentName=${component.metadata.name}` });
  const ofComponent = past.items.toSorted(
    (a, b) => Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? ''),
  );
  const sameCommit = ofComponent.filter((known) => known.spec?.repository.revision?.commit === commit);
  if (sameCommit.length > 0) return { outcome: settled };
  const latest = ofComponent.at(-1);
  if (latest !== undefined && latest.metadata.labels?.[treeLabel] === tree && !isFailed(latest.status)) return { outcome: settled };

  const object = {
    apiVersion: apiVersionOf(Build),
    kind: Build.kind,
    metadata: {
      namespace,
      name: buildName(component.metadata.name, commit, 0),
      labels: buildLabels({ organization: namespace, ...owner, tree }),
      ownerReferences: [
        {
          apiVersion: component.apiVersion,
          kind: component.kind,
          name: component.metadata.name,
          uid: component.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: {
      owner,
      repository: { url, revision: { branch: revision.branch, commit }, appPath: build.repository.appPath },
      templateRef: build.templateRef,
    },
  };
  await resources.commit(cause('build.create'), [{ op: 'create', object }]).catch((error: unknown) => {
    if (!isProblem(error, 'already-exists')) throw error;
  });
  return { outcome: settled };
}
