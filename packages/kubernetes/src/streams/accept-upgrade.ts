import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem } from '@fairway/resources/model';
import type { WebSocket } from 'ws';
import { createChannelSocket } from './channel-socket.ts';
import { forwardChannels, forwardStreams, type OpenPort } from './forward-ports.ts';
import { type CommandStreams, type RemoteCommand, serveCommand } from './remote-command.ts';
import { serveCommandStreams } from './spdy-command.ts';

/** A connection that its client wants to speak another protocol on. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  /** What came behind the request. */
  head: Buffer;
}

/** Protocols by what they carry, as clients name them: over a WebSocket, and over SPDY. The best first. */
const known = {
  command: { websocket: ['v5.channel.k8s.io', 'v4.channel.k8s.io'], spdy: ['v4.channel.k8s.io'] },
  ports: { websocket: ['SPDY/3.1+portforward.k8s.io', 'v4.channel.k8s.io'], spdy: ['portforward.k8s.io'] },
} as const;

export interface Agreement {
  carrier: 'websocket' | 'spdy';
  protocol: string;
}

const badRequest = (message: string): Problem => new Problem({ reason: 'invalid', message, code: 'BadRequest' });

/** The protocol that client and server will speak. Throws `invalid` when there is none. */
export function agree({ headers }: Pick<IncomingMessage, 'headers'>, carries: keyof typeof known): Agreement {
  const upgrade = headers.upgrade?.toLowerCase();
  const carrier = upgrade === 'websocket' ? 'websocket' : upgrade === 'spdy/3.1' ? 'spdy' : undefined;
  if (carrier === undefined) throw badRequest('Upgrade request required: send Upgrade: websocket or Upgrade: SPDY/3.1');
  const offered = carrier === 'websocket' ? headers['sec-websocket-protocol'] : headers['x-stream-protocol-version'];
  const names = [offered ?? []].flat().flatMap((text) => text.split(',').map((name) => name.trim()));
  const served: readonly string[] = known[carries][carrier];
  const protocol = served.find((name) => names.includes(name));
  if (protocol === undefined)
    throw badRequest(
      `unable to upgrade: no protocol of the client is known (${names.join(', ').slice(0, 200) || 'none was named'}); served are ${served.join(', ')}`,
    );
  return { carrier, protocol };
}

// What clients send at a time is 32 KiB.
const maxMessageBytes = 1024 * 1024;
const pingMs = 30_000;
const missedPings = 3;

/** Notices a client that went away without a word. One that we do not read from cannot be heard and is not counted. */
function keepAlive(socket: WebSocket): void {
  let missed = 0;
  const timer = setInterval(() => {
    missed = socket.isPaused ? 0 : missed + 1;
    if (missed > missedPings) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, pingMs);
  socket.on('pong', () => {
    missed = 0;
  });
  socket.on('close', () => clearInterval(timer));
}

async function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string,
  use: (socket: WebSocket, library: typeof import('ws')) => void,
): Promise<void> {
  // Most processes that could accept one never do.
  const library = await import('ws');
  const server = new library.WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  // One of the names has a slash in it, which the library takes for no name at all: so the header is read and written here.
  delete request.headers['sec-websocket-protocol'];
  server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  server.handleUpgrade(request, socket, head, (accepted) => {
    // An error is followed by `close`, which ends everything.
    accepted.on('error', () => {});
    keepAlive(accepted);
    use(accepted, library);
  });
}

function acceptSpdy({ socket, head }: Upgrade, protocol: string): Duplex {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

export async function acceptCommand(
  upgrade: Upgrade,
  { carrier, protocol }: Agreement,
  call: { streams: CommandStreams; start: () => Promise<RemoteCommand> },
): Promise<void> {
  const { streams, start } = call;
  if (carrier === 'spdy') return serveCommandStreams(acceptSpdy(upgrade, protocol), call);
  await acceptWebSocket(upgrade, protocol, (socket) => {
    const channels = createChannelSocket(socket, { closes: protocol.startsWith('v5.') });
    const side = {
      ...(streams.stdin ? { stdin: channels.readable(0) } : {}),
      ...(streams.stdout ? { stdout: channels.writable(1) } : {}),
      ...(streams.stderr ? { stderr: channels.writable(2) } : {}),
      ...(streams.tty ? { resize: channels.readable(4) } : {}),
      error: channels.writable(3),
      close: channels.close,
    };
    // Clients take an empty message for the sign that the connection stands.
    (side.stdout ?? side.stderr ?? side.error).write(Buffer.alloc(0));
    start()
      .then((command) => serveCommand(side, command))
      .catch(() => socket.terminate());
  });
}

export async function acceptPorts(
  upgrade: Upgrade,
  { carrier, protocol }: Agreement,
  { ports, openPort }: { ports: readonly number[]; openPort: OpenPort },
): Promise<void> {
  if (carrier === 'spdy') return forwardStreams(acceptSpdy(upgrade, protocol), openPort);
  await acceptWebSocket(upgrade, protocol, (socket, { createWebSocketStream }) => {
    if (protocol.startsWith('SPDY/')) forwardStreams(createWebSocketStream(socket), openPort);
    else forwardChannels(createChannelSocket(socket, { closes: false }), ports, openPort).catch(() => socket.terminate());
  });
}
