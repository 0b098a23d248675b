import { createServer, type Server, type Socket } from 'node:net';
import type { Address } from './address-plan.ts';
import type { Target } from './read-targets.ts';
import { Relay, type Route } from './relay.ts';
import type { Traffic } from './traffic.ts';

/** A port of a Service that is listened on. */
export interface ServicePort {
  readonly address: Address;
  /** From now on these answer. Running connections stay, but for those that can go over to another target without being seen. */
  use(targets: readonly Target[]): void;
  /** Takes no connection any more, and cuts off those that there are. */
  close(): void;
}

/** How many ports after the wanted one are tried when it is taken. */
const tries = 32;

/** Listens on the wanted port of an address, or on one of the next when it is taken. Rejects with the system's error when none is free. */
export async function openServicePort(wanted: Address, { traffic }: { traffic: Traffic }): Promise<ServicePort> {
  let targets: readonly Target[] = [];
  let keys: ReadonlySet<string> = new Set();
  let turn = 0;
  const relays = new Set<Relay>();
  const accepts = ({ key, podUid }: Target): boolean => keys.has(key) && !traffic.isLeaving(podUid);
  const route: Route = {
    accepts,
    next: (tried) => {
      for (let step = 0; step < targets.length; step += 1) {
        turn = (turn + 1) % targets.length;
        const target = targets[turn];
        if (target !== undefined && !tried.has(target.key) && accepts(target)) return target;
      }
      return undefined;
    },
  };
  const serve = (client: Socket): void => {
    if (!traffic.admit()) {
      client.resetAndDestroy();
      return;
    }
    const relay: Relay = new Relay({
      client,
      route,
      onTarget: (now, before) => traffic.move(relay, now, before),
      onEnd: () => {
        relays.delete(relay);
        traffic.end();
      },
    });
    relays.add(relay);
    relay.start();
  };
  const { server, port } = await listen(wanted, serve);
  return {
    address: { host: wanted.host, port },
    use: (next) => {
      targets = next;
      keys = new Set(next.map(({ key }) => key));
    },
    close: () => {
      server.close();
      for (const relay of relays) relay.abort();
    },
  };
}

async function listen({ host, port: first }: Address, serve: (client: Socket) => void): Promise<{ server: Server; port: number }> {
  for (let port = first; ; port += 1) {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, serve);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, exclusive: true }, resolve);
      });
      // A connection that cannot be taken (no file is left) is the client's loss alone.
      server.on('error', () => {});
      return { server, port };
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || port >= first + tries || port >= 65_535) throw error;
    }
  }
}
