import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { unavailable } from '@fairway/resources/model';

// Below the range from which Linux and macOS take outgoing ports, so that no connection sits on one by chance.
const firstPort = 20_000;
const lastPort = 29_999;

/** True when nobody listens there: on the address that applications are told, and on all addresses. */
const isPortFree = async (port: number): Promise<boolean> => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
    });
    if (!free) return false;
  }
  return true;
};

export interface PortAllotment {
  /** A port that nobody has; it stays taken until it is released. */
  allot(): Promise<number>;
  /** Marks a port of an adopted pod as taken. */
  keep(port: number): void;
  release(port: number): void;
}

/**
 * Hands out ports one after the other, so that a released one is not given away while clients still ask the old application. Where it begins
 * depends on `seed`: a port is free until its application listens, so two clusters of one machine that began alike would hand out the same ones.
 */
export function createPortAllotment({ first = firstPort, last = lastPort, seed = '' } = {}): PortAllotment {
  const taken = new Set<number>();
  let next = first + (seed === '' ? 0 : createHash('sha256').update(seed).digest().readUInt32BE() % (last - first + 1));
  return {
    async allot() {
      for (let tries = 0; tries <= last - first; tries++) {
        const port = next;
        next = next === last ? first : next + 1;
        if (taken.has(port)) continue;
        taken.add(port);
        if (await isPortFree(port)) return port;
        taken.delete(port);
      }
      throw unavailable(`no free port between ${first} and ${last} on 127.0.0.1: stop applications that are not needed`);
    },
    keep: (port) => {
      taken.add(port);
    },
    release: (port) => {
      taken.delete(port);
    },
  };
}
