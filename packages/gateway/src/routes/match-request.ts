import type { Candidate, HostPaths, RouteTable } from './route-table.ts';

/** What a request is matched by. `header` and `query` are asked for only when a candidate looks at them. */
export interface RequestLine {
  /** Lower case, without a port. */
  host: string;
  /** Without the query; dot segments resolved. */
  path: string;
  method: string;
  header: (name: string) => string | undefined;
  query: (name: string) => string | undefined;
}

/** `unknown-host` and `unknown-path` are told apart because the way out differs. */
export type Match = Candidate | 'unknown-host' | 'unknown-path';

const fits = (candidate: Candidate, request: RequestLine): boolean => {
  if (candidate.method !== undefined && candidate.method !== request.method) return false;
  for (const [name, value] of candidate.headers) if (request.header(name) !== value) return false;
  for (const [name, value] of candidate.query) if (request.query(name) !== value) return false;
  return true;
};

const pick = (candidates: readonly Candidate[] | undefined, request: RequestLine): Candidate | undefined => {
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (fits(candidate, request)) return candidate;
  return undefined;
};

function matchPath(paths: HostPaths, request: RequestLine): Candidate | undefined {
  const { path } = request;
  const exact = pick(paths.exact.get(path), request);
  if (exact !== undefined) return exact;
  // Prefixes end at a slash or at the end of the path: from the longest that any route has, one segment less each time.
  let end = path.endsWith('/') ? path.length - 1 : path.length;
  if (end > paths.longestPrefix) {
    const slash = path.lastIndexOf('/', paths.longestPrefix);
    end = slash === -1 ? 0 : slash;
  }
  while (end > 0) {
    const found = pick(paths.prefixes.get(path.slice(0, end)), request);
    if (found !== undefined) return found;
    end = path.lastIndexOf('/', end - 1);
  }
  return pick(paths.prefixes.get(''), request);
}

/** Finds the rule for a request: the most specific host first, then the path, then the rest. */
export function matchRequest(table: RouteTable, request: RequestLine): Match {
  let isKnown = false;
  const exact = table.hosts.get(request.host);
  if (exact !== undefined) {
    isKnown = true;
    const found = matchPath(exact, request);
    if (found !== undefined) return found;
  }
  if (table.wildcards.size > 0) {
    for (let dot = request.host.indexOf('.'); dot !== -1; dot = request.host.indexOf('.', dot + 1)) {
      const paths = table.wildcards.get(request.host.slice(dot));
      if (paths === undefined) continue;
      isKnown = true;
      const found = matchPath(paths, request);
      if (found !== undefined) return found;
    }
  }
  if (table.anyHost !== undefined) {
    isKnown = true;
    const found = matchPath(table.anyHost, request);
    if (found !== undefined) return found;
  }
  return isKnown ? 'unknown-path' : 'unknown-host';
}
