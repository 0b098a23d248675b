import type { OutgoingHttpHeaders } from 'node:http';

// They speak of one connection, not of the request.
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/**
 * The headers of a request that is passed through to a cluster: without those of the connection, without the caller's own credential
 * (it is not the cluster's to see) and without impersonation (the cluster's credential must not lend its rights to a header).
 */
export function passedHeaders(headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => {
      const lower = name.toLowerCase();
      return (
        !hopByHop.has(lower) && lower !== 'host' && lower !== 'authorization' && lower !== 'cookie' && !lower.startsWith('impersonate-')
      );
    }),
  );
}
