import { createHash } from 'node:crypto';
import { apiVersionOf, type Kind, kindId } from '@fairway/resources/model';
import { answer, answerMarked, contentHash, type Exchange } from './exchange.ts';
import { acceptsDiscovery } from './negotiate.ts';
import { scaleKind } from './scale-resources.ts';
import type { ServedKind, ServedKinds } from './served-kinds.ts';
import { noSuchResource } from './status-problem.ts';

const readVerbs = ['get', 'list', 'watch'];
const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const statusVerbs = ['get', 'patch', 'update'];

/** The subresources that really answer, with their verbs. */
const subresourcesOf = ({
  kind,
  writable,
  streams,
  connects,
}: ServedKind): { name: string; verbs: string[]; answers?: typeof scaleKind }[] => [
  ...(kind.hasStatus && writable ? [{ name: 'status', verbs: statusVerbs }] : []),
  ...(kind.scale !== undefined && writable ? [{ name: 'scale', verbs: statusVerbs, answers: scaleKind }] : []),
  ...[...streams.keys()].map((name) => ({ name, verbs: ['get'] })),
  ...[...connects.keys()].map((name) => ({ name, verbs: ['create', 'get'] })),
];

const responseKind = (kind: Kind) => ({ group: kind.group, version: kind.version, kind: kind.kind });

const aggregatedResource = (served: ServedKind) => {
  const { kind, writable } = served;
  const subresources = subresourcesOf(served).map(({ name, verbs, answers = responseKind(kind) }) => ({
    subresource: name,
    responseKind: answers,
    verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: responseKind(kind),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: writable ? allVerbs : readVerbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
};

const aggregated = (kinds: ServedKinds, groups: readonly string[], version: string) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: groups.map((group) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: (kinds.versions.get(group) ?? []).map((version) => ({
      version,
      resources: kinds.ofVersion(group, version).map(aggregatedResource),
      freshness: 'Current',
    })),
  })),
});

const apiGroup = (kinds: ServedKinds, name: string) => {
  const versions = (kinds.versions.get(name) ?? []).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
};

/** Changes when the kind's objects are stored in another version; of the length that kube-apiserver gives it. */
const storageVersionHash = ({ group, version, kind }: Kind): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');

const apiResources = ({ resources }: Exchange['options'], served: ServedKind) => {
  const { kind, writable } = served;
  const common = { singularName: kind.singular, namespaced: kind.namespaced, kind: kind.kind };
  return [
    {
      name: kind.plural,
      ...common,
      verbs: writable ? allVerbs : readVerbs,
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
      ...(writable ? { storageVersionHash: storageVersionHash(resources.kinds.get(kindId(kind)) ?? kind) } : {}),
    },
    ...subresourcesOf(served).map(({ name, verbs, answers }) => ({
      name: `${kind.plural}/${name}`,
      ...common,
      ...answers,
      singularName: '',
      verbs,
    })),
  ];
};

const answerNoPage = (exchange: Exchange): void =>
  answer(exchange, 404, '404 page not found\n', { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });

/** Groups that Kubernetes built in say that they have no such resource; of others' there is no page. */
export function answerNothingServed(exchange: Exchange, group: string): void {
  const isBuiltIn = exchange.kinds.versions.has(group) && (!group.includes('.') || group.endsWith('.k8s.io'));
  if (isBuiltIn) throw noSuchResource();
  answerNoPage(exchange);
}

/** `/`: what there is to read. */
export function answerPaths(exchange: Exchange, pages: readonly string[]): void {
  const groups = [...exchange.kinds.versions].flatMap(([group, versions]) => {
    const root = group === '' ? '/api' : `/apis/${group}`;
    return [...(group === '' ? [] : [root]), ...versions.map((version) => `${root}/${version}`)];
  });
  answer(exchange, 200, { paths: [...groups, ...pages].sort() });
}

/** `/api`, `/apis`: which groups there are, in the old form or with all their resources in one document. */
export function answerGroups(exchange: Exchange, root: 'api' | 'apis'): void {
  const { kinds, request } = exchange;
  const groups = [...kinds.versions.keys()].filter((group) => (group === '') === (root === 'api'));
  const version = acceptsDiscovery(request.headers.accept);
  if (version !== undefined) {
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const text = JSON.stringify(aggregated(kinds, groups, version));
    answerMarked(exchange, { text, hash: contentHash(text) }, { 'content-type': contentType, vary: 'Accept' });
  } else if (root === 'api') {
    const { localAddress = '', localPort = 0 } = request.socket;
    const serverAddress = `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress }];
    answer(exchange, 200, { kind: 'APIVersions', versions: kinds.versions.get('') ?? [], serverAddressByClientCIDRs });
  } else {
    answer(exchange, 200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => apiGroup(kinds, group)) });
  }
}

/** `/apis/GROUP`. */
export function answerGroup(exchange: Exchange, group: string): void {
  if (group === '' || !exchange.kinds.versions.has(group)) answerNoPage(exchange);
  else answer(exchange, 200, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(exchange.kinds, group) });
}

/** `/api/v1`, `/apis/GROUP/VERSION`. */
export function answerResources(exchange: Exchange, group: string, version: string): void {
  const served = exchange.kinds.ofVersion(group, version);
  if (served.length === 0) {
    answerNothingServed(exchange, group);
    return;
  }
  const groupVersion = apiVersionOf({ group, version });
  answer(exchange, 200, {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: served.flatMap((one) => apiResources(exchange.options, one)),
  });
}
