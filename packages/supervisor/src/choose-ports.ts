import { createServer } from 'node:net';

export interface Ports {
  plain: number;
  tls: number;
  gateway: number;
  cluster: number;
}

export const preferredPorts: Ports = { plain: 7070, tls: 7443, gateway: 7080, cluster: 7444 };

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });

// A machine with a hundred taken ports in a row has another problem.
const maxTries = 100;

/** For each wanted port the next free one at or above it, no two alike. */
export async function choosePorts(wanted: Ports): Promise<{ ports: Ports; moved: { name: keyof Ports; from: number; to: number }[] }> {
  const ports = { ...wanted };
  const moved: { name: keyof Ports; from: number; to: number }[] = [];
  const taken = new Set<number>();
  for (const name of Object.keys(wanted) as (keyof Ports)[]) {
    const from = wanted[name];
    let port = from;
    while (taken.has(port) || !(await isFree(port))) {
      port += 1;
      if (port - from > maxTries || port > 65_535)
        throw new Error(`no free port for ${name} from ${from} on: free one, or give another with --${name}-port`);
    }
    taken.add(port);
    ports[name] = port;
    if (port !== from) moved.push({ name, from, to: port });
  }
  return { ports, moved };
}
