import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../routes/route-table.ts';
import type { Limits } from './limits.ts';

interface IdleSocket {
  socket: Socket;
  since: number;
  /** When the other side may close it by its own word (`Keep-Alive: timeout=`), with a margin. */
  goodUntil: number;
  /** Bytes that came while it was idle belong to no request: such a socket is out of step. */
  bytesRead: number;
}

interface PodLoad {
  inFlight: number;
  isDrained: boolean;
}

/** What the data path knows of one endpoint beyond the table. */
export interface Upstream {
  readonly endpoint: Endpoint;
  inFlight: number;
  /** After a refused connection, until when (epoch ms) it is not tried; 0 when it is fine. */
  avoidUntil: number;
  readonly idle: IdleSocket[];
  readonly pod: PodLoad;
}

type Connected = (error: Error | undefined, socket: Socket | undefined, isReused: boolean) => void;

/** Connections to endpoints, and the count of what runs on them. */
export interface Upstreams {
  of(endpoint: Endpoint): Upstream;
  /** Counts a request in; must be called before anything is awaited, so that a table change in between sees it. */
  begin(upstream: Upstream): void;
  end(upstream: Upstream): void;
  /** A connection that was idle for at most `maxIdleMs` (0: a new one). Calls back once, in the same turn for a reused one. */
  connect(upstream: Upstream, maxIdleMs: number, done: Connected): void;
  /** Takes a connection back after a whole exchange. */
  release(upstream: Upstream, socket: Socket, idleHintMs: number): void;
  inFlightOf(podUid: string): number;
  /** Nothing is sent to this pod any more, whatever a table says. */
  markDrained(podUid: string): void;
  /** Forgets endpoints and pods that a new table does not know, and closes idle connections to them. */
  retain(keys: ReadonlySet<string>, podUids: ReadonlySet<string>): void;
  sweep(): void;
  close(): void;
}

const idleHintMarginMs = 1_000;
// More idle connections than this to one endpoint are the rest of a burst.
const maxIdlePerUpstream = 256;

class UpstreamPool implements Upstreams {
  readonly #upstreams = new Map<string, Upstream>();
  readonly #pods = new Map<string, PodLoad>();
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #onPodIdle: (podUid: string) => void;
  #retained: ReadonlySet<string> = new Set();

  constructor(deps: { limits: Limits; now: () => number; onPodIdle: (podUid: string) => void }) {
    this.#limits = deps.limits;
    this.#now = deps.now;
    this.#onPodIdle = deps.onPodIdle;
  }

  of(endpoint: Endpoint): Upstream {
    const known = this.#upstreams.get(endpoint.key);
    if (known !== undefined) return known;
    const upstream: Upstream = { endpoint, inFlight: 0, avoidUntil: 0, idle: [], pod: this.#podOf(endpoint) };
    this.#upstreams.set(endpoint.key, upstream);
    return upstream;
  }

  #podOf(endpoint: Endpoint): PodLoad {
    const known = this.#pods.get(endpoint.podUid);
    if (known !== undefined) return known;
    const pod = { inFlight: 0, isDrained: false };
    // Endpoints without a pod (an EndpointSlice written by hand) share no fate.
    if (endpoint.podUid !== '') this.#pods.set(endpoint.podUid, pod);
    return pod;
  }

  begin(upstream: Upstream): void {
    upstream.inFlight += 1;
    upstream.pod.inFlight += 1;
  }

  end(upstream: Upstream): void {
    upstream.inFlight -= 1;
    upstream.pod.inFlight -= 1;
    if (upstream.pod.inFlight === 0 && upstream.endpoint.podUid !== '') this.#onPodIdle(upstream.endpoint.podUid);
  }

  connect(upstream: Upstream, maxIdleMs: number, done: Connected): void {
    const now = this.#now();
    // Newest first: the freshest connection is the least likely to be half closed.
    for (let idle = upstream.idle.pop(); idle !== undefined; idle = upstream.idle.pop()) {
      const { socket } = idle;
      if (maxIdleMs > 0 && now - idle.since <= maxIdleMs && now < idle.goodUntil && isSound(idle)) {
        done(undefined, socket, true);
        return;
      }
      if (maxIdleMs >= this.#limits.upstreamIdleMs || !isSound(idle) || now >= idle.goodUntil) {
        socket.destroy();
        continue;
      }
      // Good for others, not for this request; and what lies below it is older still.
      upstream.idle.push(idle);
      break;
    }
    this.#open(upstream, done);
  }

  #open({ endpoint }: Upstream, done: Connected): void {
    const socket = connect({ host: endpoint.address, port: endpoint.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${this.#limits.connectMs} ms`)), this.#limits.connectMs);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      done(error, undefined, false);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      // An idle connection that is reset must not end the process; whoever uses it listens too.
      socket.on('error', ignore);
      done(undefined, socket, false);
    });
  }

  release(upstream: Upstream, socket: Socket, idleHintMs: number): void {
    const now = this.#now();
    const isWanted = !upstream.pod.isDrained && this.#retained.has(upstream.endpoint.key) && upstream.idle.length < maxIdlePerUpstream;
    if (!isWanted || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const goodUntil = now + (idleHintMs > 0 ? Math.max(0, idleHintMs - idleHintMarginMs) : this.#limits.upstreamIdleMs);
    upstream.idle.push({ socket, since: now, goodUntil, bytesRead: socket.bytesRead });
  }

  inFlightOf(podUid: string): number {
    return this.#pods.get(podUid)?.inFlight ?? 0;
  }

  markDrained(podUid: string): void {
    const pod = this.#pods.get(podUid);
    if (pod === undefined) this.#pods.set(podUid, { inFlight: 0, isDrained: true });
    else pod.isDrained = true;
    for (const upstream of this.#upstreams.values()) if (upstream.endpoint.podUid === podUid) closeIdle(upstream);
  }

  retain(keys: ReadonlySet<string>, podUids: ReadonlySet<string>): void {
    this.#retained = keys;
    const inUse = new Set<string>();
    for (const [key, upstream] of this.#upstreams) {
      if (!keys.has(key)) closeIdle(upstream);
      if (keys.has(key) || upstream.inFlight > 0) inUse.add(upstream.endpoint.podUid);
      else this.#upstreams.delete(key);
    }
    for (const uid of this.#pods.keys()) if (!inUse.has(uid) && !podUids.has(uid)) this.#pods.delete(uid);
  }

  sweep(): void {
    const now = this.#now();
    for (const upstream of this.#upstreams.values()) {
      const { idle } = upstream;
      // Oldest first; what follows is younger.
      while (idle[0] !== undefined && (now - idle[0].since > this.#limits.upstreamIdleMs || now >= idle[0].goodUntil || !isSound(idle[0])))
        idle.shift()?.socket.destroy();
    }
  }

  close(): void {
    for (const upstream of this.#upstreams.values()) closeIdle(upstream);
  }
}

const ignore = (): void => {};
const isSound = ({ socket, bytesRead }: IdleSocket): boolean =>
  !socket.destroyed && socket.writable && !socket.readableEnded && socket.bytesRead === bytesRead;
const closeIdle = (upstream: Upstream): void => {
  for (const { socket } of upstream.idle.splice(0)) socket.destroy();
};

export const createUpstreams = (deps: { limits: Limits; now: () => number; onPodIdle: (podUid: string) => void }): Upstreams =>
  new UpstreamPool(deps);
