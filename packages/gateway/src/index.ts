/**
 * The gateway: the HTTP data path from a URL to the pods of an application, configured by the routes, services and endpoints that it watches.
 * It never starts or stops an application, writes nothing but HTTPRoute.status, its lease and the word that an endpoint is drained, and keeps
 * serving from its last table when the cluster is gone.
 * Start with routes/build-routes.ts (objects → table), then proxy/exchange.ts (one request's way), then gateway.ts (how it is joined).
 */
export { type Gateway, type GatewayDeps, startGateway } from './gateway.ts';
export { defaultLimits, type Limits } from './proxy/limits.ts';
export { buildRoutes } from './routes/build-routes.ts';
export { matchRequest } from './routes/match-request.ts';
export type { RouteObjects, RouteTable } from './routes/route-table.ts';
