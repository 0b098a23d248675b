import { Component, type ComponentSpec, Project } from '@fairway/contracts';
import { type Caller, isProblem, keyOf, notFound, type Resource, type Resources } from '@fairway/resources/model';
import { existsElsewhere } from './component-rules.ts';

/** Creates a component in its project. A name that is taken answers `already-exists` and says by which project. */
export async function createComponent(
  { resources }: { resources: Resources },
  caller: Caller,
  component: Resource<ComponentSpec>,
): Promise<Resource<ComponentSpec>> {
  const project = component.spec?.owner.projectName ?? '';
  const namespace = component.metadata.namespace ?? '';
  if ((await resources.get(Project, { namespace, name: project })) === undefined) throw notFound('Project', project, Project.group);
  try {
    const [result] = await resources.commit({ caller, action: 'component.create' }, [{ op: 'create', object: component }]);
    return (result?.object as Resource<ComponentSpec> | undefined) ?? component;
  } catch (error) {
    if (!isProblem(error, 'already-exists')) throw error;
    const existing = await resources.get(Component, keyOf(component));
    const owner = existing?.spec?.owner.projectName;
    throw owner === undefined || owner === project ? error : existsElsewhere(component.metadata.name, owner, project);
  }
}
