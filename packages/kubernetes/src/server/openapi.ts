import type { Kind } from '@fairway/contracts';
import { apiVersionOf } from '@fairway/resources/model';
import { answer, answerMarked, contentHash, type Exchange, writeHead } from './exchange.ts';
import { namedSchemas, schemaName } from './openapi-schemas.ts';
import { openApiV2Protobuf, openApiV2ProtobufAnswerType, openApiV2ProtobufType } from './openapi-v2-protobuf.ts';
import { patchTypes } from './patch-resources.ts';
import type { ServedKind, ServedKinds } from './served-kinds.ts';
import { noSuchResource, protocolProblem } from './status-problem.ts';

const refPrefixV3 = '#/components/schemas/';
const refPrefixV2 = '#/definitions/';
const info = { title: 'Fairway', version: 'v1' };

const query = (name: string, description: string, type = 'string') => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});
const writeQueries = [
  query('dryRun', 'All: every check is made and nothing is stored.'),
  query('fieldManager', 'Who writes.'),
  // kubectl looks for this very parameter on PATCH before it leaves the validation of fields to the server.
  query('fieldValidation', 'What happens with unknown fields: Ignore, Warn (the default) or Strict.'),
];
const listQueries = [
  query('labelSelector', 'Selects by labels.'),
  query('fieldSelector', 'Selects by fields.'),
  query('limit', 'At most so many.', 'integer'),
  query('continue', 'Where the next page begins.'),
  query('resourceVersion', 'Not older than this version; for a watch: changes after it.'),
  query('watch', 'Changes instead of a list.', 'boolean'),
];

const schemaRef = (name: string) => ({ $ref: `${refPrefixV3}${name}` });
const json = (name: string) => ({ 'application/json': { schema: schemaRef(name) } });

/** One method of a path. `x-kubernetes-action` and the kind are what clients find it by. */
function operation(
  kind: Kind,
  action: string,
  { body, parameters = [], list = false }: { body?: object; parameters?: readonly object[]; list?: boolean },
) {
  const name = list ? `${schemaName(kind)}List` : schemaName(kind);
  return {
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
    parameters,
    ...(body === undefined ? {} : { requestBody: { required: true, content: body } }),
    responses: { 200: { description: 'OK', content: json(name) } },
  };
}

const anyObject = { schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
const patchBody = Object.fromEntries(patchTypes.map((type) => [type, anyObject]));

function objectOperations({ kind, writable }: ServedKind): object {
  if (!writable) return { get: operation(kind, 'get', {}) };
  return {
    get: operation(kind, 'get', {}),
    put: operation(kind, 'put', { body: json(schemaName(kind)), parameters: writeQueries }),
    patch: operation(kind, 'patch', {
      body: patchBody,
      parameters: [...writeQueries, query('force', 'Takes fields over from other managers.', 'boolean')],
    }),
    delete: operation(kind, 'delete', {}),
  };
}

function pathsOf(served: ServedKind): [string, object][] {
  const { kind, writable } = served;
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } });
  const collection = kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const namespace = kind.namespaced ? [inPath('namespace')] : [];
  const list = operation(kind, 'list', { parameters: listQueries, list: true });
  const create = writable ? { post: operation(kind, 'post', { body: json(schemaName(kind)), parameters: writeQueries }) } : {};
  const named = { ...objectOperations(served), parameters: [...namespace, inPath('name')] };
  const paths: [string, object][] = [
    [collection, { get: list, ...create, parameters: namespace }],
    [`${collection}/{name}`, named],
  ];
  if (kind.namespaced) paths.push([`${root}/${kind.plural}`, { get: list }]);
  if (kind.hasStatus && writable) paths.push([`${collection}/{name}/status`, named]);
  return paths;
}

const groupPath = (group: string, version: string): string => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

const documentV3 = (kinds: ServedKinds, group: string, version: string): string => {
  const served = kinds.ofVersion(group, version);
  return JSON.stringify({
    openapi: '3.0.0',
    info,
    paths: Object.fromEntries(served.flatMap(pathsOf)),
    components: {
      schemas: namedSchemas(
        served.map(({ kind }) => kind),
        refPrefixV3,
      ),
    },
  });
};

// The documents are pure functions of the kinds; kinds change seldom and a document of all built-in kinds takes some 10 ms to make.
const documents = new WeakMap<ServedKinds, Map<string, { text: string; hash: string }>>();

function keptDocument(kinds: ServedKinds, path: string, make: () => string): { text: string; hash: string } {
  const known = documents.get(kinds) ?? new Map<string, { text: string; hash: string }>();
  documents.set(kinds, known);
  let document = known.get(path);
  if (document === undefined) {
    const text = make();
    document = { text, hash: contentHash(text) };
    known.set(path, document);
  }
  return document;
}

const documentOf = (kinds: ServedKinds, group: string, version: string): { text: string; hash: string } =>
  keptDocument(kinds, groupPath(group, version), () => documentV3(kinds, group, version));

const yearMs = 365 * 24 * 3_600_000;

/** With the base path: kubectl 1.28 takes this address as it is, and newer ones do so when it is not rooted at /openapi/v3. */
const addressOf = ({ context }: Exchange, path: string, hash: string): string => `${context.basePath}/openapi/v3/${path}?hash=${hash}`;

/** `/openapi/v3`: where the documents of the groups are. The hash lets clients keep them for ever. */
export function answerOpenApiIndex(exchange: Exchange): void {
  const { kinds } = exchange;
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [group, versions] of kinds.versions)
    for (const version of versions) {
      const path = groupPath(group, version);
      paths[path] = { serverRelativeURL: addressOf(exchange, path, documentOf(kinds, group, version).hash) };
    }
  answer(exchange, 200, { paths });
}

/** `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`. */
export function answerOpenApiV3(exchange: Exchange, segments: readonly string[]): void {
  const { kinds, query: parameters, response, clock } = exchange;
  const [root, first, second, ...rest] = segments;
  const [group, version] = root === 'api' ? ['', first] : [first, second];
  if ((root !== 'api' && root !== 'apis') || group === undefined || version === undefined || rest.length > 0) throw noSuchResource();
  if (kinds.ofVersion(group, version).length === 0) throw noSuchResource();
  const document = documentOf(kinds, group, version);
  const asked = parameters.get('hash') ?? '';
  if (asked !== '' && asked !== document.hash) {
    writeHead(exchange, 301, { location: addressOf(exchange, groupPath(group, version), document.hash) });
    response.end();
    return;
  }
  const kept = asked === '' ? {} : { 'cache-control': 'public, immutable', expires: new Date(clock.now() + yearMs).toUTCString() };
  answerMarked(exchange, document, { vary: 'Accept', ...kept });
}

function documentV2(kinds: ServedKinds): { text: string; hash: string } {
  return keptDocument(kinds, '', () => {
    const definitions = namedSchemas(
      kinds.all.map(({ kind }) => kind),
      refPrefixV2,
    );
    return JSON.stringify({ swagger: '2.0', info, paths: {}, definitions });
  });
}

/** `/openapi/v2`: whole in JSON; in protobuf what kubectl 1.28 needs of it. */
export function answerOpenApiV2(exchange: Exchange): void {
  const accept = exchange.request.headers.accept ?? '*/*';
  if (accept.includes(openApiV2ProtobufType)) {
    answer(exchange, 200, openApiV2Protobuf(exchange.kinds), { 'content-type': openApiV2ProtobufAnswerType, vary: 'Accept' });
    return;
  }
  if (!/application\/json|\*\/\*|application\/\*/.test(accept))
    throw protocolProblem('NotAcceptable', `only the following media types are accepted: application/json, ${openApiV2ProtobufType}`);
  answerMarked(exchange, documentV2(exchange.kinds), { vary: 'Accept' });
}
