import { createServer, type Server, type ServerResponse } from 'node:http';

export interface AdminServerDeps {
  /** Why the gateway is not ready to serve; undefined when it is. */
  notReady: () => string | undefined;
  metrics: () => string;
}

// A supervisor, a scraper and a few people.
const maxConnections = 100;

const answer = (response: ServerResponse, status: number, body: string, contentType = 'application/json'): void => {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

/** The gateway's own endpoints, on a listener of their own so that no application's path can hide them: `/health`, `/ready`, `/metrics`. */
export function createAdminServer({ notReady, metrics }: AdminServerDeps): Server {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      request.resume();
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        answer(response, 405, '{"detail":"Only GET is answered here."}', 'application/problem+json');
        return;
      }
      switch (request.url?.split('?')[0]) {
        case '/health':
          answer(response, 200, '{"status":"ok"}');
          return;
        case '/ready': {
          const why = notReady();
          answer(
            response,
            why === undefined ? 200 : 503,
            JSON.stringify(why === undefined ? { status: 'ready' } : { status: 'waiting', detail: why }),
          );
          return;
        }
        case '/metrics':
          answer(response, 200, metrics(), 'text/plain; version=0.0.4');
          return;
        default:
          answer(response, 404, '{"detail":"There are /health, /ready and /metrics."}', 'application/problem+json');
      }
    },
  );
  server.maxConnections = maxConnections;
  return server;
}
