import { Problem } from '@fairway/resources/model';

/** What a path needs to know of a kind; every `Kind` has it. */
export interface KindPath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** One segment, encoded. `.` and `..` stay as they are under encoding and would climb, so they are refused. */
function segment(value: string): string {
  if (value === '' || value === '.' || value === '..' || /[/%]/.test(value))
    throw new Problem({ reason: 'invalid', message: `${JSON.stringify(value)} cannot be part of an API path: use a name without / and %` });
  return encodeURIComponent(value);
}

/** `/apis/apps/v1/namespaces/default/deployments/web/status`; without a name the collection. */
export function resourcePath(kind: KindPath, at: { namespace?: string; name?: string; subresource?: string } = {}): string {
  const parts = kind.group === '' ? ['/api', segment(kind.version)] : ['/apis', segment(kind.group), segment(kind.version)];
  if (kind.namespaced && at.namespace !== undefined) parts.push('namespaces', segment(at.namespace));
  if (kind.namespaced && at.namespace === undefined && at.name !== undefined)
    throw new Problem({ reason: 'invalid', message: `${kind.plural} live in namespaces: say the namespace of "${at.name}"` });
  parts.push(segment(kind.plural));
  if (at.name !== undefined) parts.push(segment(at.name));
  if (at.subresource !== undefined) parts.push(segment(at.subresource));
  return parts.join('/');
}

/** `?a=b&c=d` of the values that are set; empty when there are none. */
export function queryText(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
