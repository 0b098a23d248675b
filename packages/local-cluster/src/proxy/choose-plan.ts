import { createServer } from 'node:net';
import { type AddressPlan, sharedHost, virtualHosts } from './address-plan.ts';

const example = '127.64.0.1';

const canListenOn = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** Hosts of their own for Services where the system answers on all of 127.0.0.0/8 (Linux does, macOS does not); else one for all. */
export const choosePlan = async (seed: string): Promise<AddressPlan> =>
  (await canListenOn(example)) ? virtualHosts(seed) : sharedHost(seed);
