import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@fairway/resources/model';
import type { Attempt, KubernetesHandlerOptions, RequestContext } from './handler-options.ts';
import type { ResourceTarget } from './resource-target.ts';
import type { ServedKinds } from './served-kinds.ts';

/** One request on its way, with what its handler may use. */
export interface Exchange {
  options: KubernetesHandlerOptions;
  kinds: ServedKinds;
  clock: Clock;
  request: IncomingMessage;
  response: ServerResponse;
  context: RequestContext;
  /** Path segments below the base path, decoded. */
  segments: readonly string[];
  query: URLSearchParams;
  /** Texts for `Warning` headers. */
  warnings: string[];
}

/** Asks the authorizer; throws what it throws. */
export async function authorize({ options, context }: Exchange, verb: Attempt['verb'], target: ResourceTarget): Promise<void> {
  const { kind } = target.served;
  await options.authorize({
    caller: context.caller,
    verb,
    group: kind.group,
    plural: kind.plural,
    ...(target.subresource === undefined ? {} : { subresource: target.subresource }),
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(target.name === undefined ? {} : { name: target.name }),
  });
}

// A header may not hold line breaks or quotes, and a long one makes clients fail; kube-apiserver cuts warnings as well.
const maxWarnings = 20;
const maxWarningChars = 400;
const warningText = (text: string): string =>
  `299 - "${text
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, maxWarningChars)
    .replace(/[\\"]/g, '\\$&')}"`;

/** A whole answer at once. */
export function answer(
  { response, request, warnings }: Pick<Exchange, 'response' | 'request' | 'warnings'>,
  code: number,
  body: string | Buffer | object,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  if (warnings.length > 0) response.setHeader('warning', warnings.slice(0, maxWarnings).map(warningText));
  response.writeHead(code, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    ...headers,
    'content-length': bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
