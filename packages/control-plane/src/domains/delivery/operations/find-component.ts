import { Component, DeploymentPipeline, type DeploymentPipelineSpec, Project } from '@fairway/contracts';
import { invalid, notFound, type Resource, type Resources } from '@fairway/resources/model';
import { type BindingRow, rowOfType } from '../binding/binding-kinds.ts';

export interface ComponentAddress {
  organization: string;
  project: string;
  component: string;
}

/** The pipeline of a project. Throws `not-found` for the project first, then for the pipeline. */
export async function pipelineOfProject(
  resources: Resources,
  { organization, project }: Pick<ComponentAddress, 'organization' | 'project'>,
): Promise<Resource<DeploymentPipelineSpec>> {
  const found = await resources.get(Project, { namespace: organization, name: project });
  if (found === undefined) throw notFound('Project', project, Project.group);
  const name = found.spec?.deploymentPipelineRef ?? 'default-pipeline';
  const pipeline = await resources.get(DeploymentPipeline, { namespace: organization, name });
  if (pipeline === undefined) throw notFound('DeploymentPipeline', name, DeploymentPipeline.group);
  return pipeline;
}

/** What kind of binding a component has. A component of another project counts as not found. */
export async function rowOfComponent(resources: Resources, { organization, project, component }: ComponentAddress): Promise<BindingRow> {
  const found = await resources.get(Component, { namespace: organization, name: component });
  if (found?.spec === undefined || found.spec.owner.projectName !== project) throw notFound('Component', component, Component.group);
  const row = rowOfType(found.spec.type);
  if (row !== undefined) return row;
  throw invalid(
    `Component "${component}" has the type "${found.spec.type}", which is not deployed: use Service, WebApplication or ScheduledTask.`,
  );
}
