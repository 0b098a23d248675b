import { Build, Component, type ComponentBuild, Project } from '@fairway/contracts';
import { notFound } from '@fairway/resources/model';
import type { Exchange, Route } from '#http';
import { causeOf, placeOf } from './cause.ts';
import type { ComponentPlace, OpenChoreoDependencies } from './dependencies.ts';
import { list, success } from './envelope.ts';
import { invalidBody, readRequest } from './read-request.ts';
import { buildView, componentView } from './views.ts';

const project = '/api/v1/orgs/:org/projects/:project';
const component = `${project}/components/:component`;

interface BuildConfig {
  repoUrl?: string;
  repoBranch?: string;
  componentPath?: string;
  buildTemplateRef?: string;
  buildTemplateParams?: { name: string; value: string }[];
}

export const componentRoutes = (deps: OpenChoreoDependencies): Route[] => [
  {
    methods: ['GET', 'HEAD'],
    path: `${project}/components`,
    operation: 'component.list',
    permission: 'catalog.component.read',
    handle: async (exchange) => {
      const { organization, project: owner } = placeOf(exchange);
      if ((await deps.resources.get(Project, { namespace: organization, name: owner })) === undefined) throw notFound('Project', owner);
      const { items } = await deps.resources.list(Component, {
        namespace: organization,
        fieldSelector: `spec.owner.projectName=${owner}`,
      });
      return list(items.map((item) => componentView(item, { withBuild: true })));
    },
  },
  {
    methods: ['POST'],
    path: `${project}/components`,
    operation: 'component.create',
    permission: 'catalog.component.create',
    handle: async (exchange) => {
      const { organization, project: owner } = placeOf(exchange);
      const input = await readRequest<{
        name?: string;
        displayName?: string;
        description?: string;
        type?: string;
        buildConfig?: BuildConfig;
      }>(exchange, 'INVALID_JSON', [
        { name: 'name', type: 'string' },
        { name: 'displayName', type: 'string' },
        { name: 'description', type: 'string' },
        { name: 'type', type: 'string' },
        { name: 'buildConfig', type: 'object' },
      ]);
      const { name = '', type = '', buildConfig, ...rest } = input;
      const build = buildOf(buildConfig);
      await deps.createComponent(causeOf(exchange, 'component.create'), {
        organization,
        project: owner,
        component: name,
        type,
        ...rest,
        ...(build === undefined ? {} : { build }),
      });
      const made = await componentOf(deps, { organization, project: owner, component: name });
      const { displayName, ...view } = componentView(made, { withBuild: false }) as Record<string, unknown>;
      // The stored object has the name as its display name; the answer has it only if it was sent.
      return success(201, { ...view, ...(rest.displayName ? { displayName } : {}) });
    },
  },
  {
    methods: ['GET', 'HEAD'],
    path: component,
    operation: 'component.get',
    permission: 'catalog.component.read',
    handle: async (exchange) => {
      return success(200, componentView(await componentOf(deps, placeOf(exchange)), { withBuild: true }));
    },
  },
  {
    methods: ['POST'],
    path: `${component}/builds`,
    operation: 'build.trigger',
    permission: 'builds.build.create',
    handle: async (exchange) => {
      const commit = exchange.query.get('commit');
      const input = { ...placeOf(exchange), signal: exchange.signal, ...(commit === null || commit === '' ? {} : { commit }) };
      return success(201, buildView(await deps.triggerBuild(causeOf(exchange, 'build.trigger'), input), { isNew: true }));
    },
  },
  {
    methods: ['GET', 'HEAD'],
    path: `${component}/builds`,
    operation: 'build.list',
    permission: 'builds.build.read',
    handle: (exchange) => listBuilds(deps, exchange),
  },
];

async function listBuilds(deps: OpenChoreoDependencies, exchange: Exchange) {
  const place = placeOf(exchange);
  await componentOf(deps, place);
  const { items } = await deps.resources.list(Build, {
    namespace: place.organization,
    fieldSelector: `spec.owner.componentName=${place.component}`,
  });
  return list(items.map((build) => buildView(build, { isNew: false })));
}

/** The component, when it belongs to the project of the path. */
export async function componentOf(deps: OpenChoreoDependencies, place: ComponentPlace) {
  const { organization: namespace, project: owner, component: name } = place;
  if ((await deps.resources.get(Project, { namespace, name: owner })) === undefined) throw notFound('Project', owner);
  const found = await deps.resources.get(Component, { namespace, name });
  if (found === undefined || found.spec?.owner.projectName !== owner) throw notFound('Component', name);
  return found;
}

const texts = ['repoUrl', 'repoBranch', 'componentPath', 'buildTemplateRef'] as const;

/** Without an address there is no build section, as the original has it. */
function buildOf(config: BuildConfig | undefined): ComponentBuild | undefined {
  if (config === undefined) return undefined;
  const { repoUrl, buildTemplateParams: parameters } = config;
  const wrong = texts
    .filter((key) => config[key] !== undefined && config[key] !== null && typeof config[key] !== 'string')
    .map((key) => `buildConfig.${key} must be of type string`);
  if (parameters !== undefined && parameters !== null && !isParameters(parameters))
    wrong.push('buildConfig.buildTemplateParams must be a list of objects with the texts name and value');
  if (wrong.length > 0) throw invalidBody('INVALID_JSON', wrong.join('; '));
  if (repoUrl === undefined || repoUrl === null || repoUrl === '') return undefined;
  return {
    repository: { url: repoUrl, revision: { branch: config.repoBranch || 'main' }, appPath: config.componentPath || '.' },
    templateRef: { name: config.buildTemplateRef || 'fairway', ...(parameters ? { parameters } : {}) },
  };
}

const isParameters = (value: unknown): value is { name: string; value: string }[] =>
  Array.isArray(value) &&
  value.every(
    (entry: unknown) =>
      typeof entry === 'object' &&
      entry !== null &&
      typeof (entry as { name?: unknown }).name === 'string' &&
      typeof (entry as { value?: unknown }).value === 'string',
  );
