import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Route } from './route.ts';
import { createRequestHandler, type HttpServerOptions } from './serve-request.ts';

export interface Listener {
  host: string;
  port: number;
  tls?: { certificate: string; key: string };
}

export interface HttpServer {
  /** Answers the port that was bound. A taken port rejects with code EADDRINUSE. */
  listen(listener: Listener): Promise<number>;
  /** Takes no new request, lets running ones end until `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
  /** The route table, for completeness tests and the route index. */
  routes(): readonly { surface: string; route: Route }[];
}

// Headers: a Kubernetes client's are below 8 KiB. requestTimeout bounds only the arrival of the request: pushes of large
// repositories may take minutes; watches and logs are answers and are not bound by it.
const limits = { maxHeaderSize: 32_768, headersTimeout: 15_000, requestTimeout: 900_000, keepAliveTimeout: 30_000 };

const idleCheckMs = 50;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const stopping = new AbortController();
  const servers: Server[] = [];
  const serve = createRequestHandler(options, stopping.signal);

  return {
    routes: () => options.surfaces.flatMap((surface) => surface.routes.map((route) => ({ surface: surface.name, route }))),
    listen: ({ host, port, tls }) =>
      new Promise((resolve, reject) => {
        const handler = (request: IncomingMessage, response: ServerResponse): void => {
          serve(request, response).catch((error: unknown) => {
            // Not even a problem could be answered: this connection is given up, never the process.
            options.log.error('an answer could not be written', { error });
            response.destroy();
          });
        };
        const server =
          tls === undefined
            ? createServer(limits, handler)
            : createTlsServer({ ...limits, cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' }, handler);
        servers.push(server);
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', (error) => options.log.error('the HTTP server has a problem', { error }));
          resolve((server.address() as AddressInfo).port);
        });
      }),
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
    },
  };
}
