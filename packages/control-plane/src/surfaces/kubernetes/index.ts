/**
 * The Kubernetes protocol: /k8s/control over the platform's own kinds, /k8s/clusters/NAME as an authenticated way to a cluster.
 * The protocol itself is packages/kubernetes/server; here are only its mount, its permissions and the proxy.
 */

import type { KubernetesHandler, RepeatableRequest } from '@fairway/kubernetes/server';
import { maxBodyBytes, renderProblem } from '@fairway/kubernetes/server';
import { isPermitted, isProblem, lacksPermission, notFound, Problem } from '@fairway/resources/model';
import type { Exchange, Method, Reply, Surface } from '#http';
import { type ProxyTarget, proxyCluster } from './proxy-cluster.ts';

export { authorizeAttempt } from './permission-of.ts';
export type { ProxyTarget } from './proxy-cluster.ts';
export interface KubernetesSurfaceDependencies {
  handler: KubernetesHandler;
  /** The API of a cluster that the caller's organization uses; undefined when there is none of that name. */
  cluster(name: string): Promise<ProxyTarget | undefined>;
}

const base = '/k8s/control';
const methods: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const proxyPermission = 'fleet.cluster.proxy';

export function createKubernetesSurface(deps: KubernetesSurfaceDependencies): Surface {
  const control = async (exchange: Exchange): Promise<Reply | undefined> => {
    const { request, response, caller, requestId, headers } = exchange;
    let reply: Reply | undefined;
    const repeatable = repeatableOf(exchange, (answer) => {
      reply = answer;
    });
    await deps.handler(request, response, {
      caller,
      basePath: base,
      requestId,
      headers,
      stopping: () => exchange.signal,
      onRefused: (problem) => exchange.refused(problem),
      ...(repeatable === undefined ? {} : { repeatable }),
    });
    return reply;
  };
  const proxy = async (exchange: Exchange): Promise<undefined> => {
    const { caller, params, path, request } = exchange;
    const name = params.name ?? '';
    // A cluster holds the workloads of all organizations, and the plane's credential opens all of it: for the installation's callers alone.
    if (caller.organization !== undefined) throw notFound('Cluster', name);
    if (!isPermitted(caller, proxyPermission))
      throw lacksPermission(proxyPermission, `${caller.principal} needs the permission ${proxyPermission} to reach a cluster`);
    const target = await deps.cluster(name);
    if (target === undefined) throw notFound('Cluster', name);
    const query = (request.url ?? '').indexOf('?');
    // The path as it was sent, escapes included: `/k8s/clusters/NAME`, and what is behind it.
    const parts = path.split('/');
    const own = parts.slice(0, 4).join('/');
    const rest = `/${parts.slice(4).join('/')}`;
    await proxyCluster(exchange, { target, base: own }, `${rest}${query === -1 ? '' : (request.url ?? '').slice(query)}`);
    return undefined;
  };
  return {
    name: 'kubernetes',
    prefixes: ['/k8s/'],
    challenge: 'Bearer',
    routes: [
      {
        methods,
        path: `${base}/*`,
        operation: 'kubernetes.control',
        permission: 'by-object',
        writesHead: true,
        repeatable: { maxBodyBytes },
        handle: control,
      },
      {
        methods,
        path: base,
        operation: 'kubernetes.control',
        permission: 'by-object',
        writesHead: true,
        repeatable: { maxBodyBytes },
        handle: control,
      },
      { methods, path: '/k8s/clusters/:name/*', operation: 'kubernetes.proxy', permission: 'by-object', upgrades: true, handle: proxy },
    ],
    renderProblem: (error, { requestId }) => statusReply(error, requestId),
    renderNoRoute: () =>
      statusReply(
        new Problem({
          reason: 'not-found',
          message: 'the server could not find the requested resource: /k8s/control and /k8s/clusters/NAME are served',
        }),
      ),
  };
}

/** Where the caller's key lets the request be repeated, its commits say so, and its answer is a reply. */
function repeatableOf(exchange: Exchange, take: (reply: Reply) => void): RepeatableRequest | undefined {
  const { keyUse } = exchange;
  if (keyUse === undefined) return undefined;
  return { readBody: (maxBytes) => exchange.body(maxBytes), also: () => [keyUse()], answer: take };
}

function statusReply(error: unknown, requestId?: string): Reply {
  const headers = { 'content-type': 'application/json' };
  if (isProblem(error)) {
    const { code, body } = renderProblem(error, () => undefined);
    return { status: code, headers, body: JSON.stringify(body) };
  }
  const message = `Internal error occurred (request ${requestId ?? 'unknown'}): see the server's log`;
  return {
    status: 500,
    headers,
    body: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: 'InternalError',
      code: 500,
    }),
  };
}
