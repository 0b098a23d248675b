import { type Case, clusters, failure, good, isCustom, noPage, noResource } from '../case.ts';
import { absent, exactly, holding, present, that } from '../match.ts';
import type { Subject } from '../subject.ts';

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** A group with kinds on each server. */
const groupOf = ({ group }: Subject): string => (group === '' ? 'apps' : group);
const root = ({ group }: Subject): string => (group === '' ? '/api' : '/apis');
const etag = /^"[0-9A-F]+"$/;

/** Asks again with what the first answer was marked with. */
async function again(s: Subject, path: string, accept?: string): Promise<unknown> {
  const form = accept === undefined ? {} : { accept };
  const first = good(await s.ask({ path, ...form }));
  const second = await s.ask({ path, ...form, headers: { 'if-none-match': first.headers.etag ?? '' } });
  return { etag: first.headers.etag, status: second.status, text: second.text, again: second.headers.etag === first.headers.etag };
}

const legacy: readonly Case[] = [
  {
    id: 'discovery/core-versions',
    because: 'the oldest clients begin here',
    run: (s) => s.ask({ path: '/api' }),
    expect: () => ({
      status: 200,
      body: exactly({
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: present }],
      }),
    }),
  },
  {
    id: 'discovery/groups',
    because: 'a client learns which groups there are',
    run: (s) => s.ask({ path: '/apis' }),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: holding({
          name: groupOf(s),
          versions: holding({ groupVersion: present, version: present }),
          preferredVersion: { groupVersion: present, version: present },
        }),
      },
    }),
  },
  {
    id: 'discovery/group',
    because: 'a group can be asked for alone',
    run: (s) => s.ask({ path: `/apis/${groupOf(s)}` }),
    expect: (s) => ({
      status: 200,
      body: { kind: 'APIGroup', apiVersion: 'v1', name: groupOf(s), versions: present, preferredVersion: present },
    }),
  },
  {
    id: 'discovery/resources',
    because: 'kubectl finds a kind by its names here',
    run: (s) => s.ask({ path: s.base }),
    expect: (s) => ({
      status: 200,
      body: {
        kind: 'APIResourceList',
        groupVersion: s.apiVersion,
        resources: holding({
          name: s.plural,
          singularName: s.singular,
          namespaced: true,
          kind: s.kind,
          verbs: that('all verbs', sameSet(verbs)),
        }),
      },
    }),
  },
  {
    id: 'discovery/storage-version-hash',
    because: 'a migrator sees by it that objects are stored in another form',
    run: (s) => s.ask({ path: s.base }),
    expect: (s) => ({ body: { resources: holding({ name: s.plural, storageVersionHash: /^[A-Za-z0-9+/]+=*$/ }) } }),
  },
  {
    id: 'discovery/resources-api-version',
    because: 'the list of the core group is older than lists with an apiVersion',
    run: (s) => s.ask({ path: s.base }),
    expect: (s) => ({ body: { kind: 'APIResourceList', apiVersion: isCustom(s) ? 'v1' : absent } }),
  },
  {
    id: 'discovery/short-names',
    because: 'people write cm, not configmaps',
    run: (s) => s.ask({ path: s.base }),
    expect: (s) => ({ body: { resources: holding({ name: s.plural, shortNames: [s.group === '' ? 'cm' : 'configgrp'] }) } }),
  },
  {
    id: 'discovery/subresources',
    because: 'status is a resource of its own',
    run: (s) => s.ask({ path: s.group === '' ? '/apis/apps/v1' : s.base }),
    expect: (s) => ({
      body: {
        resources: holding({
          name: s.group === '' ? 'deployments/status' : `${s.plural}/status`,
          singularName: '',
          namespaced: true,
          kind: s.group === '' ? 'Deployment' : s.kind,
          verbs: that('get, patch and update', sameSet(['get', 'patch', 'update'])),
        }),
      },
    }),
  },
  {
    id: 'discovery/unknown-group',
    because: 'an absent group is an absent page',
    run: (s) => s.ask({ path: '/apis/nothing.example.com' }),
    expect: () => noPage,
  },
  {
    id: 'discovery/unknown-version',
    because: 'so is an absent version of a group',
    run: (s) => s.ask({ path: `/apis/${groupOf(s)}/v9` }),
    expect: (s) => (isCustom(s) ? noPage : noResource),
  },
  {
    id: 'discovery/unknown-resource',
    because: 'a client tells an absent kind from an absent object by this',
    run: (s) => s.ask({ path: `${s.base}/namespaces/${s.namespace}/nothings` }),
    expect: (s) => (isCustom(s) ? noPage : noResource),
  },
  {
    id: 'discovery/root-paths',
    because: 'kubectl get --raw / shows what there is',
    run: (s) => s.ask({ path: '/' }),
    expect: (s) => ({
      status: 200,
      body: {
        paths: holding('/api', '/apis', `/apis/${groupOf(s)}`, '/healthz', '/livez', '/readyz', '/openapi/v2', '/openapi/v3', '/version'),
      },
    }),
  },
];

const aggregated: readonly Case[] = [
  {
    id: 'discovery/aggregated',
    because: 'one request in the place of one for each group',
    run: (s) => s.ask({ path: root(s), accept: aggregatedType }),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': aggregatedType, vary: 'Accept' },
      body: {
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
        metadata: {},
        items: holding({
          metadata: s.group === '' ? exactly({}) : { name: s.group },
          versions: [
            {
              version: s.version,
              freshness: 'Current',
              resources: holding({
                resource: s.plural,
                responseKind: exactly({ group: s.group, version: isCustom(s) ? s.version : '', kind: s.kind }),
                scope: 'Namespaced',
                singularResource: s.singular,
                verbs: that('all verbs', sameSet(verbs)),
              }),
            },
          ],
        }),
      },
    }),
  },
  {
    id: 'discovery/aggregated-subresources',
    because: 'a subresource stands with its resource',
    run: (s) => s.ask({ path: '/apis', accept: aggregatedType }),
    expect: (s) => ({
      body: {
        items: holding({
          metadata: { name: groupOf(s) },
          versions: [
            {
              resources: holding({
                resource: s.group === '' ? 'deployments' : s.plural,
                subresources: holding({
                  subresource: 'status',
                  responseKind: present,
                  verbs: that('get, patch and update', sameSet(['get', 'patch', 'update'])),
                }),
              }),
            },
          ],
        }),
      },
    }),
  },
  {
    id: 'discovery/aggregated-preferred',
    because: 'kubectl lists what it can get, newest form first',
    run: (s) =>
      s.ask({
        path: root(s),
        accept: `${aggregatedType},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
      }),
    expect: () => ({ status: 200, headers: { 'content-type': aggregatedType } }),
  },
  {
    id: 'discovery/aggregated-not-modified',
    because: 'clients keep discovery on disk and ask whether it is still true',
    run: (s) => again(s, root(s), aggregatedType),
    expect: () => ({ etag, status: 304, text: '', again: true }),
  },
  {
    id: 'discovery/aggregated-modified',
    because: 'another mark gets the whole',
    run: (s) => s.ask({ path: root(s), accept: aggregatedType, headers: { 'if-none-match': '"ABC"' } }),
    expect: () => ({ status: 200, body: { kind: 'APIGroupDiscoveryList' } }),
  },
];

const facts: readonly Case[] = [
  {
    id: 'version/fields',
    because: 'clients decide by major and minor what they may ask for',
    run: (s) => s.ask({ path: '/version' }),
    expect: () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        major: '1',
        minor: /^\d+$/,
        gitVersion: /^v1\.\d+\.\d+/,
        gitCommit: that('a text', isText),
        gitTreeState: that('a text', isText),
        buildDate: that('a text', isText),
        goVersion: that('a text', isText),
        compiler: that('a text', isText),
        platform: /^\w+\/\w+$/,
      },
    }),
  },
  ...['/healthz', '/livez', '/readyz', '/livez/ping', '/readyz/ping', '/healthz/ping'].map(
    (path): Case => ({
      id: `health${path}`,
      because: 'load balancers and tools wait for ok',
      run: (s) => s.ask({ path }),
      expect: () => ({ status: 200, text: 'ok', headers: { 'content-type': 'text/plain; charset=utf-8' } }),
    }),
  ),
  {
    id: 'health/verbose',
    because: 'people look at what is not well',
    run: (s) => s.ask({ path: '/readyz?verbose' }),
    expect: () => ({ status: 200, text: /^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/ }),
  },
  {
    id: 'health/unknown',
    because: 'a check that does not exist is not well',
    run: (s) => s.ask({ path: '/readyz/nothing' }),
    expect: () => ({ status: 404 }),
  },
  {
    id: 'access/bad-token',
    because: 'a client asks for a new token by this',
    run: (s) => s.ask({ path: s.collection, token: 'nonsense' }),
    expect: () => failure(401, 'Unauthorized', 'Unauthorized'),
  },
  {
    id: 'access/no-token',
    because: 'who says nothing may do nothing',
    run: (s) => s.ask({ path: s.collection, token: null }),
    expect: (s) =>
      failure(
        403,
        'Forbidden',
        `${s.qualified} is forbidden: User "system:anonymous" cannot list resource "${s.plural}" in API group "${s.group}" in the namespace "${s.namespace}"`,
        {
          ...(s.group === '' ? {} : { group: s.group }),
          kind: s.plural,
        },
      ),
  },
];

const v2Protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const schemasPath = ({ base }: Subject): string => `/openapi/v3${base}`;

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  [extension: string]: unknown;
}
/** The schema of a kind out of OpenAPI v3, by its extension. */
async function schemaOf(s: Subject, path: string, kind: string): Promise<{ name: string; schema: Schema | undefined }> {
  const { body } = good(await s.ask({ path }));
  const { schemas } = (body as { components: { schemas: Record<string, Schema> } }).components;
  const [name = '', schema] =
    Object.entries(schemas).find(([, one]) =>
      (one['x-kubernetes-group-version-kind'] as { kind: string }[] | undefined)?.some((known) => known.kind === kind),
    ) ?? [];
  return { name, schema };
}

const openapi: readonly Case[] = [
  {
    id: 'openapi/v3-index',
    because: 'kubectl explain asks for one group only',
    run: (s) => s.ask({ path: '/openapi/v3' }),
    expect: (s) => ({
      status: 200,
      body: { paths: { [s.base.slice(1)]: { serverRelativeURL: /\/openapi\/v3\/apis?\/\S+\?hash=[0-9A-F]+$/ } } },
    }),
  },
  {
    id: 'openapi/v3-by-hash',
    because: 'what is named by its content may be kept for ever',
    run: async (s) => {
      const { body } = good(await s.ask({ path: '/openapi/v3' }));
      const url = (body as { paths: Record<string, { serverRelativeURL: string }> }).paths[s.base.slice(1)]?.serverRelativeURL ?? '';
      // Behind a path of its own, the index names the path as clients see it.
      return s.ask({ path: url.slice(url.indexOf('/openapi/v3')) });
    },
    expect: () => ({
      status: 200,
      headers: { 'cache-control': 'public, immutable', etag: /^"[0-9A-F]+"$/, expires: present },
      body: { openapi: '3.0.0' },
    }),
  },
  {
    id: 'openapi/v3-wrong-hash',
    because: 'an old name leads to the present document',
    run: (s) => s.ask({ path: `${schemasPath(s)}?hash=00` }),
    expect: (s) => ({
      status: 301,
      headers: { location: that('the present hash', (value) => typeof value === 'string' && value.includes(`${schemasPath(s)}?hash=`)) },
    }),
  },
  {
    id: 'openapi/v3-not-modified',
    because: 'a document of a megabyte is not sent twice',
    run: (s) => again(s, schemasPath(s)),
    expect: () => ({ etag: present, status: 304, text: '', again: true }),
  },
  {
    id: 'openapi/v3-unknown',
    because: 'a group without a document has none',
    run: (s) => s.ask({ path: '/openapi/v3/apis/nothing.example.com/v1' }),
    expect: () => ({ status: 404 }),
  },
  {
    id: 'openapi/v3-kind',
    because: 'a client finds the schema of a kind by its extension',
    run: (s) => schemaOf(s, schemasPath(s), s.kind),
    expect: (s) => ({
      schema: {
        type: 'object',
        properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: present },
        'x-kubernetes-group-version-kind': [exactly({ group: s.group, version: s.version, kind: s.kind })],
      },
    }),
  },
  {
    id: 'openapi/v3-paths',
    because: 'whether a server validates fields is read here by kubectl',
    run: async (s) => {
      const { body } = good(await s.ask({ path: schemasPath(s) }));
      const path = `${s.base}/namespaces/{namespace}/${s.plural}/{name}`;
      const { paths } = body as { paths: Record<string, { patch?: { parameters: { name?: string }[]; 'x-kubernetes-action'?: string } }> };
      const patch = paths[path]?.patch;
      return { action: patch?.['x-kubernetes-action'], parameters: patch?.parameters.map(({ name }) => name) };
    },
    expect: () => ({ action: 'patch', parameters: holding('dryRun', 'fieldManager', 'fieldValidation', 'force') }),
  },
  {
    id: 'openapi/v3-list-map',
    because: 'the keys of lists decide what apply and a strategic merge patch do',
    on: clusters,
    run: async (s) => {
      const { body } = good(await s.ask({ path: '/openapi/v3/api/v1' }));
      const { schemas } = (body as { components: { schemas: Record<string, Schema> } }).components;
      const pod = schemas['io.k8s.api.core.v1.PodSpec']?.properties;
      const ports = schemas['io.k8s.api.core.v1.ServiceSpec']?.properties?.ports;
      return { containers: pod?.containers, ports };
    },
    expect: () => ({
      containers: {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-patch-strategy': 'merge',
      },
      ports: {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
        'x-kubernetes-patch-merge-key': 'port',
        'x-kubernetes-patch-strategy': 'merge',
      },
    }),
  },
  {
    id: 'openapi/v2',
    because: 'older clients read the old form',
    run: (s) => s.ask({ path: '/openapi/v2' }),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        swagger: '2.0',
        definitions: that(`a definition of ${s.kind}`, (value) => JSON.stringify(value).includes(`"kind":"${s.kind}"`)),
      },
    }),
  },
  {
    id: 'openapi/v2-paths',
    because: 'generators of clients read the paths',
    run: (s) => s.ask({ path: '/openapi/v2' }),
    expect: (s) => ({
      body: { paths: { [s.collection.replace(s.namespace, '{namespace}')]: { get: present, post: present, delete: present } } },
    }),
  },
  {
    id: 'openapi/v2-not-modified',
    because: 'nor is the old one',
    run: (s) => again(s, '/openapi/v2'),
    expect: () => ({ etag: present, status: 304, text: '', again: true }),
  },
  {
    id: 'openapi/v2-protobuf',
    because: 'kubectl asks for the old form as protobuf',
    run: async (s) => {
      const { status, headers, text } = await s.ask({ path: '/openapi/v2', accept: v2Protobuf });
      return { status, headers, isJson: text.startsWith('{') };
    },
    expect: () => ({
      status: 200,
      headers: { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' },
      isJson: false,
    }),
  },
];

export const discoveryCases: readonly Case[] = [...legacy, ...aggregated, ...facts, ...openapi];

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function sameSet(expected: readonly string[]): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.length === expected.length && expected.every((one) => value.includes(one));
}
