/** A request target taken apart. `path` is what routes are matched by and what is sent on. */
export interface Target {
  host: string;
  /** The host with its port, as the application gets it. */
  authority: string;
  path: string;
  /** With its question mark, or empty. */
  search: string;
}

/** Host without port, lower case; undefined when it is none. */
function readHost(header: string): string | undefined {
  const bracket = header.startsWith('[') ? header.indexOf(']') : -1;
  const colon = header.indexOf(':', bracket + 1);
  // Applications make addresses of what they are sent: `a.localhost:1@elsewhere` would lead there.
  if (colon !== -1 && !/^\d{0,5}$/.test(header.slice(colon + 1))) return undefined;
  let host = (colon === -1 ? header : header.slice(0, colon)).toLowerCase();
  // A fully qualified name may end with a dot.
  if (host.endsWith('.')) host = host.slice(0, -1);
  return host.length > 0 && host.length <= 253 && /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(host) ? host : undefined;
}

const dotSegment = /\/(\.|%2e)/i;

/**
 * Dot segments are resolved before matching, and the resolved path is what is sent on: otherwise `/public/../admin` would pass by the rule for
 * `/public` and be answered by what lies under `/admin`.
 */
function resolveDots(path: string): string {
  if (!dotSegment.test(path)) return path;
  const out: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, index) => {
    const plain = segment.replaceAll(/%2e/gi, '.');
    if (plain !== '.' && plain !== '..') {
      out.push(segment);
      return;
    }
    if (plain === '..') out.pop();
    if (index === segments.length - 1) out.push('');
  });
  return `/${out.join('/')}`;
}

/** Takes origin-form (`/a?b`), absolute-form (`http://host/a`, whose host wins) and `*`; undefined for anything else. */
export function readTarget(url: string, hostHeader: string): Target | undefined {
  let rest = url;
  let authority = hostHeader;
  if (!url.startsWith('/')) {
    if (url === '*') {
      const host = readHost(authority);
      return host === undefined ? undefined : { host, authority, path: '*', search: '' };
    }
    const absolute = /^https?:\/\/([^/?#@]+)(.*)$/i.exec(url);
    if (absolute === null) return undefined;
    authority = absolute[1] ?? '';
    rest = absolute[2]?.startsWith('/') ? absolute[2] : `/${absolute[2] ?? ''}`;
  }
  const host = readHost(authority);
  if (host === undefined) return undefined;
  const mark = rest.indexOf('?');
  const path = resolveDots(mark === -1 ? rest : rest.slice(0, mark));
  return { host, authority, path, search: mark === -1 ? '' : rest.slice(mark) };
}
