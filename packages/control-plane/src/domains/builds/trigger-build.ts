import { randomBytes } from 'node:crypto';
import { type BuildSpec, type BuildStatus, Component } from '@fairway/contracts';
import { type Cause, invalid, notFound, type Resource, type Resources } from '@fairway/resources/model';
import { triggeredBuildName } from './build-name.ts';
import { buildObject } from './build-object.ts';
import type { Sources } from './ports.ts';

export interface TriggerBuildInput {
  organization: string;
  project: string;
  component: string;
  /** Branch, tag or commit; absent means the head of the component's branch. */
  commit?: string;
  signal: AbortSignal;
}

/** Starts a build of a component now, whether or not its commit was built before. */
export async function triggerBuild(
  deps: { resources: Resources; sources: Sources; newSuffix?: () => string },
  cause: Cause,
  input: TriggerBuildInput,
): Promise<Resource<BuildSpec, BuildStatus>> {
  const namespace = input.organization;
  const component = await deps.resources.get(Component, { namespace, name: input.component });
  const spec = component?.spec;
  if (component === undefined || spec === undefined || spec.owner.projectName !== input.project)
    throw notFound('Component', input.component);
  const { build } = spec;
  if (build === undefined) throw invalid(`component ${input.component} has no spec.build: say where its source is first`);
  const { url } = build.repository;
  if (deps.sources.isBuiltIn(url) && deps.sources.organizationOf(url) !== namespace)
    throw invalid(`organization ${namespace} has no repository ${url}: use one of its own`);
  const commit =
    input.commit === undefined || !deps.sources.isBuiltIn(url) ? input.commit : await deps.sources.resolve(url, input.commit, input.signal);
  if (input.commit !== undefined && commit === undefined) throw notFound('Commit', input.commit);
  const tree =
    commit === undefined || !deps.sources.isBuiltIn(url)
      ? undefined
      : await deps.sources.treeOf(url, commit, build.repository.appPath, input.signal);

  const suffix = (deps.newSuffix ?? (() => randomBytes(4).toString('hex')))();
  const name = triggeredBuildName(input.component, suffix);
  const object = buildObject({ component, project: input.project, build, name, trigger: 'manual', commit, tree });
  const [made] = await deps.resources.commit(cause, [{ op: 'create', object }]);
  return (made?.object ?? object) as Resource<BuildSpec, BuildStatus>;
}
