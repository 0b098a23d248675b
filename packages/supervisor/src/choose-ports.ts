import { createServer } from 'node:net';

export interface Ports {
  plain: number;
  tls: number;
  gateway: number;
  cluster: number;
}

export const preferredPorts: Ports = { plain: 7070, tls: 7443, gateway: 7080, cluster: 7444 };
export const portNames = Object.keys(preferredPorts) as (keyof Ports)[];

/** A port that could not be had, and what is used instead. */
export interface MovedPort {
  name: keyof Ports;
  from: number;
  to: number;
}

// Higher ones do not exist.
const lastPort = 65_535;
// A machine with a hundred taken ports in a row has another problem.
const maxTries = 100;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new Error(`port ${port} cannot be used (${error.code ?? error.message}): give another`, { cause: error }));
    });
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });

/** For each wanted port the next free one at or above it, no two alike. */
export async function choosePorts(wanted: Ports): Promise<{ ports: Ports; moved: MovedPort[] }> {
  const ports = { ...wanted };
  const moved: MovedPort[] = [];
  const taken = new Set<number>();
  for (const name of portNames) {
    const from = wanted[name];
    let port = from;
    while (taken.has(port) || !(await isFree(port))) {
      port += 1;
      if (port - from > maxTries || port > lastPort)
        throw new Error(`no free port for ${name} from ${from} on: free one, or give another with --${name}-port`);
    }
    taken.add(port);
    ports[name] = port;
    if (port !== from) moved.push({ name, from, to: port });
  }
  return { ports, moved };
}
