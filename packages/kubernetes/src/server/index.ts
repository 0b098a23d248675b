/**
 * The Kubernetes protocol as a server: a plain node:http handler over a resource store, below any path.
 * Decides nothing: who may do what is `authorize`'s, what is a good object is the store's and its domains'. Authenticates nobody.
 * What kubectl's everyday verbs and informers need is here, also what connects with pods (../streams).
 * Start with create-kubernetes-handler.ts (the routes), then read-resources.ts and write-resources.ts.
 */
export { createKubernetesHandler, type KubernetesHandler } from './create-kubernetes-handler.ts';
export type {
  Attempt,
  ConnectHandler,
  KubernetesHandlerOptions,
  RepeatableRequest,
  RequestContext,
  ServerVersion,
  SubresourceHandler,
  TableColumns,
  Verb,
  VirtualKind,
} from './handler-options.ts';
export { humanDuration } from './human-duration.ts';
export { maxBodyBytes } from './read-body.ts';
export { renderProblem } from './render-problem.ts';
