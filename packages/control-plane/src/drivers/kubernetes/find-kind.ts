import { builtinKinds } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { isProblem, type Kind, unavailable } from '@fairway/resources/model';

interface ApiResource {
  name: string;
  singularName?: string;
  kind: string;
  namespaced: boolean;
}

const known = new Map(builtinKinds.map((kind) => [`${kind.group === '' ? '' : `${kind.group}/`}${kind.version}/${kind.kind}`, kind]));
const maxDiscovered = 2_000;
const readLimitBytes = 4 * 1024 * 1024;

export type KindFinder = (apiVersion: string, kind: string, signal: AbortSignal) => Promise<Kind | undefined>;

/** Finds how a cluster serves a kind: from our table for Kubernetes' own, by discovery for the rest. Undefined when the cluster does not have it. */
export function createKindFinder(client: ClusterClient): KindFinder {
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
    for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk;
      if (text.length > readLimitBytes)
        throw unavailable(`the cluster's list of kinds at ${path} is longer than ${readLimitBytes} characters`);
    }
    if (status === 404) return [];
    // Anything else says nothing about the kind: an overloaded cluster must not look like one without it.
    if (status !== 200) throw unavailable(`the cluster answered ${status} when asked for the kinds at ${path}`);
    return (parse(text, path) as { resources?: ApiResource[] }).resources ?? [];
  } catch (error) {
    if (isProblem(error, 'not-found')) return [];
    throw error;
  }
}

function parse(text: string, path: string): object {
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw unavailable(`the cluster's list of kinds at ${path} is not JSON`, cause);
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
