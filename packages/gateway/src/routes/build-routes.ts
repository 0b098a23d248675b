import { type ClusterView, type CompiledMatch, type CompiledRule, compileRule } from './compile-rule.ts';
import { type Clash, judgeRoute } from './judge-route.ts';
import { drainingEndpoints, groupSlices } from './read-endpoints.ts';
import { demandingPolicies, policyOver } from './read-policies.ts';
import type { Candidate, HostPaths, HttpRoute, RouteObjects, RouteTable, RouteVerdict } from './route-table.ts';

interface PathSlot {
  /** Who holds the path: the first (oldest) route that came. */
  owner: HttpRoute;
  candidates: Candidate[];
  /** Which route holds which match. */
  words: Map<string, HttpRoute>;
}

interface HostDraft {
  exact: Map<string, PathSlot>;
  prefixes: Map<string, PathSlot>;
}

const nameOf = (route: HttpRoute): string => `${route.metadata.namespace ?? ''}/${route.metadata.name}`;
const hostsOf = (route: HttpRoute): string[] => {
  const hostnames = route.spec?.hostnames ?? [];
  return hostnames.length === 0 ? ['*'] : [...new Set(hostnames.map((hostname) => hostname.toLowerCase()))];
};

/** Oldest first: who was there keeps what it has. */
const byAge = (left: HttpRoute, right: HttpRoute): number => {
  const [a, b] = [left.metadata.creationTimestamp ?? '', right.metadata.creationTimestamp ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  return nameOf(left) < nameOf(right) ? -1 : 1;
};

/** Gateway API's order below a path: method, then number of headers, then of query parameters; the sort is stable, so age and place decide the rest. */
const byPrecedence = (left: Candidate, right: Candidate): number =>
  Number(right.method !== undefined) - Number(left.method !== undefined) ||
  right.headers.length - left.headers.length ||
  right.query.length - left.query.length;

/**
 * Puts a match into its place, or answers who has that place. A path of a host belongs to one namespace: a foreign route with a header more
 * could otherwise take a part of its traffic.
 */
function place(draft: HostDraft, match: CompiledMatch, route: HttpRoute): HttpRoute | undefined {
  const paths = match.path.type === 'Exact' ? draft.exact : draft.prefixes;
  const slot = paths.get(match.path.value);
  if (slot === undefined) {
    paths.set(match.path.value, { owner: route, candidates: [match.candidate], words: new Map([[match.words, route]]) });
    return undefined;
  }
  if (slot.owner.metadata.namespace !== route.metadata.namespace) return slot.owner;
  const holder = slot.words.get(match.words);
  // Within one route a repeated match is no clash: the earlier rule wins.
  if (holder !== undefined) return holder === route ? undefined : holder;
  slot.words.set(match.words, route);
  slot.candidates.push(match.candidate);
  return undefined;
}

const finishPaths = (slots: Map<string, PathSlot>): Map<string, readonly Candidate[]> =>
  new Map([...slots].map(([path, slot]) => [path, slot.candidates.sort(byPrecedence)]));

const finishHost = (draft: HostDraft): HostPaths => ({
  exact: finishPaths(draft.exact),
  prefixes: finishPaths(draft.prefixes),
  longestPrefix: Math.max(0, ...[...draft.prefixes.keys()].map((prefix) => prefix.length)),
});

function addRoute(route: HttpRoute, rules: readonly CompiledRule[], hosts: Map<string, HostDraft>): { clashes: Clash[]; placed: number } {
  const clashes: Clash[] = [];
  let placed = 0;
  for (const host of hostsOf(route)) {
    let draft = hosts.get(host);
    if (draft === undefined) {
      draft = { exact: new Map(), prefixes: new Map() };
      hosts.set(host, draft);
    }
    for (const match of rules.flatMap((rule) => rule.matches)) {
      const holder = place(draft, match, route);
      if (holder === undefined) placed += 1;
      else
        clashes.push({
          host,
          path: match.path.value || '/',
          holder: nameOf(holder),
          isForeign: holder.metadata.namespace !== route.metadata.namespace,
        });
    }
  }
  return { clashes, placed };
}

const isOurs = (route: HttpRoute): boolean =>
  route.metadata.deletionTimestamp === undefined &&
  (route.spec?.parentRefs ?? []).some(
    (parent) => (parent.kind ?? 'Gateway') === 'Gateway' && (parent.group ?? 'gateway.networking.k8s.io') === 'gateway.networking.k8s.io',
  );

/** Makes the routing table of what the cluster holds. Pure: the same objects give the same table. */
export function buildRoutes(objects: RouteObjects): RouteTable {
  const view: ClusterView = {
    services: new Map(objects.services.map((service) => [`${service.metadata.namespace ?? ''}/${service.metadata.name}`, service])),
    slices: groupSlices(objects.slices),
  };
  const policies = demandingPolicies(objects.policies);
  const hosts = new Map<string, HostDraft>();
  const verdicts: RouteVerdict[] = [];
  const endpointKeys = new Set<string>();
  for (const route of objects.httpRoutes.filter(isOurs).sort(byAge)) {
    const policy = policyOver(route, policies);
    const rules = (route.spec?.rules ?? [{}]).map((rule) => compileRule(route, rule, view, policy));
    const { clashes, placed } = addRoute(route, rules, hosts);
    verdicts.push({ route, conditions: judgeRoute({ rules, clashes, placed, policy }) });
    for (const rule of rules)
      for (const match of rule.matches)
        for (const backend of match.candidate.action.backends) for (const endpoint of backend.endpoints) endpointKeys.add(endpoint.key);
  }
  const finished = [...hosts].map(([host, draft]) => [host, finishHost(draft)] as const);
  return {
    hosts: new Map(finished.filter(([host]) => !host.startsWith('*'))),
    wildcards: new Map(finished.filter(([host]) => host.startsWith('*.')).map(([host, paths]) => [host.slice(1), paths])),
    anyHost: finished.find(([host]) => host === '*')?.[1],
    endpointKeys,
    draining: drainingEndpoints(objects.slices),
    verdicts,
  };
}
