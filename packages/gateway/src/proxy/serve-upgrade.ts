import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Exchange } from './exchange.ts';
import type { ExchangeDeps } from './exchange-deps.ts';
import { answerHeaders } from './forwarded-headers.ts';

/** Serves a request to change the protocol: the same way as any other, and a tunnel when the upstream agrees. */
export function serveUpgrade(deps: ExchangeDeps, request: IncomingMessage, client: { socket: Duplex; head: Buffer }): Exchange {
  const socket = client.socket as Socket;
  // A client that resets its connection must not end the process.
  socket.on('error', () => socket.destroy());
  // Node has let go of this connection; an answer of its own lets refusals and problems take the usual way.
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.destroySoon());
  const exchange: Exchange = new Exchange(deps, {
    request,
    response,
    expectsContinue: false,
    onUpgrade: (answer, upstream, head) =>
      openTunnel(exchange, { answer, client: socket, clientHead: client.head, upstream, upstreamHead: head }),
  });
  exchange.start();
  return exchange;
}

const halfOpenMs = 5_000;

interface Tunnel {
  answer: IncomingMessage;
  client: Socket;
  clientHead: Buffer;
  upstream: Socket;
  upstreamHead: Buffer;
}

function openTunnel(exchange: Exchange, { answer, client, clientHead, upstream, upstreamHead }: Tunnel): void {
  const { headers } = answerHeaders(answer, []);
  const lines = [
    `HTTP/1.1 101 ${answer.statusMessage ?? 'Switching Protocols'}`,
    'Connection: Upgrade',
    `Upgrade: ${answer.headers.upgrade ?? ''}`,
  ];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  client.setTimeout(0);
  upstream.setTimeout(0);
  if (upstreamHead.length > 0) client.write(upstreamHead);
  if (clientHead.length > 0) upstream.write(clientHead);
  upstream.on('error', () => client.destroy());
  upstream.on('close', () => client.destroySoon());
  client.on('close', () => upstream.destroySoon());
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('data', () => exchange.touch());
    // One side has said its last word: the other may finish, but a half-open tunnel must not stay.
    from.on('end', () => to.setTimeout(halfOpenMs, () => to.destroy()));
    from.pipe(to);
  }
}
