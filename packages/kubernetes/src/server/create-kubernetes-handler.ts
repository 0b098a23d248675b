import type { IncomingMessage, ServerResponse } from 'node:http';
import { isProblem, systemClock } from '@fairway/resources/model';
import { connectSubresource } from './connect-subresource.ts';
import { deleteCollection, deleteObject } from './delete-resources.ts';
import { answerGroup, answerGroups, answerNothingServed, answerPaths, answerResources } from './discovery.ts';
import { answer, type Exchange } from './exchange.ts';
import type { KubernetesHandlerOptions, RequestContext, ServerVersion } from './handler-options.ts';
import { answerOpenApiIndex, answerOpenApiV2, answerOpenApiV3 } from './openapi.ts';
import { patchObject } from './patch-resources.ts';
import { getObject, listObjects } from './read-resources.ts';
import { internalError, renderProblem } from './render-problem.ts';
import { type ResourceTarget, resourceTarget } from './resource-target.ts';
import { answerScale } from './scale-resources.ts';
import { servedKindsOf } from './served-kinds.ts';
import { badRequest, methodNotAllowed, noSuchResource } from './status-problem.ts';
import { streamSubresource } from './stream-subresource.ts';
import { watchObjects } from './watch-resources.ts';
import { createObject, type NamedTarget, replaceObject } from './write-resources.ts';

export type KubernetesHandler = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => Promise<void>;

// The protocol that is spoken here. kubectl warns when it is more than one minor version away; nothing else reads it.
const spoken: ServerVersion = { major: '1', minor: '33', gitVersion: 'v1.33.0+fairway' };

function answerObjectRequest(exchange: Exchange, target: NamedTarget): Promise<void> {
  const { method } = exchange.request;
  const connect = target.subresource === undefined ? undefined : target.served.connects.get(target.subresource);
  if (connect !== undefined && (method === 'GET' || method === 'POST')) return connectSubresource(exchange, target, connect);
  const stream = target.subresource === undefined ? undefined : target.served.streams.get(target.subresource);
  if (stream !== undefined && method === 'GET') return streamSubresource(exchange, target, stream);
  const { scale } = target.served.kind;
  if (target.subresource === 'scale' && scale !== undefined) return answerScale(exchange, target, scale);
  if (target.subresource !== undefined && stream === undefined && !(target.subresource === 'status' && target.served.kind.hasStatus))
    throw noSuchResource();
  switch (method) {
    case 'GET':
    case 'HEAD':
      return getObject(exchange, target);
    case 'PUT':
      return replaceObject(exchange, target);
    case 'PATCH':
      return patchObject(exchange, target);
    case 'DELETE':
      return deleteObject(exchange, target);
    default:
      throw methodNotAllowed();
  }
}

function answerCollectionRequest(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const { request, query } = exchange;
  const isWatch = query.get('watch') === 'true' || query.get('watch') === '1';
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return isWatch ? watchObjects(exchange, target) : listObjects(exchange, target);
    case 'POST':
      if (target.served.kind.namespaced && target.namespace === undefined)
        throw badRequest('an empty namespace may not be set during creation');
      return createObject(exchange, target);
    case 'DELETE':
      return deleteCollection(exchange, target);
    default:
      throw methodNotAllowed();
  }
}

/** `from`: where the path goes on behind group and version. */
function answerResource(exchange: Exchange, groupVersion: { group: string; version: string }, from: number): void | Promise<void> {
  const target = resourceTarget(exchange.kinds, groupVersion, { segments: exchange.segments, from });
  if (target === undefined) return answerNothingServed(exchange, groupVersion.group);
  const { deprecation } = target.served.kind;
  if (deprecation !== undefined) exchange.warnings.push(deprecation);
  return isNamed(target) ? answerObjectRequest(exchange, target) : answerCollectionRequest(exchange, target);
}

const isNamed = (target: ResourceTarget): target is NamedTarget => target.name !== undefined;

function answerVersion(exchange: Exchange): void {
  const unsaid = { gitCommit: '', gitTreeState: '', buildDate: '', goVersion: '', compiler: '' };
  answer(exchange, 200, { ...(exchange.options.version ?? spoken), ...unsaid, platform: `${process.platform}/${process.arch}` });
}

/** Alive: the process answers. Ready: the store answers too. One check can be asked for alone, and all be listed. */
async function answerHealth(exchange: Exchange, name: 'healthz' | 'livez' | 'readyz', asked: readonly string[]): Promise<void> {
  const checks = name === 'readyz' ? ['ping', 'store'] : ['ping'];
  const [check] = asked;
  if (asked.length > 1 || (check !== undefined && !checks.includes(check))) throw noSuchResource();
  if (name === 'readyz' && check !== 'ping') await exchange.options.resources.currentVersion();
  const isVerbose = exchange.query.has('verbose') && check === undefined;
  const text = isVerbose ? `${checks.map((one) => `[+]${one} ok\n`).join('')}${name} check passed\n` : 'ok';
  answer(exchange, 200, text, { 'content-type': 'text/plain; charset=utf-8' });
}

type Page = (exchange: Exchange, rest: readonly string[]) => void | Promise<void>;

const alone =
  (page: (exchange: Exchange) => void | Promise<void>): Page =>
  (exchange, rest) => {
    if (rest.length > 0) throw noSuchResource();
    return page(exchange);
  };

/** What can be read beside the resources, by the first segment of the path. */
const pages: Readonly<Record<string, Page>> = {
  '': alone((exchange) =>
    answerPaths(exchange, ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version']),
  ),
  version: alone(answerVersion),
  healthz: (exchange, checks) => answerHealth(exchange, 'healthz', checks),
  livez: (exchange, checks) => answerHealth(exchange, 'livez', checks),
  readyz: (exchange, checks) => answerHealth(exchange, 'readyz', checks),
  api: (exchange, [version]) => (version === undefined ? answerGroups(exchange, 'api') : answerResources(exchange, '', version)),
  apis: (exchange, [group, version]) => {
    if (group === undefined) return answerGroups(exchange, 'apis');
    return version === undefined ? answerGroup(exchange, group) : answerResources(exchange, group, version);
  },
  openapi: (exchange, [version, ...rest]) => {
    if (version === 'v2' && rest.length === 0) return answerOpenApiV2(exchange);
    if (version !== 'v3') throw noSuchResource();
    return rest.length === 0 ? answerOpenApiIndex(exchange) : answerOpenApiV3(exchange, rest);
  },
};

function route(exchange: Exchange): void | Promise<void> {
  const { segments, request } = exchange;
  const [root = '', first = '', second = ''] = segments;
  if (root === 'api' && segments.length > 2) return answerResource(exchange, { group: '', version: first }, 2);
  if (root === 'apis' && segments.length > 3) return answerResource(exchange, { group: first, version: second }, 3);
  const page = Object.hasOwn(pages, root) ? pages[root] : undefined;
  if (page === undefined) throw noSuchResource();
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  return page(exchange, segments.slice(1));
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw badRequest('the path is not correctly encoded');
  }
}

function answerFailure(exchange: Exchange, error: unknown): void {
  const { response, request, options, context, kinds } = exchange;
  if (!isProblem(error))
    options.log.error('a request of the Kubernetes protocol failed', { error, requestId: context.requestId, method: request.method });
  if (isProblem(error, 'forbidden')) context.onRefused?.(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, body } = isProblem(error) ? renderProblem(error, kinds.byKind) : internalError(context.requestId);
  const retryAfter = body.details?.retryAfterSeconds;
  // An unread body would be taken for the next request on this connection.
  const close: Record<string, string> = request.complete ? {} : { connection: 'close' };
  answer(exchange, code, body, retryAfter === undefined ? close : { ...close, 'retry-after': String(retryAfter) });
}

const noQuery: URLSearchParams = new URLSearchParams();

/**
 * A request handler for `node:http` that speaks the Kubernetes protocol over a resource store, below any base path.
 * The caller is authenticated before; `authorize` decides on each request. Never rejects.
 */
export function createKubernetesHandler(options: KubernetesHandlerOptions): KubernetesHandler {
  const kinds = servedKindsOf(options);
  const clock = options.clock ?? systemClock;
  const watches = { open: 0 };
  return async (request, response, context) => {
    const url = request.url ?? '/';
    const cut = url.indexOf('?');
    const path = cut === -1 ? url : url.slice(0, cut);
    const query = cut === -1 ? noQuery : new URLSearchParams(url.slice(cut + 1));
    const asked = { request, response, context, query, segments: [], warnings: [] };
    const exchange: Exchange = { options, kinds: kinds(), kindsNow: kinds, clock, watches, ...asked };
    try {
      if (!path.startsWith(context.basePath)) throw noSuchResource();
      exchange.segments = segmentsOf(path.slice(context.basePath.length));
      const answered = route(exchange);
      if (answered !== undefined) await answered;
    } catch (error) {
      answerFailure(exchange, error);
    }
  };
}
