import type { GatewayProblem } from './answer-problem.ts';

/** The answers that the gateway gives by itself. Names in them come from the request or the route and are data in a JSON string. */
export const problems = {
  badTarget: (): GatewayProblem => ({
    status: 400,
    reason: 'BadRequest',
    detail: 'The request target or the Host header is not one. Send an absolute path and a plain host name.',
  }),
  longTarget: (most: number): GatewayProblem => ({
    status: 414,
    reason: 'TargetTooLong',
    detail: `The request target is longer than ${most} bytes. Send the data in the body.`,
    closes: true,
  }),
  unknownHost: (host: string): GatewayProblem => ({
    status: 404,
    reason: 'UnknownHost',
    detail: `No route leads to ${host}. Look at the URL that "fairway status" shows; an application that was just deployed gets its route when it is bound to an environment.`,
  }),
  unknownPath: (host: string): GatewayProblem => ({
    status: 404,
    reason: 'NoMatchingRule',
    detail: `${host} is known, but none of its routes matches this path, method and headers. Look at the HTTPRoutes of this host.`,
  }),
  refused: (status: number, detail: string): GatewayProblem => ({
    status,
    reason: status === 503 ? 'PolicyNotEnforced' : 'InvalidRoute',
    detail,
  }),
  brokenBackend: (detail: string): GatewayProblem => ({ status: 500, reason: 'InvalidBackend', detail }),
  notReady: (host: string, waitedMs: number): GatewayProblem => ({
    status: 503,
    reason: 'NoReadyEndpoint',
    detail: `${host} has no instance that is ready; the request waited ${Math.round(waitedMs / 1000)} s for one. The application may be starting, stopped or failing: "fairway status" and "fairway logs" say which.`,
    retryAfterSeconds: 5,
  }),
  notAccepting: (host: string): GatewayProblem => ({
    status: 503,
    reason: 'ConnectionRefused',
    detail: `The instances of ${host} are said to be ready but refuse connections. Does the application listen on the port in PORT, on 127.0.0.1? "fairway logs" shows its last lines.`,
    retryAfterSeconds: 5,
  }),
  tooManyHeld: (): GatewayProblem => ({
    status: 503,
    reason: 'TooManyWaiting',
    detail: 'No instance is ready and too many requests wait for one already. Try again when the application has started.',
    retryAfterSeconds: 10,
  }),
  noTable: (): GatewayProblem => ({
    status: 503,
    reason: 'RoutesNotLoaded',
    detail:
      'The gateway has not heard from the cluster since it started and has no saved routes. Is the local cluster running? "fairway doctor" says.',
    retryAfterSeconds: 2,
  }),
  internal: (): GatewayProblem => ({
    status: 500,
    reason: 'InternalError',
    detail: 'The gateway met an error of its own; its log tells which. Nothing can be said about whether the application got the request.',
    closes: true,
  }),
  lost: (): GatewayProblem => ({
    status: 502,
    reason: 'UpstreamClosed',
    detail:
      'The application closed the connection before it answered, and the request could not safely be sent again. "fairway logs" shows whether it crashed.',
  }),
  garbled: (): GatewayProblem => ({
    status: 502,
    reason: 'InvalidAnswer',
    detail: 'The application answered with something that is not HTTP, or with headers above the limit. "fairway logs" shows its output.',
  }),
  slow: (limitMs: number): GatewayProblem => ({
    status: 504,
    reason: 'UpstreamTimeout',
    detail: `The application did not begin to answer within ${Math.round(limitMs / 1000)} s. Long work belongs behind an answer that begins early, or set timeouts in the HTTPRoute.`,
  }),
  slowClient: (limitMs: number): GatewayProblem => ({
    status: 408,
    reason: 'RequestTimeout',
    detail: `The rest of the request did not come within ${Math.round(limitMs / 1000)} s.`,
    closes: true,
  }),
};
