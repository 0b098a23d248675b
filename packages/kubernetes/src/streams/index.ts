/**
 * Byte streams both ways over one connection, as Kubernetes' clients speak them for exec, attach and port-forward: channels of a WebSocket, or the
 * streams of SPDY, alone or inside a WebSocket. Knows neither pods nor processes: those are behind RemoteCommand and OpenPort.
 * Start with accept-upgrade.ts; remote-command.ts and forward-ports.ts join the streams, spdy-session.ts is the old protocol.
 */
export { acceptCommand, acceptPorts, agree } from './accept-upgrade.ts';
export type { OpenPort } from './forward-ports.ts';
export type { CommandStreams, RemoteCommand } from './remote-command.ts';
