import type { IncomingMessage, ServerResponse } from 'node:http';
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
  const { 'content-type': type = 'application/json', ...others } = headers;
  const head = ['content-type', type, 'cache-control', 'no-cache, private'];
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
  writeHead(exchange, code, { ...headers, 'content-length': String(length) });
  if (exchange.request.method === 'HEAD') exchange.response.end();
  // Text without a character beyond ASCII needs no encoder.
  else exchange.response.end(content, length === content.length ? 'latin1' : 'utf8');
}

/** An answer in two parts, the second of which lies ready. */
export function answerParts(exchange: Answering, code: number, [first, second]: readonly [string, Buffer]): void {
  const { response, request } = exchange;
  writeHead(exchange, code, { 'content-length': String(Buffer.byteLength(first) + second.length) });
  if (request.method !== 'HEAD') response.write(first);
  response.end(request.method === 'HEAD' ? undefined : second);
}
