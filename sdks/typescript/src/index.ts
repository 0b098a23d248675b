/**
 * Fairway's client for TypeScript: resources over the Kubernetes protocol and the platform's operations.
 * Runs on Node 20 and newer and in browsers; needs nothing but fetch. The CLI uses this and nothing else.
 * Start with client.ts; deployment.ts follows a commit to its URL.
 */
export { type BindingView, type BuildView, type ComponentPlace, createFairway, type Fairway } from './client.ts';
export {
  type BindingObject,
  type BuildObject,
  type DeploymentEvent,
  type FollowOptions,
  failureOf,
  followBinding,
  followDeployment,
} from './deployment.ts';
export {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  FairwayError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  TimeoutError,
  UnprocessableEntityError,
} from './errors.ts';
export { kinds } from './kinds.ts';
export type { KindPath, ListOptions, ResourceEvent, ResourceList, ResourceObject } from './resource-shapes.ts';
export type { ResourceClient } from './resources.ts';
export type { Call, TransportOptions } from './transport.ts';
