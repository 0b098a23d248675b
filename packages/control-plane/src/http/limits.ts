import type { IncomingMessage } from 'node:http';

/** Bounds of the listeners. Each is here with the harm of a smaller and of a larger one. */
export interface HttpLimits {
  /** Request line and headers together. A Kubernetes client's are below 8 KiB. */
  headerBytes: number;
  /** From a connection's or a request's beginning to the end of the headers, and for the TLS handshake; longer is somebody who holds connections. */
  headersMs: number;
  /** Until the whole request has arrived: pushes of large repositories take minutes. Watches and logs are answers and are not bound by it. */
  requestMs: number;
  /** Without a byte of a body that is not complete: longer than a lost packet takes, shorter than anybody waits for it. */
  bodyIdleMs: number;
  /** Between two requests of a connection. */
  keepAliveMs: number;
  /** Of each listener; every one costs a file handle and some kilobytes. */
  connections: number;
  /** How late the times above may be noticed. */
  checkEveryMs: number;
}

export const defaultHttpLimits: HttpLimits = {
  headerBytes: 32_768,
  headersMs: 15_000,
  requestMs: 900_000,
  bodyIdleMs: 60_000,
  keepAliveMs: 30_000,
  connections: 4_000,
  checkEveryMs: 5_000,
};

/** Ends requests whose body has stopped coming. By looking at all that run, once in a while: a timer for each would cost every request. */
export function endStalledBodies({ bodyIdleMs, checkEveryMs }: Pick<HttpLimits, 'bodyIdleMs' | 'checkEveryMs'>): {
  /** The answer ends the watch. */
  watch(request: IncomingMessage): () => void;
  stop(): void;
} {
  const running = new Map<IncomingMessage, { bytes: number; since: number }>();
  const look = (): void => {
    const now = performance.now();
    for (const [request, seen] of running) {
      if (request.complete) continue;
      const bytes = request.socket.bytesRead;
      // One who does not read is the server's own: the body waits in the socket then.
      if (bytes !== seen.bytes || request.isPaused() || request.readableLength > 0) Object.assign(seen, { bytes, since: now });
      else if (now - seen.since > bodyIdleMs) request.destroy();
    }
  };
  const timer = setInterval(look, checkEveryMs).unref();
  return {
    watch: (request) => {
      running.set(request, { bytes: -1, since: 0 });
      return () => running.delete(request);
    },
    stop: () => clearInterval(timer),
  };
}
