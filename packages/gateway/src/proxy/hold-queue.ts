import type { Clock } from '@fairway/resources/model';

/** A request that waits for a ready endpoint. */
export interface Held {
  /** Looks again, and may come back to the queue. */
  wake(): void;
  /** When to look again without a change of the table (epoch ms). */
  wakeAt: number;
}

/** Requests that wait; bounded, in the order in which they came. */
export interface HoldQueue {
  /** False: the queue is full. */
  add(held: Held): boolean;
  remove(held: Held): void;
  /** Something changed: everybody looks again. */
  wakeAll(): void;
  readonly size: number;
}

const tickMs = 50;

export function createHoldQueue({ clock, maxHeld }: { clock: Clock; maxHeld: number }): HoldQueue {
  const waiting = new Set<Held>();
  let isTicking = false;

  const wake = (isDue: (held: Held) => boolean): void => {
    // A copy, because who wakes may come back at once.
    for (const held of [...waiting]) {
      if (!isDue(held)) continue;
      waiting.delete(held);
      held.wake();
    }
  };
  const tick = (): void => {
    isTicking = false;
    const now = clock.now();
    wake((held) => held.wakeAt <= now);
    begin();
  };
  const begin = (): void => {
    if (isTicking || waiting.size === 0) return;
    isTicking = true;
    clock.after(tickMs, tick);
  };

  return {
    add: (held) => {
      if (waiting.size >= maxHeld) return false;
      waiting.add(held);
      begin();
      return true;
    },
    remove: (held) => {
      waiting.delete(held);
    },
    wakeAll: () => wake(() => true),
    get size() {
      return waiting.size;
    },
  };
}
