import type { Scope } from '../labels.ts';

/**
 * Hosts of a component in an environment. Ours come first: the long one never collides, because every part is a DNS label and all four are
 * in it; the short one exists for the default organization and project. OpenChoreo's host stands last and goes to whoever had it first.
 */
export function webHosts(scope: Scope, endpoint?: string): string[] {
  const theirs = `${scope.component}-${scope.environment}`;
  return [...ownHosts(scope, endpoint), ...(endpoint === undefined && theirs.length <= 63 ? [`${theirs}.choreoapps.localhost`] : [])];
}

export const publicApiHosts = (scope: Scope): string[] => [...ownHosts(scope), openChoreoApiHost(scope)];

export const openChoreoApiHost = (scope: Scope): string => `${scope.environment}.choreoapis.localhost`;

export const organizationApiHost = (scope: Scope): string => `${scope.environment}.choreoapis.internal`;

/** The address that is shown to people first: the short one where there is one. */
export const shownHost = (scope: Scope, endpoint?: string): string => ownHosts(scope, endpoint).at(-1) ?? '';

/** A further endpoint of a web application has its name in front. */
function ownHosts({ component, project, environment, organization }: Scope, endpoint?: string): string[] {
  const front = endpoint === undefined ? '' : `${endpoint.toLowerCase().replace(/[^a-z0-9-]/g, '-')}.`;
  const short = organization === 'default' && project === 'default' ? [`${front}${component}.${environment}.localhost`] : [];
  return [`${front}${component}.${project}.${environment}.${organization}.localhost`, ...short];
}
