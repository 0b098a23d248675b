import { ConnectionError, errorOf, FairwayError, TimeoutError } from './errors.ts';

export interface TransportOptions {
  /** Address of the platform, for example http://127.0.0.1:7070. */
  url: string;
  token?: string;
  /** Until the answer's head; streams then run on. Default 60 s. */
  timeoutMs?: number;
  /** Further tries after a connection error, 408, 429 or 5xx. Default 2. */
  retries?: number;
  fetch?: typeof fetch;
}

export interface Call {
  method?: string;
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
  retries?: number;
}

export interface Transport {
  /** The raw answer; a status of 400 and more is thrown. */
  send(call: Call): Promise<Response>;
  json<T>(call: Call): Promise<T>;
}

const firstWaitMs = 500;
const longestWaitMs = 8_000;
const isWorthRetrying = (status: number): boolean => status === 408 || status === 429 || status >= 500;
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export function createTransport(options: TransportOptions): Transport {
  const base = options.url.replace(/\/+$/, '');
  const once = async (call: Call, init: RequestInit): Promise<Response> => {
    const deadline = AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs ?? 60_000);
    const head = new AbortController();
    // The deadline ends with the answer's head; the caller's signal goes on for the stream.
    const expire = (): void => head.abort(deadline.reason);
    deadline.addEventListener('abort', expire, { once: true });
    try {
      const signal = call.signal === undefined ? head.signal : AbortSignal.any([call.signal, head.signal]);
      return await (options.fetch ?? fetch)(addressOf(base, call), { ...init, signal });
    } catch (cause) {
      throw call.signal?.aborted === true ? cause : failureOf(base, deadline.aborted, cause);
    } finally {
      deadline.removeEventListener('abort', expire);
    }
  };
  const answered = async (call: Call, init: RequestInit): Promise<Response> => {
    const response = await once(call, init);
    if (response.status < 400) return response;
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    const error = errorOf(response.status, await response.text(), response.headers.get('x-request-id') ?? undefined);
    throw Object.assign(error, { retryAfterMs: retryAfter * 1_000 });
  };
  const send = async (call: Call): Promise<Response> => {
    const tries = (call.retries ?? options.retries ?? 2) + 1;
    const init = initOf(call, options.token);
    for (let attempt = 1; ; attempt += 1)
      try {
        return await answered(call, init);
      } catch (error) {
        if (attempt >= tries || !mayRepeat(error, call.method ?? 'GET')) throw error;
        await pause(attempt, (error as { retryAfterMs?: number }).retryAfterMs, call.signal);
      }
  };
  return { send, json: async <T>(call: Call) => (await (await send(call)).json()) as T };
}

function addressOf(base: string, call: Call): string {
  const given = Object.entries(call.query ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${base}${call.path}${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`;
}

function initOf(call: Call, token: string | undefined): RequestInit {
  const method = call.method ?? 'GET';
  const headers: Record<string, string> = { accept: 'application/json' };
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  // The same key across tries, so that the platform can tell a repeat from a second wish.
  if (method === 'POST') headers['idempotency-key'] = crypto.randomUUID();
  return { method, headers: { ...headers, ...call.headers }, ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }) };
}

function failureOf(base: string, isLate: boolean, cause: unknown): FairwayError {
  if (isLate) return new TimeoutError({ status: 0, code: 'TIMEOUT', message: `${base} did not answer in time`, cause });
  return new ConnectionError({ status: 0, code: 'UNREACHABLE', message: `${base} cannot be reached: is Fairway running there?`, cause });
}

function mayRepeat(error: unknown, method: string): boolean {
  if (error instanceof ConnectionError) return idempotent.has(method) || isRefused(error);
  return error instanceof FairwayError && error.status !== 0 && isWorthRetrying(error.status);
}

/** Nothing was sent when the connection was refused, so even a POST may be tried again. */
const isRefused = (error: Error): boolean =>
  /ECONNREFUSED/.test(String((error.cause as { cause?: { code?: string } } | undefined)?.cause?.code ?? ''));

function pause(attempt: number, toldMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
  const jitter = 0.5 + Math.random() / 2;
  const waitMs =
    toldMs !== undefined && toldMs > 0 ? Math.min(toldMs, 60_000) : Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) * jitter;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, waitMs);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
