import type { Duplex } from 'node:stream';
import { type CommandStreams, type RemoteCommand, serveCommand } from './remote-command.ts';
import { createSpdySession, type SpdyStream } from './spdy-session.ts';

// Clients open all streams at once.
const streamsMs = 30_000;

/** Serves a command over the streams of a SPDY connection, when the client has opened all that it asked for. */
export function serveCommandStreams(
  transport: Duplex,
  { streams, start }: { streams: CommandStreams; start: () => Promise<RemoteCommand> },
): void {
  const wanted = new Set([
    'error',
    ...(['stdin', 'stdout', 'stderr'] as const).filter((name) => streams[name]),
    ...(streams.tty ? ['resize'] : []),
  ]);
  const opened = new Map<string, SpdyStream>();
  const timer = setTimeout(() => session.close(), streamsMs);
  transport.once('close', () => clearTimeout(timer));
  const begin = (): void => {
    clearTimeout(timer);
    const { error, ...others } = Object.fromEntries(opened) as { error: SpdyStream } & Record<string, SpdyStream>;
    for (const stream of [error, others.stdout, others.stderr]) stream?.resume();
    start()
      .then((command) => serveCommand({ ...others, error, close: () => session.close() }, command))
      .catch(() => transport.destroy());
  };
  const session = createSpdySession(transport, (stream) => {
    const type = stream.headers.get('streamtype') ?? '';
    if (!wanted.has(type) || opened.has(type)) return void stream.destroy();
    opened.set(type, stream);
    if (opened.size === wanted.size) begin();
  });
}
