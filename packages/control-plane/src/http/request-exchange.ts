import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, Change, Problem } from '@fairway/resources/model';
import { readBody } from './read-body.ts';
import type { Exchange } from './route.ts';

export interface ExchangeParts extends Omit<Exchange, 'query' | 'signal' | 'refused' | 'body'> {
  stopping: AbortSignal;
  noteRefusal: (problem: Problem) => void;
}

const nothing = new Uint8Array();

/** An exchange that makes its query and its signal when a handler asks for them: most answers are out before anybody would. */
export class RequestExchange implements Exchange {
  readonly #parts: ExchangeParts;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;
  #body: Promise<Buffer> | undefined;
  /** What has been read of the body: all of it, or nothing. */
  bytes: Uint8Array = nothing;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  get request(): IncomingMessage {
    return this.#parts.request;
  }

  get response(): ServerResponse {
    return this.#parts.response;
  }

  get caller(): Caller {
    return this.#parts.caller;
  }

  get params(): Readonly<Record<string, string>> {
    return this.#parts.params;
  }

  get path(): string {
    return this.#parts.path;
  }

  get requestId(): string {
    return this.#parts.requestId;
  }

  get traceparent(): string {
    return this.#parts.traceparent;
  }

  get headers(): readonly string[] {
    return this.#parts.headers;
  }

  get keyUse(): (() => Change) | undefined {
    return this.#parts.keyUse;
  }

  get upgrade(): Exchange['upgrade'] {
    return this.#parts.upgrade;
  }

  body(maxBytes: number): Promise<Buffer> {
    this.#body ??= readBody(this.request, maxBytes).then((bytes) => {
      this.bytes = bytes;
      return bytes;
    });
    return this.#body;
  }

  refused(problem: Problem): void {
    this.#parts.noteRefusal(problem);
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
      this.#signal = AbortSignal.any([gone.signal, this.#parts.stopping]);
    }
    return this.#signal;
  }
}
