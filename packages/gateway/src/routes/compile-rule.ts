import type { BackendReference, HttpRouteRule } from '@fairway/contracts/builtin';
import { readDuration } from './read-duration.ts';
import { endpointsOf } from './read-endpoints.ts';
import { type Filters, readFilters } from './read-filters.ts';
import type { Backend, Candidate, ClusterService, HttpRoute, RouteAction, Slice } from './route-table.ts';

/** What a rule may look up; made once for all rules. */
export interface ClusterView {
  services: ReadonlyMap<string, ClusterService>;
  slices: ReadonlyMap<string, readonly Slice[]>;
}

export interface CompiledMatch {
  path: { type: 'Exact' | 'PathPrefix'; value: string };
  candidate: Candidate;
  /** Two matches with the same words can never both be reached. */
  words: string;
}

/** Why a reference leads nowhere, in Gateway API's reasons. */
interface ReferenceProblem {
  reason: 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound' | 'UnsupportedProtocol';
  message: string;
}

export interface CompiledRule {
  matches: readonly CompiledMatch[];
  /** What this gateway cannot keep; such a rule answers 500. */
  unsupported: readonly string[];
  references: readonly ReferenceProblem[];
}

type Match = NonNullable<HttpRouteRule['matches']>[number];

function compileBackend(
  reference: BackendReference,
  route: HttpRoute,
  view: ClusterView,
): { backend: Backend; problem?: ReferenceProblem } {
  const { namespace: own = '' } = route.metadata;
  const namespace = reference.namespace ?? own;
  const filters = readFilters(reference.filters);
  const base = { weight: reference.weight ?? 1, requestHeaders: filters.requestHeaders, responseHeaders: filters.responseHeaders };
  const broken = (reason: ReferenceProblem['reason'], message: string) => ({
    backend: { ...base, endpoints: [], broken: message },
    problem: { reason, message },
  });
  if ((reference.group ?? '') !== '' || (reference.kind ?? 'Service') !== 'Service')
    return broken('InvalidKind', `The backend ${reference.name} is a ${reference.kind ?? 'Service'}; only a Service can be one.`);
  if (namespace !== own)
    return broken('RefNotPermitted', `The backend ${namespace}/${reference.name} lies in another namespace. Name a Service of ${own}.`);
  if (reference.port === undefined)
    return broken('BackendNotFound', `The backend ${reference.name} names no port. Add one of the Service's ports.`);
  if (filters.problem !== undefined || filters.redirect !== undefined || filters.path !== undefined || filters.hostname !== undefined)
    return broken('UnsupportedProtocol', `A backend can change headers only: ${filters.problem ?? 'move other filters to the rule'}.`);
  const id = `${namespace}/${reference.name}`;
  const service = view.services.get(id);
  // An absent Service may be on its way (a route is often applied first), so requests wait for it as they do for an endpoint.
  if (service === undefined)
    return { backend: { ...base, endpoints: [] }, problem: { reason: 'BackendNotFound', message: `There is no Service ${id}.` } };
  if (!service.spec?.ports?.some((port) => port.port === reference.port))
    return broken(
      'BackendNotFound',
      `The Service ${id} has no port ${reference.port}. It has ${(service.spec?.ports ?? []).map((port) => port.port).join(', ') || 'none'}.`,
    );
  return { backend: { ...base, endpoints: endpointsOf(service, reference.port, view.slices.get(id) ?? []) } };
}

function compileMatch(match: Match, action: RouteAction): CompiledMatch | string {
  const type = match.path?.type ?? 'PathPrefix';
  const value = match.path?.value ?? '/';
  if (type !== 'Exact' && type !== 'PathPrefix') return 'a path is matched by Exact or PathPrefix, not by a regular expression';
  if (!value.startsWith('/') || /[?#\s]/.test(value) || value.includes('//') || /\/\.{1,2}(\/|$)/.test(value))
    return `${JSON.stringify(value)} is not a path`;
  const fields = [...(match.headers ?? []), ...(match.queryParams ?? [])];
  if (fields.some((each) => (each.type ?? 'Exact') !== 'Exact'))
    return 'headers and query parameters are matched exactly, not by a regular expression';
  const path = type === 'Exact' ? value : value.replace(/\/+$/, '');
  const headers = (match.headers ?? []).map((each) => [each.name.toLowerCase(), each.value] as const);
  const query = (match.queryParams ?? []).map((each) => [each.name, each.value] as const);
  return {
    path: { type, value: path },
    candidate: { method: match.method, headers, query, prefix: path, action },
    words: JSON.stringify([type, path, match.method ?? '', [...headers].sort(), [...query].sort()]),
  };
}

function actionOf(route: HttpRoute, rule: HttpRouteRule, parts: { filters: Filters; backends: readonly Backend[] }): RouteAction {
  const { filters, backends } = parts;
  return {
    route: `${route.metadata.namespace ?? ''}/${route.metadata.name}`,
    backends,
    redirect: filters.redirect,
    hostname: filters.hostname,
    path: filters.path,
    requestHeaders: filters.requestHeaders,
    responseHeaders: filters.responseHeaders,
    timeoutMs: readDuration(rule.timeouts?.request) ?? 0,
    backendTimeoutMs: readDuration(rule.timeouts?.backendRequest) ?? 0,
    refusal: undefined,
  };
}

/** What is asked for and cannot be done; a rule with one of these answers nothing but that. */
function unsupportedIn(rule: HttpRouteRule, filters: Filters): string[] {
  const found = filters.problem === undefined ? [] : [filters.problem];
  for (const text of [rule.timeouts?.request, rule.timeouts?.backendRequest])
    if (readDuration(text) === undefined) found.push(`${JSON.stringify(text)} is not a duration such as 30s`);
  if (filters.redirect !== undefined && (rule.backendRefs ?? []).length > 0) found.push('a rule redirects or has backends, not both');
  if (rule.sessionPersistence !== undefined) found.push('session persistence is not offered');
  return found;
}

/** Turns one rule of an HTTPRoute into candidates for the table, and says what in it cannot be kept. */
export function compileRule(route: HttpRoute, rule: HttpRouteRule, view: ClusterView, policy: string | undefined): CompiledRule {
  const filters = readFilters(rule.filters);
  const backends = (rule.backendRefs ?? []).map((reference) => compileBackend(reference, route, view));
  const unsupported = unsupportedIn(rule, filters);
  const action = actionOf(route, rule, { filters, backends: backends.map((each) => each.backend) });
  if (policy !== undefined)
    action.refusal = {
      status: 503,
      detail: `${policy} wants to protect this route, and this gateway cannot enforce it yet, so nothing is let through. Remove the policy, or use a cluster whose gateway enforces it.`,
    };
  else if (unsupported.length > 0)
    action.refusal = {
      status: 500,
      detail: `The route ${action.route} asks for what this gateway does not offer: ${unsupported.join('; ')}.`,
    };
  else if (action.redirect === undefined && !action.backends.some((backend) => backend.weight > 0))
    action.refusal = {
      status: 500,
      detail: `The route ${action.route} has no backend for this path. Add a backendRef with a weight above 0.`,
    };
  const matches: CompiledMatch[] = [];
  const asked = rule.matches ?? [];
  for (const match of asked.length === 0 ? [{}] : asked) {
    const compiled = compileMatch(match, action);
    if (typeof compiled === 'string') unsupported.push(compiled);
    else matches.push(compiled);
  }
  return { matches, unsupported, references: backends.flatMap((each) => (each.problem === undefined ? [] : [each.problem])) };
}
