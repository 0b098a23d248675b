import type { Clock, Key, Kind, Page, Propagation, Resource, ResourceOf } from '@fairway/resources/model';
import type { Connection, RawAnswer, RawRequest } from './connection.ts';
import type { Follower, FollowOptions } from './follow.ts';
import type { ClusterEvent } from './watch-stream.ts';

export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface ClusterQuery {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface ListOptions extends ClusterQuery, CallOptions {
  /** Stops after the page that reaches this many; the answer then has a `continue`. Absent: all. */
  limit?: number;
  continue?: string;
}

export interface WriteOptions extends CallOptions {
  fieldManager?: string;
  dryRun?: boolean;
  subresource?: string;
}

export interface ClusterApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Takes fields over that other managers own; otherwise they are a `conflict`. */
  force?: boolean;
}

export interface RemoveOptions extends CallOptions {
  propagation?: Propagation;
  gracePeriodSeconds?: number;
  /** Another uid or version in the cluster is a `conflict`. */
  expect?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

export type Patch =
  | { type: 'merge' | 'strategic'; body: Readonly<Record<string, unknown>> }
  | { type: 'json'; body: readonly Readonly<Record<string, unknown>>[] };

export interface WatchOptions extends ClusterQuery {
  /** Changes after this version; absent: all present objects first. */
  resourceVersion?: string;
  signal: AbortSignal;
  /** The server ends the watch after this. */
  timeoutSeconds?: number;
  /** Nothing at all for so long is `unavailable`. Default 90 s; servers send a bookmark about once a minute. */
  idleTimeoutMs?: number;
}

export interface LogOptions {
  container?: string;
  follow?: boolean;
  previous?: boolean;
  timestamps?: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  sinceTime?: string;
  limitBytes?: number;
  signal?: AbortSignal;
}

export interface ClusterVersion {
  major: string;
  minor: string;
  gitVersion: string;
  platform?: string;
}

/** One cluster, over its Kubernetes API. Everything has a deadline; a Status of the cluster is thrown as a Problem. */
export interface ClusterClient {
  get<K extends Kind>(kind: K, key: Key, options?: CallOptions): Promise<ResourceOf<K> | undefined>;
  /** All pages in one answer, or up to `limit`. */
  list<K extends Kind>(kind: K, options?: ListOptions): Promise<Page<ResourceOf<K>>>;
  create<K extends Kind>(kind: K, object: Resource, options?: WriteOptions): Promise<ResourceOf<K>>;
  /** The object's resourceVersion, if it has one, is the guard. */
  replace<K extends Kind>(kind: K, object: Resource, options?: WriteOptions): Promise<ResourceOf<K>>;
  patch<K extends Kind>(kind: K, key: Key, patch: Patch & WriteOptions): Promise<ResourceOf<K>>;
  /** Server-side apply. */
  apply<K extends Kind>(kind: K, object: Resource, options: ClusterApplyOptions): Promise<ResourceOf<K>>;
  /** False when there was nothing to remove. */
  remove(kind: Kind, key: Key, options?: RemoveOptions): Promise<boolean>;
  /** One connection, until it closes. `follow` is what survives. */
  watch<K extends Kind>(kind: K, options: WatchOptions): AsyncIterable<ClusterEvent<ResourceOf<K>>>;
  /** List, then watch, for as long as `signal` is not aborted, over every kind of interruption. */
  follow<K extends Kind>(kind: K, query: ClusterQuery, options: FollowOptions<ResourceOf<K>>): Follower<ResourceOf<K>>;
  logs(pod: Key & { namespace: string }, options?: LogOptions): AsyncIterable<Uint8Array>;
  version(options?: CallOptions): Promise<ClusterVersion>;
  /** A request and its answer as they are, whatever the status; the cluster's credential takes the place of the caller's. */
  raw(request: RawRequest): Promise<RawAnswer>;
  /** Closes idle sockets; call it when nothing runs any more. */
  close(): void;
}

/** What follow() and the methods are built from. */
export interface ClientParts {
  connection: Connection;
  clock: Clock;
  /** 0 to 1; spreads reconnects so that clients do not return in step. */
  random: () => number;
}
