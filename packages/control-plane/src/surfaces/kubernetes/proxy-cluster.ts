import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { unavailable } from '@fairway/resources/model';
import type { Exchange } from '#http';
import { joinTunnel, type Tunnel } from './join-tunnel.ts';

/** A cluster's API, with its own credential added. Filled by app from the cluster clients. */
export interface ProxyTarget {
  raw(request: {
    method: string;
    path: string;
    headers: Record<string, string | string[]>;
    body?: Exchange['request'];
    signal: AbortSignal;
    timeoutMs: number;
    upgrade?: string;
  }): Promise<{
    status: number;
    headers: IncomingHttpHeaders;
    body: NodeJS.ReadableStream;
    /** Set when the cluster agreed to another protocol. */
    tunnel?: Tunnel;
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

const openApiIndex = /^\/openapi\/v3\/?(\?|$)/;
// An index has one short entry a group and version; a cluster with a thousand of them stays far below.
const maxIndexBytes = 4 * 1024 * 1024;

/** Passes one request to a cluster and its answer back, both as streams. `base` is what the caller's path begins with before the cluster's own. */
export async function proxyCluster(
  exchange: Exchange,
  { target, base }: { target: ProxyTarget; base: string },
  path: string,
): Promise<void> {
  const { request, response, signal, upgrade } = exchange;
  const isIndex = request.method === 'GET' && openApiIndex.test(path);
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const answer = await target.raw({
    method: request.method ?? 'GET',
    path,
    // What must be read here may not come packed.
    headers: { ...passed(request.headers), ...(isIndex ? { 'accept-encoding': 'identity' } : {}) },
    signal,
    timeoutMs: headTimeoutMs,
    ...(hasBody ? { body: request } : {}),
    ...(upgrade === undefined ? {} : { upgrade: request.headers.upgrade ?? '' }),
  });
  if (answer.tunnel !== undefined) {
    if (upgrade !== undefined) return joinTunnel(exchange, upgrade, { ...answer.tunnel, headers: answer.headers });
    answer.tunnel.socket.destroy();
    throw unavailable('the cluster changed the protocol without being asked');
  }
  if (isIndex && answer.status === 200) {
    const index = rebaseIndex(await textOf(answer.body), base);
    response.writeHead(200, { ...passed(answer.headers), 'content-length': Buffer.byteLength(index) });
    response.end(index);
    return;
  }
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

async function textOf(body: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxIndexBytes) throw unavailable(`the cluster's index of its OpenAPI documents is larger than ${maxIndexBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The addresses in the index of /openapi/v3 are rooted at the host, where only our own paths lead to the cluster. */
function rebaseIndex(text: string, base: string): string {
  const index = JSON.parse(text) as { paths?: Record<string, { serverRelativeURL?: string }> };
  const paths = Object.entries(index.paths ?? {}).map(([path, entry]) => {
    // A cluster behind a proxy of its own puts that proxy's path before it; the client of the cluster adds that by itself.
    const at = entry.serverRelativeURL?.indexOf('/openapi/v3/') ?? -1;
    return [path, at === -1 ? entry : { ...entry, serverRelativeURL: `${base}${entry.serverRelativeURL?.slice(at)}` }] as const;
  });
  return JSON.stringify({ ...index, paths: Object.fromEntries(paths) });
}
