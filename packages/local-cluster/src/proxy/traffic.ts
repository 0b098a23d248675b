import type { Target } from './read-targets.ts';
import type { Relay } from './relay.ts';

// Two files each; a client that opens more in one moment is out of control.
const maxConnections = 4_000;

/** Which connections run to which pod, and which pods are on their way out. */
export interface Traffic {
  /** Counts a connection in; false when there are too many. */
  admit(): boolean;
  end(): void;
  move(relay: Relay, now: Target | undefined, before: Target | undefined): void;
  isLeaving(podUid: string): boolean;
  /** Nothing new goes to this pod from now on; answers whether something is still under way there. */
  leave(podUid: string): boolean;
  /** Forgets leaving pods that no endpoint names any more. */
  forgetAllBut(isNamed: (podUid: string) => boolean): void;
}

export function createTraffic(): Traffic {
  const relays = new Map<string, Set<Relay>>();
  const leaving = new Set<string>();
  let connections = 0;
  return {
    admit: () => {
      if (connections >= maxConnections) return false;
      connections += 1;
      return true;
    },
    end: () => {
      connections -= 1;
    },
    move: (relay, now, before) => {
      const old = relays.get(before?.podUid ?? '');
      old?.delete(relay);
      if (old?.size === 0) relays.delete(before?.podUid ?? '');
      if (now === undefined || now.podUid === '') return;
      const known = relays.get(now.podUid) ?? new Set();
      relays.set(now.podUid, known.add(relay));
    },
    isLeaving: (podUid) => leaving.has(podUid),
    leave: (podUid) => {
      leaving.add(podUid);
      const running = [...(relays.get(podUid) ?? [])];
      for (const relay of running) relay.leave();
      return running.some((relay) => relay.isUnderWay);
    },
    forgetAllBut: (isNamed) => {
      for (const podUid of leaving) if (!isNamed(podUid)) leaving.delete(podUid);
    },
  };
}
