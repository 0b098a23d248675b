import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultHttpLimits, endStalledBodies } from './limits.ts';
import type { Exchange, Route } from './route.ts';
import { createRequestHandler, type HttpServerOptions } from './serve-request.ts';

/** PEM texts; never to be logged. */
export interface ServerCertificate {
  cert: string;
  key: string;
}

export interface Listener {
  host: string;
  port: number;
  tls?: ServerCertificate;
}

export interface HttpServer {
  /** Answers the port that was bound. A taken port rejects with code EADDRINUSE. */
  listen(listener: Listener): Promise<number>;
  /** Gives the TLS listeners another certificate, for connections from now on. */
  useCertificate(certificate: ServerCertificate): void;
  /** Takes no new request, lets running ones end until `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
  /** The route table, for completeness tests and the route index. */
  routes(): readonly { surface: string; route: Route }[];
}

const idleCheckMs = 50;
const tlsRules = { minVersion: 'TLSv1.2' } as const;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const stopping = new AbortController();
  const servers: Server[] = [];
  const tlsServers: TlsServer[] = [];
  const limits = { ...defaultHttpLimits, ...options.limits };
  const { serve, upgrades } = createRequestHandler(options, stopping.signal);
  const bounds = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    shouldUpgradeCallback: upgrades,
  };
  const bodies = endStalledBodies(limits);
  const handler = (request: IncomingMessage, response: ServerResponse, upgrade?: Exchange['upgrade']): void => {
    const done = bodies.watch(request);
    serve(request, response, upgrade)
      .catch((error: unknown) => {
        // Not even a problem could be answered: this connection is given up, never the process.
        options.log.error('an answer could not be written', { error });
        response.destroy();
      })
      .finally(done);
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => handler(request, response);
  const open = (tls: ServerCertificate | undefined): Server => {
    if (tls === undefined) return createServer(bounds, answer);
    const server = createTlsServer({ ...bounds, ...tlsRules, ...tls, handshakeTimeout: limits.headersMs }, answer);
    tlsServers.push(server);
    return server;
  };

  return {
    routes: () => options.surfaces.flatMap((surface) => surface.routes.map((route) => ({ surface: surface.name, route }))),
    listen: ({ host, port, tls }) =>
      new Promise((resolve, reject) => {
        const server = open(tls);
        server.maxConnections = limits.connections;
        server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
          handler(request, responseOn(socket, request), { socket, head }),
        );
        servers.push(server);
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', (error) => options.log.error('the HTTP server has a problem', { error }));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    useCertificate: (certificate) => {
      for (const server of tlsServers) server.setSecureContext({ ...tlsRules, ...certificate });
    },
    close: async (graceMs) => {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      stopping.abort(new Error('the server is stopping'));
      // A kept connection becomes idle when its last answer is out, and nothing tells of that.
      const idle = setInterval(() => {
        for (const server of servers) server.closeIdleConnections();
      }, idleCheckMs);
      const cut = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, graceMs);
      await Promise.all(closed);
      clearInterval(idle);
      clearTimeout(cut);
      bodies.stop();
    },
  };
}

/** Node lets go of a connection that may change its protocol; an answer of its own lets refusals take the usual way. */
function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  // A client that resets its connection must not end the process.
  socket.on('error', () => socket.destroy());
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.on('finish', () => socket.end());
  return response;
}
