import { ConnectionError, errorOf, FairwayError, TimeoutError } from './errors.ts';

export interface TransportOptions {
  /** Address of the platform, for example http://127.0.0.1:7070. */
  url: string;
  token?: string;
  /** Until the answer is whole, or for a stream until it begins. Default 60 s. */
  timeoutMs?: number;
  /** Further tries after a connection error, 408, 429 or 5xx; of a POST or PATCH to a cluster or to Git only where nothing was done. Default 2. */
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
  /** The raw answer, whose body may be a stream without end; a status of 400 and more is thrown. */
  send(call: Call): Promise<Response>;
  /** The whole answer, read as JSON within the time limit. */
  json<T>(call: Call): Promise<T>;
}

const defaultTimeoutMs = 60_000;
const firstWaitMs = 500;
const longestWaitMs = 8_000;
// A platform that asks for a longer pause is asked again after this one: who waits wants an answer.
const longestToldWaitMs = 60_000;
const maxErrorChars = 65_536;
const isWorthRetrying = (status: number): boolean => status === 408 || status === 429 || status >= 500;
// With these the platform says that nothing was done. After any other failure a second rollback would undo the first one.
const nothingWasDone: ReadonlySet<number> = new Set([429, 503]);
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
// There the platform carries a POST or PATCH out once, however often it comes under one key.
const takesKeys = (path: string): boolean => path.startsWith('/api/v1/') || path.startsWith('/k8s/control/');
const isKeyed = ({ method = 'GET', path }: Call): boolean => !idempotent.has(method) && takesKeys(path);

type Read<T> = (response: Response) => T | Promise<T>;

export function createTransport(options: TransportOptions): Transport {
  const base = options.url.replace(/\/+$/, '');
  const once = async <T>(call: Call, init: RequestInit, read: Read<T>): Promise<T> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), call.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs);
    try {
      const signal = call.signal === undefined ? limit.signal : AbortSignal.any([call.signal, limit.signal]);
      const response = await (options.fetch ?? fetch)(addressOf(base, call), { ...init, signal });
      if (response.status >= 400) throw await refusalOf(response);
      return await read(response);
    } catch (cause) {
      if (cause instanceof FairwayError) throw cause;
      throw call.signal?.aborted === true ? call.signal.reason : failureOf(base, limit.signal.aborted, cause);
    } finally {
      clearTimeout(timer);
    }
  };
  const withRetries = async <T>(call: Call, read: Read<T>): Promise<T> => {
    const tries = (call.retries ?? options.retries ?? 2) + 1;
    const init = initOf(call, options.token);
    for (let attempt = 1; ; attempt += 1)
      try {
        return await once(call, init, read);
      } catch (error) {
        if (attempt >= tries || !mayRepeat(error, call)) throw error;
        await pause(waitMs(attempt, (error as FairwayError).retryAfterMs), call.signal);
      }
  };
  return {
    send: (call) => withRetries(call, (response) => response),
    json: <T>(call: Call) => withRetries(call, async (response) => (await response.json()) as T),
  };
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
  // The same across tries, so that a repeat is not a second wish.
  if (isKeyed(call)) headers['idempotency-key'] = crypto.randomUUID();
  return { method, headers: { ...headers, ...call.headers }, ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }) };
}

async function refusalOf(response: Response): Promise<FairwayError> {
  const text = (await response.text()).slice(0, maxErrorChars);
  return errorOf(response.status, text, {
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterOf(response.headers.get('retry-after')),
  });
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function failureOf(base: string, isLate: boolean, cause: unknown): unknown {
  if (isLate) return new TimeoutError({ status: 0, code: 'TIMEOUT', message: `${base} did not answer in time`, cause });
  if (cause instanceof SyntaxError)
    return new FairwayError({
      status: 0,
      code: 'BAD_ANSWER',
      message: `${base} answered something that is no JSON: is it Fairway?`,
      cause,
    });
  return new ConnectionError({ status: 0, code: 'UNREACHABLE', message: `${base} cannot be reached: is Fairway running there?`, cause });
}

function mayRepeat(error: unknown, call: Call): boolean {
  const isHarmless = isKeyed(call) || idempotent.has(call.method ?? 'GET');
  if (error instanceof ConnectionError) return isHarmless || isRefused(error);
  if (!(error instanceof FairwayError) || error.status === 0) return false;
  if (error.status === 409) return isKeyed(call) && error.retryAfterMs !== undefined;
  return isHarmless ? isWorthRetrying(error.status) : nothingWasDone.has(error.status);
}

/** Nothing was sent when the connection was refused, so even a POST may be tried again. */
const isRefused = ({ cause }: ConnectionError): boolean =>
  (cause as { cause?: { code?: unknown } } | undefined)?.cause?.code === 'ECONNREFUSED';

function waitMs(attempt: number, toldMs: number | undefined): number {
  if (toldMs !== undefined) return Math.min(toldMs, longestToldWaitMs);
  // Half of it is chance, so that many clients do not come back at once.
  return Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) * (0.5 + Math.random() / 2);
}

/** Rejects with the signal's reason as soon as it aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
