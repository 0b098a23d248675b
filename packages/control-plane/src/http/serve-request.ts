import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@fairway/resources/log';
import { type Caller, isPermitted, isProblem, Problem } from '@fairway/resources/model';
import Router from 'find-my-way';
import { authenticate, type CheckToken } from './authenticate.ts';
import type { RequestFigures } from './metrics.ts';
import type { Method, Reply, Route, Surface } from './route.ts';
import { continueTrace, requestIdOf } from './trace.ts';

export interface HttpServerOptions {
  surfaces: readonly Surface[];
  checkToken: CheckToken;
  figures: RequestFigures;
  log: Log;
  now: () => number;
}

const nobody: Caller = { principal: 'anonymous', permissions: [] };
const methods: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

type Entry = { surface: Surface; route: Route };
type Found = Entry & { params: Record<string, string> };

/** The steps are always in this order: route → authenticate → permission → handler → answer or problem in the surface's words. */
export function createRequestHandler(
  options: HttpServerOptions,
  stopping: AbortSignal,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { surfaces, figures, log } = options;
  const router = Router({ ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: 512 });
  for (const surface of surfaces)
    for (const route of surface.routes) router.on([...route.methods], route.path, () => {}, { surface, route });

  return async (request, response) => {
    const startedAt = options.now();
    const { path, query } = splitTarget(request.url ?? '/');
    const requestId = requestIdOf(request.headers['x-request-id']);
    const traceparent = continueTrace(request.headers.traceparent);
    response.setHeader('x-request-id', requestId);
    response.setHeader('traceparent', traceparent);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, stopping]);
    const found = findRoute(router, (request.method ?? 'GET') as Method, path);
    const surface = found?.surface ?? surfaceOf(surfaces, path);
    let caller = nobody;
    figures.begin();
    try {
      const reply = await (async (): Promise<Reply | undefined> => {
        if (found === undefined) return surface.renderNoRoute(methods.filter((method) => findRoute(router, method, path) !== undefined));
        const { route, params } = found;
        if (route.permission !== 'public') caller = await authenticate(request, options.checkToken);
        if (route.permission !== 'public' && route.permission !== 'by-object' && !isPermitted(caller, route.permission))
          throw new Problem({ reason: 'forbidden', message: `${caller.principal} needs the permission ${route.permission} for this` });
        return route.handle({ request, response, caller, params, query, path, requestId, traceparent, signal });
      })();
      if (reply !== undefined) send(request, response, reply);
    } catch (error) {
      answerProblem({ surface, error, request, response, requestId, path, log });
    } finally {
      figures.end();
      const operation = found?.route.operation ?? 'none';
      const ms = options.now() - startedAt;
      figures.count(operation, surface.name, response.statusCode, ms / 1000);
      log.debug('request', {
        method: request.method,
        path,
        status: response.statusCode,
        ms,
        operation,
        principal: caller.principal,
        requestId,
        traceparent,
      });
    }
  };
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

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

function findRoute(router: Router.Instance<Router.HTTPVersion.V1>, method: Method, path: string): Found | undefined {
  const hit = router.find(method, path);
  if (hit === null) return undefined;
  const params = Object.fromEntries(Object.entries(hit.params).filter((pair): pair is [string, string] => pair[1] !== undefined));
  return { ...(hit.store as Entry), params };
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerProblem(args: {
  surface: Surface;
  error: unknown;
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  path: string;
  log: Log;
}): void {
  const { surface, error, request, response, requestId, path, log } = args;
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
  send(request, response, { ...reply, headers: { ...reply.headers, ...challenge, ...wait, ...close } });
  if (request.complete) return;
  // Read on for a moment, so that the client gets to see the answer instead of a reset; then cut, however much is still coming.
  request.resume();
  setTimeout(() => request.destroy(), 1_000).unref();
}
