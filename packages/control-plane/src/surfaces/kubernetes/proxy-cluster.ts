import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from '#http';

/** A cluster's API, with its own credential added. Filled by app from the cluster clients. */
export interface ProxyTarget {
  raw(request: {
    method: string;
    path: string;
    headers: Record<string, string | string[]>;
    body?: Exchange['request'];
    signal: AbortSignal;
    timeoutMs: number;
  }): Promise<{
    status: number;
    headers: IncomingHttpHeaders;
    body: NodeJS.ReadableStream;
  }>;
}

// The caller's credential is for us, not for the cluster; impersonation would be done with the plane's rights; the rest is of one connection only.
const dropped = new Set([
  'authorization',
  'cookie',
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
]);
const isDropped = (name: string): boolean => dropped.has(name) || name.startsWith('impersonate-');
const headTimeoutMs = 60_000;

/** Passes one request to a cluster and its answer back, both as streams. */
export async function proxyCluster(exchange: Exchange, target: ProxyTarget, path: string): Promise<void> {
  const { request, response, signal } = exchange;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const answer = await target.raw({
    method: request.method ?? 'GET',
    path,
    headers: passed(request.headers),
    signal,
    timeoutMs: headTimeoutMs,
    ...(hasBody ? { body: request } : {}),
  });
  response.writeHead(answer.status, passed(answer.headers));
  // A watch's head goes out before its first event.
  response.flushHeaders();
  await pipeline(answer.body, response).catch((error: NodeJS.ErrnoException) => {
    if (!signal.aborted && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

const passed = (headers: IncomingHttpHeaders): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).filter((pair): pair is [string, string | string[]] => pair[1] !== undefined && !isDropped(pair[0])),
  );
