import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { unavailable } from '@fairway/resources/model';

// A registry that sends nothing for this long is given up; a slow blob that keeps coming is not.
const silenceMs = 30_000;
const maxRedirects = 5;

export interface RegistryRequest {
  url: URL;
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

const openOnce = ({ url, headers, signal }: RegistryRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = open(url, { method: 'GET', headers: { 'user-agent': 'fairway', ...headers }, signal, timeout: silenceMs }, resolve);
    request.once('timeout', () => request.destroy(new Error(`no answer for ${silenceMs / 1000} s`)));
    request.once('error', (error) => reject(unavailable(`registry ${url.origin} cannot be reached: ${error.message}`, error)));
    request.end();
  });

/** GET with redirects. Credentials never follow a redirect to another origin. The caller reads or destroys the answer. */
export async function openFromRegistry(asked: RegistryRequest): Promise<IncomingMessage> {
  let current = asked;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await openOnce(current);
    const { location } = response.headers;
    const status = response.statusCode ?? 0;
    if (status < 300 || status >= 400 || location === undefined) return response;
    response.destroy();
    const url = new URL(location, current.url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw unavailable(`registry ${asked.url.origin} redirects to something that is not HTTP`);
    const { authorization: _, ...bare } = current.headers;
    current = { ...current, url, headers: url.origin === current.url.origin ? current.headers : bare };
  }
  throw unavailable(`registry ${asked.url.origin} redirects more than ${maxRedirects} times`);
}

/** The whole body as text, refused beyond a bound. */
export async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw unavailable(`the registry's answer is longer than ${maxBytes} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
