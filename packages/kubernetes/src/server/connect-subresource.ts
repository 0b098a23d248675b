import { acceptCommand, acceptPorts, agree, type CommandStreams, type RemoteCommand } from '../streams/index.ts';
import { authorize, type Exchange } from './exchange.ts';
import type { ConnectHandler } from './handler-options.ts';
import { keyOfTarget } from './resource-target.ts';
import { badRequest } from './status-problem.ts';
import type { NamedTarget } from './write-resources.ts';

// A day, as for a followed log; after that the client connects again.
const longestConnectionMs = 86_400_000;

const isTrue = (query: URLSearchParams, name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');

function streamsOf(query: URLSearchParams): CommandStreams {
  const [stdin, stdout, stderr, tty] = ['stdin', 'stdout', 'stderr', 'tty'].map((name) => isTrue(query, name));
  const streams = { stdin: stdin === true, stdout: stdout === true, stderr: stderr === true && tty !== true, tty: tty === true };
  if (!streams.stdin && !streams.stdout && !streams.stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return streams;
}

const maxPorts = 100;

function portsOf(query: URLSearchParams): number[] {
  const texts = query.getAll('ports').flatMap((text) => text.split(','));
  if (texts.length === 0) throw badRequest('query parameter "ports" is required');
  if (texts.length > maxPorts) throw badRequest(`at most ${maxPorts} ports can be forwarded over one connection`);
  return texts.map((text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535)
      throw badRequest(`unable to parse ${JSON.stringify(text)} as a port: it must be a number from 1 to 65535`);
    return port;
  });
}

/** Aborts when the connection ends, the server stops, or nobody could want it any more. */
function connectionSignal({ context }: Exchange, socket: NonNullable<Exchange['context']['upgrade']>['socket']): AbortSignal {
  const gone = new AbortController();
  const stopping = context.stopping?.();
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, longestConnectionMs).unref();
  stopping?.addEventListener('abort', end, { once: true });
  socket.on('error', end);
  socket.once('close', () => {
    clearTimeout(timer);
    stopping?.removeEventListener('abort', end);
    gone.abort();
  });
  if (stopping?.aborted === true || socket.destroyed) {
    end();
    gone.abort();
  }
  return gone.signal;
}

/** Lets a client in, who then speaks another protocol on its connection; what is refused is answered like any other request. */
export async function connectSubresource(exchange: Exchange, target: NamedTarget, handler: ConnectHandler): Promise<void> {
  await authorize(exchange, 'create', target);
  const { context, request, response, query, options } = exchange;
  // Throws, too, when nothing but the path is right: then there is no connection to hand over.
  const agreement = agree(request, handler.carries);
  const { upgrade } = context;
  if (upgrade === undefined) throw badRequest('Upgrade request required');
  const { socket } = upgrade;
  const call = { key: keyOfTarget(target), query, caller: context.caller, signal: connectionSignal(exchange, socket) };
  const letIn = (): typeof upgrade & { request: typeof request } => {
    // From here on the connection is no longer HTTP's.
    response.detachSocket(socket as Parameters<typeof response.detachSocket>[0]);
    return { request, ...upgrade };
  };
  if (handler.carries === 'ports') {
    const ports = agreement.protocol === 'v4.channel.k8s.io' ? portsOf(query) : [];
    const openPort = await handler.open(call);
    return acceptPorts(letIn(), agreement, { ports, openPort });
  }
  const streams = streamsOf(query);
  const open = await handler.open({ ...call, streams });
  const start = (): Promise<RemoteCommand> =>
    open().catch((error: unknown) => {
      options.log.error('a command could not be started', { error, requestId: context.requestId });
      return { resize: () => {}, ended: Promise.resolve({ failure: "see the server's log" }) };
    });
  await acceptCommand(letIn(), agreement, { streams, start });
}
