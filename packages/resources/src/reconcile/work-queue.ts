import type { Clock } from '../model/index.ts';

/** Keys that wait for their turn. A key waits once however often it is added, and never runs twice at a time. */
export interface WorkQueue {
  /** Runs the key as soon as a place is free; if it runs now, once more afterwards. */
  add(key: string): void;
  /** The same, later. Of two delays the shorter one holds; the start of a run drops both. */
  addAfter(key: string, delayMs: number): void;
  isRunning(key: string): boolean;
  readonly queued: number;
  readonly running: number;
  /** Takes no more keys, forgets those that wait, answers when those that run have ended. */
  stop(): Promise<void>;
}

/** Timers of Node end at 2^31 ms; a resync comes long before. */
const maxDelayMs = 24 * 3_600_000;

export interface WorkQueueOptions {
  clock: Clock;
  concurrency: number;
  /** Must not throw: what went wrong is decided before it comes here. */
  run: (key: string) => Promise<void>;
}

export const createWorkQueue = ({ clock, concurrency, run }: WorkQueueOptions): WorkQueue => {
  const waiting = new Set<string>();
  const runs = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const timers = new Map<string, { at: number; cancel: () => void }>();
  let isStopped = false;

  const dropTimer = (key: string): void => {
    timers.get(key)?.cancel();
    timers.delete(key);
  };
  const add = (key: string): void => {
    if (isStopped) return;
    if (runs.has(key)) again.add(key);
    else {
      waiting.add(key);
      fill();
    }
  };
  const end = (key: string): void => {
    runs.delete(key);
    if (again.delete(key)) add(key);
    fill();
  };
  const start = (key: string): void => {
    waiting.delete(key);
    dropTimer(key);
    // A turn later, so that changes of one commit meet in one run.
    const ended = Promise.resolve()
      .then(() => run(key))
      .finally(() => end(key));
    runs.set(key, ended);
  };
  const fill = (): void => {
    for (const key of waiting) {
      if (isStopped || runs.size >= concurrency) return;
      start(key);
    }
  };

  return {
    add,
    addAfter: (key, delayMs) => {
      if (isStopped) return;
      const at = clock.now() + Math.min(Math.max(0, delayMs), maxDelayMs);
      const timer = timers.get(key);
      if (timer !== undefined && timer.at <= at) return;
      timer?.cancel();
      const cancel = clock.after(at - clock.now(), () => {
        timers.delete(key);
        add(key);
      });
      timers.set(key, { at, cancel });
    },
    isRunning: (key) => runs.has(key),
    get queued() {
      return waiting.size;
    },
    get running() {
      return runs.size;
    },
    stop: async () => {
      isStopped = true;
      waiting.clear();
      for (const key of [...timers.keys()]) dropTimer(key);
      await Promise.allSettled(runs.values());
    },
  };
};
