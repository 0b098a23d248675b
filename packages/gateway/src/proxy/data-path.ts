import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@fairway/resources/model';
import type { RouteTable } from '../routes/route-table.ts';
import { type GatewayProblem, rawProblem } from './answer-problem.ts';
import { createChooser } from './choose-endpoint.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeDeps, Running } from './exchange-deps.ts';
import { createHoldQueue } from './hold-queue.ts';
import type { Limits } from './limits.ts';
import { problems } from './problems.ts';
import { serveUpgrade } from './serve-upgrade.ts';
import { createUpstreams, type Upstreams } from './upstreams.ts';

export interface DataPathDeps
  extends Pick<ExchangeDeps, 'limits' | 'identify' | 'figures' | 'log' | 'trustForwarded' | 'installation' | 'elapsed'> {
  clock: Clock;
  random: () => number;
  /** The last request to a pod has ended. May be called often. */
  onPodIdle: (podUid: string) => void;
}

/** The listener that applications' traffic goes through. */
export interface DataPath {
  readonly server: Server;
  readonly upstreams: Upstreams;
  /** Requests that wait for a ready endpoint. */
  readonly held: number;
  /** Open connections of clients. */
  readonly connections: number;
  /** From now on requests are routed by this table; connections and running requests stay. */
  use(table: RouteTable): void;
  readonly table: RouteTable | undefined;
  /** Takes no new connection and settles when running requests have ended, or at `timeoutMs`, when the rest is cut off. */
  stop(timeoutMs: number): Promise<void>;
}

const sweepMs = 1_000;

const unreadable: Record<string, GatewayProblem> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'HeadersTooLarge',
    detail: 'The request line and headers together are above the limit of the gateway (16 KiB). Large cookies are the usual cause.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'RequestTimeout', detail: 'The headers of the request did not come in time.' },
};
const malformed: GatewayProblem = { status: 400, reason: 'BadRequest', detail: 'What came is not a well-formed HTTP/1.1 request.' };

const answerUnreadable =
  (installation: string) =>
  (error: Error & { code?: string }, socket: Duplex): void => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else socket.end(rawProblem(unreadable[error.code ?? ''] ?? malformed, installation), () => socket.destroy());
  };

function createListener(limits: Limits, installation: string): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // Node looks twice a minute, and would notice three times too late.
    connectionsCheckingInterval: Math.min(limits.headersMs, sweepMs),
    // Uploads take as long as they take; a stalled one ends by the sweep.
    requestTimeout: 0,
    keepAliveTimeout: limits.clientIdleMs,
    noDelay: true,
    // A second Host is no host, instead of nothing: who stands before the gateway may have taken the other one for it.
    joinDuplicateHeaders: true,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.maxConnections = limits.maxConnections;
  server.on('clientError', answerUnreadable(installation));
  return server;
}

function countConnections(server: Server): () => number {
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  return () => connections;
}

/** Makes the listener; nothing is served until it listens, and requests wait until there is a table. */
export function createDataPath(deps: DataPathDeps): DataPath {
  const { limits, clock } = deps;
  let table: RouteTable | undefined;
  let isStopping = false;
  const active = new Set<Running>();
  const tunnels = new Set<Running>();
  const now = (): number => clock.now();
  const upstreams = createUpstreams({ limits, now, onPodIdle: deps.onPodIdle });
  const holds = createHoldQueue({ clock, maxHeld: limits.maxHeld });
  const exchangeDeps: ExchangeDeps = {
    ...deps,
    now,
    table: () => table,
    choose: createChooser({ upstreams, now, random: deps.random }),
    upstreams,
    holds,
    budget: { perBody: limits.replayBytes, left: limits.replayTotalBytes },
    onEnd: (exchange) => {
      active.delete(exchange);
      tunnels.delete(exchange);
    },
  };
  const serve = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    // A client that keeps its connection would send its next request into a gateway that is going.
    if (isStopping) response.shouldKeepAlive = false;
    const exchange = new Exchange(exchangeDeps, { request, response, expectsContinue });
    active.add(exchange);
    try {
      exchange.start();
    } catch (error) {
      // One request that meets a fault of ours must not take the traffic of all others with it.
      deps.log.error('a request met an unexpected error', { error });
      exchange.fail(problems.internal());
    }
  };
  const server = createListener(limits, deps.installation);
  const connectionsOf = countConnections(server);
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response) => serve(request, response, true));
  server.on('upgrade', (request, socket, head) => {
    try {
      const exchange = serveUpgrade(exchangeDeps, request, { socket, head });
      active.add(exchange);
      tunnels.add(exchange);
    } catch (error) {
      deps.log.error('an upgrade met an unexpected error', { error });
      socket.destroy();
    }
  });

  const sweep = (): void => {
    const at = clock.now();
    for (const exchange of active) exchange.sweep(at);
    upstreams.sweep();
    if (!isStopping || active.size > 0) cancelSweep = clock.after(sweepMs, sweep);
  };
  let cancelSweep = clock.after(sweepMs, sweep);

  return {
    server,
    upstreams,
    get held() {
      return holds.size;
    },
    get connections() {
      return connectionsOf();
    },
    get table() {
      return table;
    },
    use: (next) => {
      table = next;
      upstreams.retain(next.endpointKeys, new Set(next.draining.map((each) => each.podUid)));
      holds.wakeAll();
    },
    stop: async (timeoutMs) => {
      isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // A tunnel has no end of its own that could be waited for.
      for (const exchange of tunnels) exchange.response.destroy();
      const cancel = clock.after(timeoutMs, () => server.closeAllConnections());
      await closed;
      cancel();
      cancelSweep();
      upstreams.close();
    },
  };
}
