import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '@fairway/resources/model';
import type { Exchange } from './route.ts';

interface Parts {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  params: Readonly<Record<string, string>>;
  path: string;
  requestId: string;
  traceparent: string;
}

/** An exchange that makes its query and its signal when a handler asks for them: most answers are out before anybody would. */
export class RequestExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
  readonly requestId: string;
  readonly traceparent: string;
  readonly headers: readonly string[];
  readonly #stopping: AbortSignal;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;

  constructor(parts: Parts, headers: readonly string[], stopping: AbortSignal) {
    this.request = parts.request;
    this.response = parts.response;
    this.caller = parts.caller;
    this.params = parts.params;
    this.path = parts.path;
    this.requestId = parts.requestId;
    this.traceparent = parts.traceparent;
    this.headers = headers;
    this.#stopping = stopping;
  }

  get query(): URLSearchParams {
    const target = this.request.url ?? '/';
    const mark = target.indexOf('?');
    this.#query ??= new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
    return this.#query;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const gone = new AbortController();
      // A client that went away before anybody asked will not say so again.
      if (this.response.closed || this.response.destroyed) gone.abort();
      else this.response.once('close', () => gone.abort());
      this.#signal = AbortSignal.any([gone.signal, this.#stopping]);
    }
    return this.#signal;
  }
}
