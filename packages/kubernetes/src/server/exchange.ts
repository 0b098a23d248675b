import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Clock } from '@fairway/resources/model';
import type { Attempt, KubernetesHandlerOptions, RequestContext } from './handler-options.ts';
import type { ResourceTarget } from './resource-target.ts';
import type { ServedKinds } from './served-kinds.ts';

/** One request on its way, with what its handler may use. */
export interface Exchange {
  options: KubernetesHandlerOptions;
  /** As they were when the request came. */
  kinds: ServedKinds;
  kindsNow: () => ServedKinds;
  clock: Clock;
  request: IncomingMessage;
  response: ServerResponse;
  context: RequestContext;
  /** Path segments below the base path, decoded; none while they are not known. */
  segments: readonly string[];
  query: URLSearchParams;
  /** Watches of this handler that are open now. */
  watches: { open: number };
  /** Texts for `Warning` headers. */
  warnings: string[];
}

/** Asks the authorizer; throws what it throws. A promise only where the authorizer has to look something up. */
export function authorize({ options, context }: Exchange, verb: Attempt['verb'], target: ResourceTarget): void | Promise<void> {
  const { kind } = target.served;
  const attempt: Attempt = { caller: context.caller, verb, group: kind.group, plural: kind.plural };
  if (target.subresource !== undefined) attempt.subresource = target.subresource;
  if (target.namespace !== undefined) attempt.namespace = target.namespace;
  if (target.name !== undefined) attempt.name = target.name;
  return options.authorize(attempt);
}

// A header may not hold line breaks or quotes, and a long one makes clients fail; kube-apiserver cuts warnings as well.
const maxWarnings = 20;
const maxWarningChars = 400;
const warningText = (text: string): string =>
  `299 - "${text
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, maxWarningChars)
    .replace(/[\\"]/g, '\\$&')}"`;

type Answering = Pick<Exchange, 'response' | 'request' | 'context' | 'warnings'>;

/** Writes the head of an answer, with what every answer to this request carries. */
export function writeHead(
  { response, context, warnings }: Omit<Answering, 'request'>,
  code: number,
  headers: Readonly<Record<string, string>>,
): void {
  const { 'content-type': type = 'application/json', 'cache-control': kept = 'no-cache, private', ...others } = headers;
  const head = ['content-type', type, 'cache-control', kept];
  if (context.headers !== undefined) head.push(...context.headers);
  for (const name of Object.keys(others)) head.push(name, others[name] ?? '');
  for (const text of warnings.slice(0, maxWarnings)) head.push('warning', warningText(text));
  response.writeHead(code, head);
}

// A short text goes out with its head in one piece; a long one is copied once, not twice.
const maxTextChars = 16_384;

/** The head of an answer that somebody else sends, who knows what every answer to this request carries. */
const wholeHead = ({ warnings }: Answering, headers: Readonly<Record<string, string>>): Record<string, string> => ({
  'content-type': 'application/json',
  'cache-control': 'no-cache, private',
  ...headers,
  ...(warnings.length === 0 ? {} : { warning: warnings.slice(0, maxWarnings).map(warningText).join(', ') }),
});

// What kube-apiserver takes for worth it, and its level: the fastest.
const minGzipBytes = 128 * 1024;
const gzipLevel = 1;

const isGzipped = ({ request }: Answering, code: number, length: number): boolean =>
  length >= minGzipBytes && code === 200 && request.method === 'GET' && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));

function answerGzipped(exchange: Answering, parts: readonly (string | Buffer)[], headers: Readonly<Record<string, string>>): void {
  const vary = headers.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`;
  writeHead(exchange, 200, { ...headers, 'content-encoding': 'gzip', vary });
  const gzip = createGzip({ level: gzipLevel });
  // A client that has gone is nobody's error.
  pipeline(gzip, exchange.response, () => {});
  for (const part of parts) gzip.write(part);
  gzip.end();
}

/** What a document is marked with, for clients that keep it and ask whether it is still true. */
export const contentHash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase();

/** A document under its mark; nothing where the client has it already. */
export function answerMarked(
  exchange: Answering,
  { text, hash }: { text: string | Buffer; hash: string },
  headers: Readonly<Record<string, string>>,
): void {
  const etag = `"${hash}"`;
  if (exchange.request.headers['if-none-match'] === etag) {
    writeHead(exchange, 304, { ...headers, etag });
    exchange.response.end();
  } else answer(exchange, 200, text, { ...headers, etag });
}

/** A whole answer at once. */
export function answer(
  exchange: Answering,
  code: number,
  body: string | Buffer | object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  if (exchange.context.repeatable !== undefined) {
    exchange.context.repeatable.answer({ status: code, headers: wholeHead(exchange, headers), body: text });
    return;
  }
  const content = typeof text === 'string' && text.length > maxTextChars ? Buffer.from(text) : text;
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  if (isGzipped(exchange, code, length)) {
    answerGzipped(exchange, [content], headers);
    return;
  }
  writeHead(exchange, code, { ...headers, 'content-length': String(length) });
  if (exchange.request.method === 'HEAD') exchange.response.end();
  // Text without a character beyond ASCII needs no encoder.
  else exchange.response.end(content, length === content.length ? 'latin1' : 'utf8');
}

/** An answer in two parts, the second of which lies ready. */
export function answerParts(exchange: Answering, code: number, [first, second]: readonly [string, Buffer]): void {
  const { response, request } = exchange;
  const length = Buffer.byteLength(first) + second.length;
  if (isGzipped(exchange, code, length)) {
    answerGzipped(exchange, [first, second], {});
    return;
  }
  writeHead(exchange, code, { 'content-length': String(length) });
  if (request.method !== 'HEAD') response.write(first);
  response.end(request.method === 'HEAD' ? undefined : second);
}
