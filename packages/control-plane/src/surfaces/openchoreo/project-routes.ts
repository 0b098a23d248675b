import { Organization, Project } from '@fairway/contracts';
import { notFound } from '@fairway/resources/model';
import type { Route } from '#http';
import { causeOf } from './cause.ts';
import type { OpenChoreoDependencies } from './dependencies.ts';
import { list, success } from './envelope.ts';
import { readRequest } from './read-request.ts';
import { organizationView, projectView } from './views.ts';

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
        const { items } = await deps.resources.list(Organization);
        const seen = items.filter(({ metadata }) => caller.organization === undefined || caller.organization === metadata.name);
        return list(seen.map(organizationView));
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: base,
      operation: 'organization.get',
      permission: 'tenancy.organization.read',
      handle: async ({ params }) => {
        const found = await deps.resources.get(Organization, { name: params.org ?? '' });
        if (found === undefined) throw notFound(Organization.kind, params.org ?? '');
        return success(200, organizationView(found));
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: `${base}/projects`,
      operation: 'project.list',
      permission: 'catalog.project.read',
      handle: async ({ params }) => list((await deps.resources.list(Project, { namespace: params.org ?? '' })).items.map(projectView)),
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
