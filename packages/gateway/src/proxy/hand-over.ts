import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

interface HandOver {
  agent: Agent;
  socket: Socket;
}
/** Hands a connection that was chosen by us to Node's client, and keeps none itself: which one is fresh enough is decided elsewhere. */
export const handOver = {
  keepAlive: true,
  maxSockets: 1,
  defaultPort: 80,
  protocol: 'http:',
  addRequest: (request: ClientRequest, options: HandOver): void => request.onSocket(options.socket),
} as unknown as Agent;
