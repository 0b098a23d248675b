import { connect } from 'node:net';

/** `closed`: nobody listens. `silent`: the system takes connections for a program that does nothing with them. */
export type Liveness = 'answers' | 'silent' | 'closed';

// A host that no route has. The gateway answers for it itself, and so do the others.
const question = 'GET /health HTTP/1.1\r\nHost: ready.invalid\r\nConnection: close\r\n\r\n';

/**
 * Whether the program that listens on this port of loopback does anything at all. Any byte and any hang-up is a sign of life: what it thinks of the
 * question is not asked here. A listener for TLS hangs up on words in the clear, so one question does for all, without the 2 MB that TLS would cost.
 */
export function isAnswering(port: number, withinMs: number): Promise<Liveness> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(question));
    const end = (liveness: Liveness): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(liveness);
    };
    const late = setTimeout(end, withinMs, 'silent');
    socket.once('data', () => end('answers'));
    socket.once('end', () => end('answers'));
    // Anything else (it hung up, or this process has no file handle left) says nothing against the program.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED' ? 'closed' : 'answers'));
  });
}
