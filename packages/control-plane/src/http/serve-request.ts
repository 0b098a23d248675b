import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@fairway/resources/log';
import { type Caller, isPermitted, isProblem, lacksPermission, type Problem } from '@fairway/resources/model';
import Router from 'find-my-way';
import { createAnswerOnce, keyOf, type UseKey } from './answer-once.ts';
import { authenticate, type CheckToken } from './authenticate.ts';
import type { HttpLimits } from './limits.ts';
import type { RequestFigures } from './metrics.ts';
import { type ExchangeParts, RequestExchange } from './request-exchange.ts';
import type { Exchange, Method, Reply, Route, Surface } from './route.ts';
import { continueTrace, requestIdOf } from './trace.ts';

/** A caller that lacks a permission. */
export interface Refusal {
  principal: string;
  /** The route's operation. */
  action: string;
  permission: string;
  message: string;
  requestId: string;
  traceparent: string;
}

export interface HttpServerOptions {
  surfaces: readonly Surface[];
  checkToken: CheckToken;
  useKey: UseKey;
  figures: RequestFigures;
  /** Told once of every request whose caller lacks a permission, whichever surface refuses it. */
  onRefused: (refusal: Refusal) => void;
  log: Log;
  now: () => number;
  limits?: Partial<HttpLimits>;
}

const nobody: Caller = { principal: 'anonymous', permissions: [] };
const methods: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

type Count = (status: number, seconds: number) => void;
type Entry = { surface: Surface; route: Route; count: Count };
type Found = { entry: Entry; params: Record<string, string> };

export interface RequestHandler {
  serve(request: IncomingMessage, response: ServerResponse, upgrade?: Exchange['upgrade']): Promise<void>;
  /** True when the request asks for another protocol where a route has one. */
  upgrades(request: IncomingMessage): boolean;
}

const otherProtocols = /^(websocket|spdy\/3\.1)$/i;

/** The steps are always in this order: route → authenticate → permission → handler → answer or problem in the surface's words. */
export function createRequestHandler(options: HttpServerOptions, stopping: AbortSignal): RequestHandler {
  const { surfaces, figures, log } = options;
  const answerOnce = createAnswerOnce(options);
  const run = (route: Route, parts: ExchangeParts): Promise<Reply | undefined> => {
    const key = keyOf(parts.request, route);
    return key === undefined ? route.handle(new RequestExchange(parts)) : answerOnce(route, parts, key);
  };
  const router = Router({ ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: 512 });
  for (const surface of surfaces)
    for (const route of surface.routes)
      router.on([...route.methods], route.path, () => {}, { surface, route, count: figures.counter(route.operation, surface.name) });
  const lost = new Map(surfaces.map((surface) => [surface, figures.counter('none', surface.name)]));

  const serve: RequestHandler['serve'] = async (request, response, upgrade) => {
    const startedAt = options.now();
    const path = pathOf(request.url ?? '/');
    const requestId = requestIdOf(request.headers['x-request-id']);
    const traceparent = continueTrace(request.headers.traceparent);
    const headers = ['x-request-id', requestId, 'traceparent', traceparent];
    const found = findRoute(router, (request.method ?? 'GET') as Method, path);
    const surface = found?.entry.surface ?? surfaceOf(surfaces, path);
    let caller = nobody;
    const noteRefusal = ({ message, details: { permission } }: Problem): void => {
      const action = found?.entry.route.operation ?? 'none';
      if (permission !== undefined) options.onRefused({ principal: caller.principal, action, permission, message, requestId, traceparent });
    };
    figures.begin();
    try {
      let reply: Reply | undefined;
      if (found === undefined) reply = surface.renderNoRoute(methods.filter((method) => findRoute(router, method, path) !== undefined));
      else {
        const { entry, params } = found;
        const { route } = entry;
        if (route.permission !== 'public') caller = await authenticate(request, options.checkToken);
        requirePermission(route, caller);
        if (route.writesHead !== true) {
          response.setHeader('x-request-id', requestId);
          response.setHeader('traceparent', traceparent);
        }
        const parts = { request, response, caller, params, path, requestId, traceparent, headers, stopping, noteRefusal, upgrade };
        reply = await run(route, parts);
      }
      if (reply !== undefined) send(request, response, { reply, headers });
    } catch (error) {
      if (isProblem(error)) noteRefusal(error);
      answerProblem({ surface, error, request, response, headers, requestId, path, log });
    } finally {
      figures.end();
      const ms = options.now() - startedAt;
      (found?.entry.count ?? lost.get(surface))?.(response.statusCode, ms / 1000);
      log.debug('request', {
        method: request.method,
        path,
        status: response.statusCode,
        ms,
        operation: found?.entry.route.operation ?? 'none',
        principal: caller.principal,
        requestId,
        traceparent,
      });
    }
  };
  const upgrades = ({ method, url, headers }: IncomingMessage): boolean =>
    otherProtocols.test(headers.upgrade ?? '') && findRoute(router, method as Method, pathOf(url ?? '/'))?.entry.route.upgrades === true;
  return { serve, upgrades };
}

/** The surface that words an error for a path without a route: the one with the longest matching prefix. */
function surfaceOf(surfaces: readonly Surface[], path: string): Surface {
  const owner = surfaces
    .flatMap((surface) => surface.prefixes.map((prefix) => ({ surface, prefix })))
    .filter(({ prefix }) => path.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  const surface = owner?.surface ?? surfaces[0];
  if (surface === undefined) throw new Error('an HTTP server needs a surface');
  return surface;
}

function requirePermission({ permission }: Route, caller: Caller): void {
  if (permission === 'public' || permission === 'by-object' || isPermitted(caller, permission)) return;
  throw lacksPermission(permission, `${caller.principal} needs the permission ${permission} for this`);
}

function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

function findRoute(router: Router.Instance<Router.HTTPVersion.V1>, method: Method, path: string): Found | undefined {
  const hit = router.find(method, path);
  if (hit === null) return undefined;
  // No path of ours has optional parameters: each that is named is there.
  return { entry: hit.store as Entry, params: hit.params as Record<string, string> };
}

// A short text goes out with its head in one piece; a long one is copied once, not twice.
const maxTextChars = 16_384;

function send(request: IncomingMessage, response: ServerResponse, { reply, headers }: { reply: Reply; headers: readonly string[] }): void {
  const body = typeof reply.body === 'string' && reply.body.length > maxTextChars ? Buffer.from(reply.body) : reply.body;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(reply.status, [...headers, ...Object.entries(reply.headers ?? {}).flat(), 'content-length', String(length)]);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerProblem(args: {
  surface: Surface;
  error: unknown;
  request: IncomingMessage;
  response: ServerResponse;
  headers: readonly string[];
  requestId: string;
  path: string;
  log: Log;
}): void {
  const { surface, error, request, response, headers, requestId, path, log } = args;
  if (!isProblem(error)) log.error('a request failed unexpectedly', { error, requestId, path, surface: surface.name });
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const reply = surface.renderProblem(error, { requestId, path, request });
  const challenge = reply.status === 401 ? { 'www-authenticate': `${surface.challenge} realm="fairway"` } : {};
  const wait =
    isProblem(error) && error.details.retryAfterSeconds !== undefined ? { 'retry-after': String(error.details.retryAfterSeconds) } : {};
  // The rest of a body that nobody reads would be taken for the next request.
  const close = request.complete ? {} : { connection: 'close' };
  send(request, response, { reply: { ...reply, headers: { ...reply.headers, ...challenge, ...wait, ...close } }, headers });
  if (request.complete) return;
  // Read on for a moment, so that the client gets to see the answer instead of a reset; then cut, however much is still coming.
  request.resume();
  setTimeout(() => request.destroy(), 1_000).unref();
}
