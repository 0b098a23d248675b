import type { Duplex } from 'node:stream';
import type { Log } from '@fairway/resources/log';
import type {
  AnyResource,
  Caller,
  Change,
  Clock,
  Key,
  Kind,
  KindId,
  ListQuery,
  Page,
  Problem,
  Resource,
  Resources,
  WatchEvent,
  WatchQuery,
} from '@fairway/resources/model';
import type { CommandStreams, OpenPort, RemoteCommand } from '../streams/index.ts';

/** Kubernetes' verbs, as an authorizer sees them. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export interface Attempt {
  caller: Caller;
  verb: Verb;
  group: string;
  plural: string;
  subresource?: string;
  /** Absent for cluster-scoped kinds and for all namespaces. */
  namespace?: string;
  name?: string;
}

/** A read-only kind that is computed from others, for example Namespace as a view of Organization. */
export interface VirtualKind {
  kind: Kind;
  get(key: Key, caller: Caller): Promise<Resource | undefined>;
  /** Selectors are the view's to honour; limit and continue it may leave out. */
  list(query: ListQuery, caller: Caller): Promise<Page<Resource>>;
  watch(query: WatchQuery, signal: AbortSignal, caller: Caller): AsyncIterable<WatchEvent>;
}

/** A request that its caller may repeat by a key: the one who serves it must see its body, its commits and its answer. */
export interface RepeatableRequest {
  /** Reads the body in the place of the handler, when the caller has been found to be allowed. */
  readBody(maxBytes: number): Promise<Buffer>;
  /** Belongs into every commit of the request. Asked when the body has been read. */
  also(): readonly Change[];
  /** Takes the whole answer; the handler writes nothing. */
  answer(answer: { status: number; headers: Readonly<Record<string, string>>; body: string | Buffer }): void;
}

/** Answers GET of a subresource with a stream, for example a pod's log. */
export type SubresourceHandler = (args: {
  key: Key;
  query: URLSearchParams;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
  caller: Caller;
}) => Promise<{ contentType: string; body: AsyncIterable<Uint8Array> }>;

interface ConnectCall {
  key: Key;
  query: URLSearchParams;
  /** Aborts when the client goes away: what was started for it ends then. */
  signal: AbortSignal;
  caller: Caller;
}

/** Joins a client with something of an object both ways. Rejects with what is refused; begins only when the client has been let in. */
export type ConnectHandler =
  | { carries: 'command'; open(call: ConnectCall & { streams: CommandStreams }): Promise<() => Promise<RemoteCommand>> }
  | { carries: 'ports'; open(call: ConnectCall): Promise<OpenPort> };

/** A kind's whole table, Name and Age included: for cells that need more than a path, for example READY of a pod. */
export interface TableColumns {
  columns: readonly { name: string; type: string; format?: string; description?: string; priority?: number }[];
  cells: (object: AnyResource, nowMs: number) => readonly unknown[];
}

export interface ServerVersion {
  major: string;
  minor: string;
  gitVersion: string;
}

export interface KubernetesHandlerOptions {
  resources: Resources;
  /** Registered kinds that are the store's own affair. */
  hiddenKinds?: readonly Kind[];
  virtualKinds?: readonly VirtualKind[];
  /** By kind and name: `Pod./log`, `Build.openchoreo.dev/log`. */
  subresources?: Readonly<Record<string, SubresourceHandler>>;
  /** Subresources that a client connects with, by kind and name: `Pod./exec`. */
  connects?: Readonly<Record<string, ConnectHandler>>;
  /** Throws `forbidden` when the caller may not. */
  authorize: (attempt: Attempt) => void | Promise<void>;
  log: Log;
  version?: ServerVersion;
  clock?: Clock;
  /** Most watches that are open at a time; 1,000 by default. */
  maxWatches?: number;
  /** How long a request's body may take to arrive; 30 s by default. */
  bodyPatienceMs?: number;
  /** Tables by kind, in the place of the kind's own columns. Default: those that kubectl's users know of the built-in kinds. */
  tables?: Readonly<Record<KindId, TableColumns>>;
}

export interface RequestContext {
  caller: Caller;
  /** What the path begins with before `/api`: `/k8s/control`, or empty. */
  basePath: string;
  requestId?: string;
  /** Headers that every answer to this request carries, name and value in turn. */
  headers?: readonly string[];
  /** Aborts when the server stops. Asked for by watches and followed logs alone, which would otherwise hold a stop up for all of its grace. */
  stopping?: () => AbortSignal;
  /** The connection of a request that asks to change its protocol. Answers go out by the response all the same, until it is let in. */
  upgrade?: { socket: Duplex; head: Buffer };
  /** Creations and patches alone. */
  repeatable?: RepeatableRequest;
  /** Told of a refusal before it is answered. */
  onRefused?: (problem: Problem) => void;
}
