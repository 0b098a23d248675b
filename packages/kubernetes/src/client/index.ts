/**
 * The Kubernetes protocol as a client: one cluster over node:http(s), with deadlines, bounds and abort signals on everything.
 * Knows no kind and decides nothing; a cluster's Status becomes a Problem here, and no HTTP code leaves this room (but for `raw`).
 * Start with cluster-client.ts (the interface), then follow.ts (how a copy of a cluster's objects is kept fresh).
 */
export type {
  CallOptions,
  ClusterApplyOptions,
  ClusterClient,
  ClusterQuery,
  ClusterVersion,
  ListOptions,
  LogOptions,
  Patch,
  RemoveOptions,
  WatchOptions,
  WriteOptions,
} from './cluster-client.ts';
export type { ConnectionOptions, RawAnswer, RawRequest } from './connection.ts';
export { type ClusterClientOptions, createClusterClient } from './create-cluster-client.ts';
export type { Change, Follower, FollowOptions } from './follow.ts';
export { type Kubeconfig, readKubeconfig } from './read-kubeconfig.ts';
export { type KindPath, resourcePath } from './resource-path.ts';
export type { ClusterEvent } from './watch-stream.ts';
