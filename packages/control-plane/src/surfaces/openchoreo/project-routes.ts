import { Organization, Project } from '@fairway/contracts';
import { notFound } from '@fairway/resources/model';
import type { Route } from '#http';
import { causeOf } from './cause.ts';
import type { OpenChoreoDependencies } from './dependencies.ts';
import { list, success } from './envelope.ts';
import { readRequest } from './read-request.ts';
import { projectView } from './views.ts';

const base = '/api/v1/orgs/:org';

export const projectRoutes = (deps: OpenChoreoDependencies): Route[] => {
  const projectOf = async (organization: string, name: string) => {
    const project = await deps.resources.get(Project, { namespace: organization, name });
    if (project === undefined) throw notFound('Project', name);
    return project;
  };
  return [
    {
      methods: ['GET', 'HEAD'],
      path: '/api/v1/orgs',
      operation: 'organization.list',
      permission: 'tenancy.organization.read',
      handle: async ({ caller }) => {
        const { items } = await deps.resources.list(Organization, { limit: 1_000 });
        const seen = items.filter(({ metadata }) => caller.organization === undefined || caller.organization === metadata.name);
        return list(
          seen.map(({ metadata, status }) => ({
            name: metadata.name,
            ...(status?.namespace === undefined ? {} : { namespace: status.namespace }),
            createdAt: metadata.creationTimestamp,
          })),
        );
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: `${base}/projects`,
      operation: 'project.list',
      permission: 'catalog.project.read',
      handle: async ({ params }) =>
        list((await deps.resources.list(Project, { namespace: params.org ?? '', limit: 1_000 })).items.map(projectView)),
    },
    {
      methods: ['POST'],
      path: `${base}/projects`,
      operation: 'project.create',
      permission: 'catalog.project.create',
      handle: async (exchange) => {
        const organization = exchange.params.org ?? '';
        const input = await readRequest<{ name?: string; displayName?: string; description?: string; deploymentPipeline?: string }>(
          exchange,
          'INVALID_JSON',
          [
            { name: 'name', type: 'string' },
            { name: 'displayName', type: 'string' },
            { name: 'description', type: 'string' },
            { name: 'deploymentPipeline', type: 'string' },
          ],
        );
        const { name = '', ...rest } = input;
        await deps.createProject(causeOf(exchange, 'project.create'), { organization, name, ...rest });
        return success(201, projectView(await projectOf(organization, name)));
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: `${base}/projects/:project`,
      operation: 'project.get',
      permission: 'catalog.project.read',
      handle: async ({ params }) => success(200, projectView(await projectOf(params.org ?? '', params.project ?? ''))),
    },
  ];
};
