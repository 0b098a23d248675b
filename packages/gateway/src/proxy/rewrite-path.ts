import type { PathChange, Redirect } from '../routes/route-table.ts';
import type { Target } from './read-target.ts';

/** The path after a URLRewrite or RequestRedirect; `prefix` is the matched prefix without a slash at its end. */
export function rewritePath(path: string, prefix: string, change: PathChange | undefined): string {
  if (change === undefined) return path;
  if (change.type === 'ReplaceFullPath') return change.value;
  const rest = path.slice(prefix.length);
  const rewritten = change.value + (rest === '' || rest.startsWith('/') ? rest : `/${rest}`);
  return rewritten === '' ? '/' : rewritten;
}

/** The Location of a redirect. Without a port of its own it keeps the port that the client used, unless the scheme changes. */
export function redirectLocation(redirect: Redirect, target: Target, request: { hostHeader: string; prefix: string }): string {
  const scheme = redirect.scheme ?? 'http';
  const host = redirect.hostname ?? target.host;
  const usedPort = /:(\d+)$/.exec(request.hostHeader)?.[1];
  const port = redirect.port?.toString() ?? (redirect.scheme === undefined ? usedPort : undefined);
  const isDefault = port === undefined || (scheme === 'http' && port === '80') || (scheme === 'https' && port === '443');
  return `${scheme}://${host}${isDefault ? '' : `:${port}`}${rewritePath(target.path, request.prefix, redirect.path)}${target.search}`;
}
