/**
 * The plain surface: liveness, readiness, metrics, and the way to the other surfaces from /.
 * `/health` says that the process answers; `/ready` says that it can serve, and why not otherwise.
 */
import { isProblem, lacksPermission } from '@fairway/resources/model';
import { type Reply, type Route, type Surface, statusOf } from '#http';

export interface SystemSurfaceDependencies {
  /** What keeps this process from serving; empty when it is ready. */
  obstacles(): Promise<readonly string[]>;
  metrics(): Promise<string>;
  /** Paths of the surfaces, for people who open / in a browser. */
  surfaces: readonly { path: string; what: string }[];
}

const metricsPermission = 'system.metrics.read';

const text = (status: number, body: string): Reply => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body });

export function createSystemSurface(deps: SystemSurfaceDependencies): Surface {
  const routes: Route[] = [
    { methods: ['GET', 'HEAD'], path: '/health', operation: 'system.health', permission: 'public', handle: async () => text(200, 'OK') },
    {
      methods: ['GET', 'HEAD'],
      path: '/ready',
      operation: 'system.ready',
      permission: 'public',
      handle: async () => {
        const obstacles = await deps.obstacles();
        return obstacles.length === 0
          ? text(200, 'Ready')
          : { ...text(503, `${obstacles.join('\n')}\n`), headers: { 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' } };
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/metrics',
      operation: 'system.metrics',
      permission: metricsPermission,
      handle: async ({ caller }) => {
        // The figures are of all organizations.
        if (caller.organization !== undefined)
          throw lacksPermission(
            metricsPermission,
            `${caller.principal} is of one organization, and has the permission ${metricsPermission} there alone: metrics are of the whole installation`,
          );
        const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
        return { status: 200, headers, body: await deps.metrics() };
      },
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/',
      operation: 'system.index',
      permission: 'public',
      handle: async () => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: `${JSON.stringify({ name: 'Fairway', surfaces: deps.surfaces }, null, 2)}\n`,
      }),
    },
  ];
  return {
    name: 'system',
    prefixes: ['/'],
    challenge: 'Bearer',
    routes,
    renderProblem: (error, { requestId }) =>
      isProblem(error) ? text(statusOf[error.reason], `${error.message}\n`) : text(500, `internal error (request ${requestId})\n`),
    renderNoRoute: (allowed) =>
      allowed.length === 0
        ? text(404, '404 page not found\n')
        : { ...text(405, 'Method Not Allowed\n'), headers: { 'content-type': 'text/plain; charset=utf-8', allow: allowed.join(', ') } },
  };
}
