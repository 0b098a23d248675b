import { Build, type BuildSpec, type Component, type ComponentBuild } from '@fairway/contracts';
import { apiVersionOf, type Resource, type ResourceOf } from '@fairway/resources/model';
import { buildLabels, changedByAnnotation, type Trigger } from './build-labels.ts';

export interface BuildPlan {
  component: ResourceOf<typeof Component>;
  project: string;
  build: ComponentBuild;
  name: string;
  trigger: Trigger;
  /** Absent: the head of the branch, when its run begins. */
  commit?: string | undefined;
  tree?: string | undefined;
  /** Who caused it, where that is not who writes it. */
  changedBy?: string | undefined;
}

/** A build of a component, which goes with its component. */
export function buildObject({ component, project, build, name, trigger, commit, tree, changedBy }: BuildPlan): Resource<BuildSpec> {
  const { namespace = '', name: componentName, uid = '' } = component.metadata;
  const owner = { projectName: project, componentName };
  const { url, revision, appPath } = build.repository;
  return {
    apiVersion: apiVersionOf(Build),
    kind: Build.kind,
    metadata: {
      namespace,
      name,
      labels: buildLabels({ organization: namespace, ...owner, trigger, ...(tree === undefined ? {} : { tree }) }),
      ...(changedBy === undefined ? {} : { annotations: { [changedByAnnotation]: changedBy } }),
      ownerReferences: [{ apiVersion: component.apiVersion, kind: component.kind, name: componentName, uid, controller: true }],
    },
    spec: {
      owner,
      repository: { url, revision: { branch: revision.branch, ...(commit === undefined ? {} : { commit }) }, appPath },
      templateRef: build.templateRef,
    },
  };
}
