import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller, Change, Problem } from '@fairway/resources/model';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request on its way through, from the route table to the answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  /** Path parameters, percent-decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  path: string;
  requestId: string;
  /** W3C trace context of this request: the caller's trace, our span. */
  traceparent: string;
  /** Headers of every answer to this request, name and value in turn. */
  headers: readonly string[];
  /** Aborts when the client goes away or the server stops. */
  signal: AbortSignal;
  /** The whole body, up to `maxBytes`; more is `too-large`. Read once: whoever asks again gets the same. */
  body(maxBytes: number): Promise<Buffer>;
  /**
   * Set where a caller's key lets the request be repeated. Its change belongs into every commit of the request, and is made when the body has been
   * read. The handler then answers by its reply.
   */
  keyUse?: (() => Change) | undefined;
  /** The connection of a request that asks to go on in another protocol, and what came behind it; set on routes with `upgrades` alone. */
  upgrade?: { socket: Duplex; head: Buffer } | undefined;
  /** Told of a refusal by a handler that answers it itself. One that is thrown is heard of anyhow. */
  refused(problem: Problem): void;
}

export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** Sent as it is; a surface renders its own JSON. */
  body: string | Uint8Array;
}

/**
 * `public` needs no token. `by-object`: the handler itself checks a permission for each object or verb that it touches
 * (Kubernetes verbs, Git and image names), because the path alone does not tell it.
 */
export type RoutePermission = 'public' | 'by-object' | (string & {});

export interface Route {
  methods: readonly Method[];
  /** find-my-way pattern: `/api/v1/orgs/:org`, `/git/*`. */
  path: string;
  /** `noun.verb`; names the route in logs, metrics and audit. */
  operation: string;
  permission: RoutePermission;
  /** POST and PATCH with an Idempotency-Key are carried out once. Their bodies are read whole, up to so many bytes. */
  repeatable?: { maxBodyBytes: number };
  /** The handler writes every head itself, with `exchange.headers` in it; otherwise they are set before it is called. */
  writesHead?: true;
  /** Clients may go on in another protocol here; elsewhere their wish is passed over. */
  upgrades?: true;
  /** Answers a reply, or undefined when it wrote the response itself (streams). */
  handle(exchange: Exchange): Promise<Reply | undefined>;
}

/** One view of the platform on the wire. */
export interface Surface {
  name: string;
  /** Longest static prefix decides which surface words an error for a path that no route matches. */
  prefixes: readonly string[];
  routes: readonly Route[];
  /** What a client without valid credentials is asked for. */
  challenge: 'Basic' | 'Bearer';
  renderProblem(error: unknown, exchange: Pick<Exchange, 'requestId' | 'path' | 'request'>): Reply;
  /** Words for a path without a route, and for a path that has other methods. */
  renderNoRoute(allowed: readonly Method[]): Reply;
}
