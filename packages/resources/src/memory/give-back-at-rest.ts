import type { Clock } from '../model/index.ts';

// Of a core. What 20 applications and their probes need at rest is well below a hundredth.
const workShare = 0.05;
const restShare = 0.02;
const lookMs = 10_000;
// Longer than the pauses of somebody who works with it.
const looksOfRest = 3;

export interface Process {
  /** CPU time that it has used so far. */
  usedCpuMs: () => number;
  /** Collects all garbage, and gives the memory back to the machine. Takes a tenth of a second. */
  collect: () => void;
}

/**
 * Gives memory back once the process has come to rest after work, of which its start is the first. V8 alone keeps what work needed, a third of the
 * process's own pages, until it happens to collect: at rest that takes minutes, or never comes. Answers how to end it.
 */
export function giveBackAtRest({ usedCpuMs, collect }: Process, clock: Clock): () => void {
  let hasWorked = true;
  let rested = 0;
  let last = { at: clock.now(), used: usedCpuMs() };
  const look = (): void => {
    const now = { at: clock.now(), used: usedCpuMs() };
    const share = (now.used - last.used) / Math.max(1, now.at - last.at);
    last = now;
    hasWorked ||= share > workShare;
    rested = share < restShare ? rested + 1 : 0;
    if (hasWorked && rested >= looksOfRest) {
      hasWorked = false;
      collect();
    }
    cancel = clock.after(lookMs, look);
  };
  let cancel = clock.after(lookMs, look);
  return () => cancel();
}

/** The same for this process; nothing unless it was started with `--expose-gc`. */
export function giveOwnMemoryBackAtRest(clock: Clock): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  const usedCpuMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  // Nothing less makes V8 give up the room that work needed.
  giveBackAtRest({ usedCpuMs, collect: () => void gc({ type: 'major', execution: 'async', flavor: 'last-resort' }) }, clock);
}
