import type { IncomingMessage } from 'node:http';
import type { HeaderChange } from '../routes/route-table.ts';
import type { Identify } from './identify-request.ts';

/** These speak of one connection and end with it; the forwarded ones are written anew. Lower case. */
const perConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
]);
const rewritten = new Set(['host', 'expect', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id', 'traceparent']);
/** Naming one of these in `Connection` does not remove it: without it the message would mean something else. */
const essential = new Set(['host', 'content-length', 'content-type', 'authorization', 'cookie', 'cache-control', ...rewritten]);

/** The names that a Connection header adds to those that are not passed on. */
function namedIn(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined) return undefined;
  const lower = connection.toLowerCase();
  if (lower === 'keep-alive' || lower === 'close' || lower === 'upgrade') return undefined;
  return new Set(
    lower
      .split(',')
      .map((name) => name.trim())
      .filter((name) => !essential.has(name)),
  );
}

/** Applies a filter to a flat list of names and values. */
function applyChange(flat: string[], change: HeaderChange): string[] {
  const dropped = new Set([...change.remove, ...change.set.map(([name]) => name)]);
  const out: string[] = [];
  const joined = new Map(change.add);
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? '';
    const lower = name.toLowerCase();
    if (dropped.has(lower)) continue;
    const more = lower === 'set-cookie' ? undefined : joined.get(lower);
    if (more !== undefined) joined.delete(lower);
    out.push(name, more === undefined ? (flat[index + 1] ?? '') : `${flat[index + 1] ?? ''},${more}`);
  }
  for (const [name, value] of [...change.set, ...joined]) out.push(name, value);
  return out;
}

const applyChanges = (flat: string[], changes: readonly (HeaderChange | undefined)[]): string[] =>
  changes.reduce<string[]>((list, change) => (change === undefined ? list : applyChange(list, change)), flat);

export interface RequestHeaderOptions {
  /** The Host header to send; the client's own unless a rule rewrites it. */
  host: string;
  /** The host that the client asked for, by its target or its Host header. */
  clientHost: string;
  hasBody: boolean;
  isChunked: boolean;
  isUpgrade: boolean;
  expectsContinue: boolean;
  /** A proxy in front of the gateway is trusted: its forwarded headers are kept and added to. */
  trustForwarded: boolean;
  identify: Identify;
  changes: readonly (HeaderChange | undefined)[];
}

/** The headers of a request as its upstream gets them: a flat list of names and values. */
export function requestHeaders(request: IncomingMessage, options: RequestHeaderOptions): { headers: string[]; requestId: string } {
  const { rawHeaders, headers: incoming } = request;
  const removed = namedIn(incoming.connection);
  const headers: string[] = ['Host', options.host];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (perConnection.has(lower) || rewritten.has(lower) || removed?.has(lower)) continue;
    headers.push(name, rawHeaders[index + 1] ?? '');
  }
  const client = request.socket.remoteAddress ?? '';
  const trusted = options.trustForwarded ? incoming : {};
  const before = trusted['x-forwarded-for'];
  const { requestId, traceparent } = options.identify(incoming['x-request-id'], incoming.traceparent);
  headers.push(
    'X-Forwarded-For',
    typeof before === 'string' ? `${before}, ${client}` : client,
    'X-Forwarded-Host',
    one(trusted['x-forwarded-host']) ?? options.clientHost,
    'X-Forwarded-Proto',
    one(trusted['x-forwarded-proto']) ?? 'http',
    'X-Request-Id',
    requestId,
    'traceparent',
    traceparent,
  );
  if (options.isChunked) headers.push('Transfer-Encoding', 'chunked');
  else if (
    !options.hasBody &&
    request.method !== 'GET' &&
    request.method !== 'HEAD' &&
    incoming['content-length'] === undefined &&
    expectsLength(request.method)
  )
    headers.push('Content-Length', '0');
  if (options.isUpgrade) headers.push('Connection', 'Upgrade', 'Upgrade', incoming.upgrade ?? '');
  if (options.expectsContinue) headers.push('Expect', '100-continue');
  return { headers: applyChanges(headers, options.changes), requestId };
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
// Without it such a request would be sent as an empty chunked body, which some servers refuse.
const expectsLength = (method: string | undefined): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH';

export interface AnswerHeaders {
  headers: string[];
  /** How long the upstream says it keeps an idle connection; 0 when it does not say. */
  idleHintMs: number;
}

const readIdleHint = (value: string): number => {
  const match = /timeout=(\d{1,6})/i.exec(value);
  return match === null ? 0 : Number(match[1]) * 1000;
};

/** The headers of an answer as the client gets them. */
export function answerHeaders(answer: IncomingMessage, changes: readonly (HeaderChange | undefined)[]): AnswerHeaders {
  const { rawHeaders } = answer;
  let headers: string[] = [];
  let idleHintMs = 0;
  let connection: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (perConnection.has(lower)) {
      if (lower === 'keep-alive') idleHintMs = readIdleHint(value);
      else if (lower === 'connection') connection = value;
      continue;
    }
    // Only the gateway's own answers may carry its mark.
    if (lower === 'x-fairway-gateway') continue;
    headers.push(name, value);
  }
  const removed = namedIn(connection);
  if (removed !== undefined && removed.size > 0) headers = applyChange(headers, { set: [], add: [], remove: [...removed] });
  return { headers: applyChanges(headers, changes), idleHintMs };
}
