import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KubernetesHandler, RequestContext } from '@fairway/kubernetes/server';
import type { Log } from '@fairway/resources/log';
import type { Caller, Clock } from '@fairway/resources/model';
import { type Certificate, type CertificateFiles, followCertificate, readCertificate } from '@fairway/resources/secrets';
import type { AuthenticateToken } from './authenticate-token.ts';
import { unauthorized } from './authorize-request.ts';
import { metricsContentType, type RequestFigures } from './metrics.ts';

export interface ServeOptions {
  port: number;
  certificate: CertificateFiles;
  authenticate: AuthenticateToken;
  handle: KubernetesHandler;
  metrics: () => Promise<string>;
  requests: RequestFigures;
  clock: Clock;
  log: Log;
  limits?: Partial<ServeLimits>;
}

/** Bounds of the listener, after those of the control plane (control-plane/src/http/limits.ts); bodies are small here. */
export interface ServeLimits {
  headersMs: number;
  requestMs: number;
  keepAliveMs: number;
  checkEveryMs: number;
}

export interface RunningServer {
  port: number;
  /** Ends watches and logs that are followed, and waits for other requests for a moment. */
  stop(): Promise<void>;
}

/** What may be asked without a token, as in Kubernetes: whether the cluster is alive, and which version it speaks. */
const openPaths = new Set(['/healthz', '/livez', '/readyz', '/version']);
const anonymous: Caller = { principal: 'user:system:anonymous', permissions: [] };
// More than all our own processes and some consoles together.
const maxConnections = 2_000;
const stopGraceMs = 1_000;
const defaultLimits: ServeLimits = { headersMs: 15_000, requestMs: 60_000, keepAliveMs: 30_000, checkEveryMs: 5_000 };
const tlsRules = { minVersion: 'TLSv1.2' } as const;

const answerJson = (response: ServerResponse, code: number, body: object): void => {
  const text = JSON.stringify(body);
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), connection: 'close' });
  response.end(text);
};

type Extra = Pick<RequestContext, 'upgrade' | 'stopping'>;

async function answerRequest(options: ServeOptions, request: IncomingMessage, response: ServerResponse, extra: Extra = {}): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const known = await options.authenticate(request.headers.authorization);
  const caller = known ?? (openPaths.has(path) && request.method === 'GET' ? anonymous : undefined);
  if (caller === undefined) {
    const { code, body } = unauthorized();
    return answerJson(response, code, body);
  }
  if (path === '/metrics' && request.method === 'GET') {
    const text = await options.metrics();
    response.writeHead(200, { 'content-type': metricsContentType, 'content-length': Buffer.byteLength(text) });
    response.end(text);
    return;
  }
  await options.handle(request, response, { caller, basePath: '', requestId: randomUUID(), ...extra });
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

const openServer = (present: Certificate, limits: ServeLimits, answer: RequestListener): Server =>
  createServer(
    {
      ...tlsRules,
      ...present,
      handshakeTimeout: limits.headersMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      shouldUpgradeCallback: ({ headers }) => /^(websocket|spdy\/3\.1)$/i.test(headers.upgrade ?? ''),
    },
    answer,
  );

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), stopGraceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });

/** Serves the cluster over TLS on loopback. Rejects with the system's error when the port is taken. */
export async function serveRequests(options: ServeOptions): Promise<RunningServer> {
  const { log, requests, clock, certificate: files } = options;
  const present = await readCertificate(files);
  const stopping = new AbortController();
  const answer = (request: IncomingMessage, response: ServerResponse, extra?: Extra): void => {
    response.once('close', () => requests.answered(response.statusCode));
    answerRequest(options, request, response, extra).catch((error: unknown) => {
      log.error('a request failed', { error, method: request.method });
      if (response.headersSent) response.destroy();
      else
        answerJson(response, 500, {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          reason: 'InternalError',
          code: 500,
        });
    });
  };
  const server = openServer(present, { ...defaultLimits, ...options.limits }, (request, response) => answer(request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    // Node has let go of this connection; an answer of its own lets refusals take the usual way.
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => socket.end());
    answer(request, response, { upgrade: { socket, head }, stopping: () => stopping.signal });
  });
  server.maxConnections = maxConnections;
  const port = await listen(server, options.port);
  server.on('error', (error) => log.error('the server failed', { error }));
  const use = (fresh: Certificate): void => server.setSecureContext({ ...tlsRules, ...fresh });
  const following = followCertificate({ files, present, use, clock, log }, stopping.signal);
  return {
    port,
    stop: async () => {
      stopping.abort();
      await following;
      await closed(server);
    },
  };
}
