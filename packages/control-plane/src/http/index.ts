/**
 * The HTTP room: from a socket to an operation and back. Route table, authentication, permission, limits, request ids, traces, metrics.
 * Knows no domain and no dialect: surfaces bring their routes and word their own problems.
 * Start with route.ts, then server.ts.
 */
export type { KeptAnswer, KeyUse, UseKey } from './answer-once.ts';
export { authenticate, type CheckToken, tokenOf } from './authenticate.ts';
export { defaultHttpLimits, type HttpLimits } from './limits.ts';
export { createRequestFigures, type RequestFigures } from './metrics.ts';
export { readBody, readJson } from './read-body.ts';
export type { Exchange, Method, Reply, Route, RoutePermission, Surface } from './route.ts';
export type { HttpServerOptions, Refusal } from './serve-request.ts';
export { createHttpServer, type HttpServer, type Listener, type ServerCertificate } from './server.ts';
export { statusOf } from './status-of.ts';
