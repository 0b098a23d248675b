import { builtinKinds } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { isProblem, type Kind } from '@fairway/resources/model';

interface ApiResource {
  name: string;
  singularName?: string;
  kind: string;
  namespaced: boolean;
}

const known = new Map(builtinKinds.map((kind) => [`${kind.group === '' ? '' : `${kind.group}/`}${kind.version}/${kind.kind}`, kind]));
const maxDiscovered = 2_000;
const readLimitBytes = 4 * 1024 * 1024;

/** Finds how a cluster serves a kind: from our table for Kubernetes' own, by discovery for the rest. Undefined when the cluster does not have it. */
export function createKindFinder(
  client: ClusterClient,
): (apiVersion: string, kind: string, signal: AbortSignal) => Promise<Kind | undefined> {
  const discovered = new Map<string, Kind>();
  return async (apiVersion, kind, signal) => {
    const id = `${apiVersion}/${kind}`;
    const hit = known.get(id) ?? discovered.get(id);
    if (hit !== undefined) return hit;
    const slash = apiVersion.indexOf('/');
    const [group, version] = slash === -1 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
    const path = group === '' ? `/api/${encodeURIComponent(version)}` : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
    const resources = await readResources(client, path, signal);
    for (const resource of resources) {
      if (resource.name.includes('/') || discovered.size >= maxDiscovered) continue;
      discovered.set(`${apiVersion}/${resource.kind}`, asKind({ group, version }, resource));
    }
    return discovered.get(id);
  };
}

async function readResources(client: ClusterClient, path: string, signal: AbortSignal): Promise<ApiResource[]> {
  try {
    const { status, body } = await client.raw({ method: 'GET', path, headers: { accept: 'application/json' }, signal });
    let text = '';
    for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) if (text.length < readLimitBytes) text += chunk;
    return status === 200 ? ((JSON.parse(text) as { resources?: ApiResource[] }).resources ?? []) : [];
  } catch (error) {
    if (isProblem(error, 'not-found')) return [];
    throw error;
  }
}

const asKind = (gv: { group: string; version: string }, resource: ApiResource): Kind => ({
  ...gv,
  kind: resource.kind,
  plural: resource.name,
  singular: resource.singularName || resource.kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: resource.namespaced,
  schema: {},
  hasStatus: false,
  selectableFields: [],
  columns: [],
  subresources: [],
});
