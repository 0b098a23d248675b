import { Organization } from '@fairway/contracts';
import { type Caller, notFound } from '@fairway/resources/model';
import type { Route } from '#http';
import type { OpenChoreoDependencies } from './dependencies.ts';
import { renderNoRoute } from './envelope.ts';

/** A caller of another organization learns nothing, not even whether this one exists. */
export function requireOrganization({ organization }: Caller, wanted: string | undefined): void {
  if (organization !== undefined && organization !== wanted) throw notFound(Organization.kind, wanted ?? '');
}

/**
 * Puts the question in front of every route of an organization, so that none can forget it. Reads of an organization that does not exist are
 * empty, as the original has it; nothing is ever written into one.
 */
export function withinOrganization(deps: OpenChoreoDependencies, route: Route): Route {
  if (!route.path.startsWith('/api/v1/orgs/:org')) return route;
  const writes = !route.methods.includes('GET');
  return {
    ...route,
    handle: async (exchange) => {
      const { org = '' } = exchange.params;
      // `…/projects/` is no project without a name, but no path of ours.
      if (Object.values(exchange.params).includes('')) return renderNoRoute([]);
      requireOrganization(exchange.caller, org);
      if (writes && (await deps.resources.getText(Organization, { name: org })) === undefined) throw notFound(Organization.kind, org);
      return route.handle(exchange);
    },
  };
}
