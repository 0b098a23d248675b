import { createReadStream } from 'node:fs';
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { BuildFailure } from '../build-failure.ts';
import { outagePausesMs } from '../outage-pauses.ts';

export interface RegistryRequest {
  method: 'HEAD' | 'GET' | 'POST' | 'PUT';
  url: URL;
  headers?: Readonly<Record<string, string>>;
  /** Bytes, or a file that is streamed. */
  body?: Buffer | { file: string; size: number };
}

export interface RegistryAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The first 64 KB: enough for an error and for a manifest's location. */
  text: string;
}

export type SendToRegistry = (request: RegistryRequest) => Promise<RegistryAnswer>;

const maxAnswerBytes = 64 * 1024;
const requestTimeoutMs = 10 * 60_000;
const silenceMs = 60_000;
const retried = new Set([429, 502, 503, 504]);

/** Sends requests with the run's token. */
export function createRegistryClient({ token, signal }: { token: string; signal: AbortSignal }): SendToRegistry {
  const authorization = `Basic ${Buffer.from(`token:${token}`).toString('base64')}`;
  return (request) => sendOnce(request, authorization, signal);
}

/**
 * Repeats a piece of work whose connection was lost, or whose answer asks for it, as long as an outage may take. The work is one that may be repeated whole:
 * an upload starts again from its beginning, because nobody knows how much of it has arrived.
 */
export async function withRetries(work: () => Promise<RegistryAnswer>, signal: AbortSignal): Promise<RegistryAnswer> {
  for (const pauseMs of outagePausesMs) {
    try {
      const answer = await work();
      if (!retried.has(answer.status)) return answer;
    } catch (error) {
      if (signal.aborted || error instanceof BuildFailure) throw error;
    }
    await delay(pauseMs, undefined, { signal });
  }
  return work();
}

function sendOnce({ method, url, headers, body }: RegistryRequest, authorization: string, signal: AbortSignal): Promise<RegistryAnswer> {
  const size = body === undefined ? 0 : Buffer.isBuffer(body) ? body.length : body.size;
  const hasBody = method === 'POST' || method === 'PUT';
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = send(url, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
      timeout: silenceMs,
      agent: false,
      headers: { ...headers, authorization, ...(hasBody ? { 'content-length': String(size) } : {}) },
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${url.host} was silent for ${silenceMs / 1000} s`)));
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received <= maxAnswerBytes) chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
    else pipeline(createReadStream(body.file, { highWaterMark: 256 * 1024 }), outgoing).catch(reject);
  });
}
