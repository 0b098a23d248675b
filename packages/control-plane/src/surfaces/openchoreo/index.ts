/**
 * OpenChoreo's HTTP API: its routes, envelope, codes and messages over the same resources (docs/compatibility/openchoreo.md).
 * Translates only; what a route does is a domain's operation. Here are the routes that deploying needs; the others follow beside them.
 */
import type { Surface } from '#http';
import { applyRoutes } from './apply-routes.ts';
import { bindingRoutes } from './binding-routes.ts';
import { componentRoutes } from './component-routes.ts';
import type { OpenChoreoDependencies } from './dependencies.ts';
import { renderNoRoute, renderProblem } from './envelope.ts';
import { projectRoutes } from './project-routes.ts';
import { maxBodyBytes } from './read-request.ts';
import { withinOrganization } from './within-organization.ts';

export type { OpenChoreoDependencies } from './dependencies.ts';

export const createOpenChoreoSurface = (deps: OpenChoreoDependencies): Surface => ({
  name: 'openchoreo',
  prefixes: ['/api/v1/orgs', '/api/v1/apply', '/api/v1/delete'],
  challenge: 'Bearer',
  routes: [...projectRoutes(deps), ...componentRoutes(deps), ...bindingRoutes(deps), ...applyRoutes(deps)].map((route) =>
    withinOrganization(deps, { ...route, repeatable: { maxBodyBytes } }),
  ),
  renderProblem,
  renderNoRoute,
});
