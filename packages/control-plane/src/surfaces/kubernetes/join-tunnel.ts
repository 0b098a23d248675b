import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from '#http';

/** A connection that speaks another protocol now, and what has come on it already. */
export interface Tunnel {
  socket: Duplex;
  head: Buffer;
}

const safe = /^[\x20-\x7e]*$/;

/** The cluster's agreement as it gave it; what it says of the cluster alone stays here. */
function headOf(headers: IncomingHttpHeaders): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade'];
  const passed = Object.entries(headers).filter(([name]) => /^(upgrade|sec-websocket-.*|x-stream-protocol-version)$/.test(name));
  for (const [name, value] of passed) for (const each of [value ?? []].flat()) if (safe.test(each)) lines.push(`${name}: ${each}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Joins a client with a cluster until one of them has gone, or the server stops. Bytes pass at the pace of the slower side. */
export async function joinTunnel(
  { request, response, signal }: Exchange,
  client: Tunnel,
  cluster: Tunnel & { headers: IncomingHttpHeaders },
): Promise<void> {
  response.statusCode = 101;
  response.detachSocket(request.socket);
  const end = (): void => {
    client.socket.destroy();
    cluster.socket.destroy();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  client.socket.write(headOf(cluster.headers), 'latin1');
  if (cluster.head.length > 0) client.socket.write(cluster.head);
  if (client.head.length > 0) cluster.socket.write(client.head);
  try {
    await Promise.all([pipeline(client.socket, cluster.socket), pipeline(cluster.socket, client.socket)]);
  } catch {
    // One side broke off: that is how most of these connections end.
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
