import { Project } from '@fairway/contracts';
import { apiVersionOf, type Cause, invalid, type Resources } from '@fairway/resources/model';
import { type Sources, triggerBuild } from '#domains/builds';
import { createComponent } from '#domains/catalog';
import {
  bindingRows,
  bindingsOf,
  environmentsOf,
  pipelineOfProject,
  promoteComponent,
  rollbackComponent,
  setReleaseState,
} from '#domains/delivery';
import type { OpenChoreoDependencies } from '#surfaces/openchoreo';

const annotations = (of: { displayName?: string; description?: string }): Record<string, string> => ({
  ...(of.displayName === undefined ? {} : { 'openchoreo.dev/display-name': of.displayName }),
  ...(of.description === undefined ? {} : { 'openchoreo.dev/description': of.description }),
});

/** The store for an operation that knows its caller alone: what it commits says on which request as well, and whatever else belongs to that. */
const underCause = (resources: Resources, { caller: _caller, action: _action, ...rest }: Cause): Resources => ({
  ...resources,
  commit: (own, changes, options) => resources.commit({ ...rest, ...own }, changes, options),
});

type DomainOf = (group: string, plural: string) => { domain: string } | undefined;

/** The domains' operations behind OpenChoreo's routes. */
export function createOperations({
  resources,
  sources,
  domainOf,
}: {
  resources: Resources;
  sources: Sources;
  domainOf: DomainOf;
}): OpenChoreoDependencies {
  const under = (cause: Cause) => ({ resources: underCause(resources, cause) });
  const kindOf = { apiVersion: apiVersionOf(Project), kind: Project.kind };
  return {
    resources,
    permissionFor: ({ group, plural, singular }, verb) => `${domainOf(group, plural)?.domain ?? 'unknown'}.${singular}.${verb}`,
    createProject: async (cause, { organization, name, deploymentPipeline, ...texts }) => {
      if (name === '') throw invalid('a project needs a name', [{ field: 'name', message: 'is required', type: 'FieldValueRequired' }]);
      const labels = { 'openchoreo.dev/organization': organization, 'openchoreo.dev/name': name };
      const object = {
        ...kindOf,
        metadata: { namespace: organization, name, labels, annotations: annotations(texts) },
        spec: { deploymentPipelineRef: deploymentPipeline || 'default-pipeline' },
      };
      await resources.commit(cause, [{ op: 'create', object }]);
    },
    createComponent: async (cause, { organization, project, component, type, build, ...texts }) => {
      if (component === '')
        throw invalid('a component needs a name', [{ field: 'name', message: 'is required', type: 'FieldValueRequired' }]);
      const object = {
        apiVersion: 'openchoreo.dev/v1alpha1',
        kind: 'Component',
        metadata: {
          namespace: organization,
          name: component,
          annotations: { 'openchoreo.dev/display-name': component, ...annotations(texts) },
        },
        spec: { owner: { projectName: project }, type, ...(build === undefined ? {} : { build }) },
      };
      await createComponent(under(cause), cause.caller, object);
    },
    listBindings: async ({ organization, project, component }, environments) => {
      const pipeline = await pipelineOfProject(resources, { organization, project });
      const wanted = environments.length === 0 ? environmentsOf(pipeline.spec ?? {}) : environments;
      const all = (await Promise.all(bindingRows.map((row) => bindingsOf(resources, row, { organization, component })))).flat();
      return wanted.flatMap((environment) => all.find(({ spec }) => spec?.environment === environment) ?? []);
    },
    promote: async (cause, input) => {
      await promoteComponent(under(cause), cause.caller, input);
    },
    rollback: async (cause, input) => {
      const { record } = await rollbackComponent(under(cause), cause.caller, input);
      return { componentRelease: record.spec?.componentRelease ?? '', deploymentRecord: record.metadata.name };
    },
    setReleaseState: (cause, input) => setReleaseState(under(cause), cause.caller, input),
    triggerBuild: (cause, input) => triggerBuild({ resources, sources }, cause, input),
  };
}
