import type { Clock } from '../model/index.ts';

export interface VirtualClock extends Clock {
  /** Moves time on, runs what falls due in order, and lets the work that it started go as far as it can without more time. */
  advance(ms: number): Promise<void>;
  /** Lets started work go on, without moving time. */
  settle(): Promise<void>;
  /** Moves time in steps until the condition holds; throws after `limitMs` of virtual time. */
  until(condition: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>;
  /** How many tasks wait for their time. */
  readonly pending: number;
}

/** Turns of the event loop that started work gets to come to rest; a database commit needs a few of them. */
const turnsToSettle = 20;

/** A clock for tests: time stands still until it is moved. */
export const createVirtualClock = (startMs: number = Date.parse('2026-01-01T00:00:00Z')): VirtualClock => {
  let now = startMs;
  let order = 0;
  const tasks = new Map<number, { at: number; task: () => void }>();

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < turnsToSettle; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const nextDue = (limit: number): [number, { at: number; task: () => void }] | undefined =>
    [...tasks].filter(([, { at }]) => at <= limit).sort(([a, left], [b, right]) => left.at - right.at || a - b)[0];
  const advance = async (ms: number): Promise<void> => {
    const end = now + ms;
    await settle();
    for (let due = nextDue(end); due !== undefined; due = nextDue(end)) {
      const [id, { at, task }] = due;
      tasks.delete(id);
      now = Math.max(now, at);
      task();
      await settle();
    }
    now = end;
  };
  const until = async (condition: () => boolean | Promise<boolean>, limitMs = 600_000): Promise<void> => {
    const end = now + limitMs;
    await settle();
    while (!(await condition())) {
      if (now >= end) throw new Error(`the condition did not hold within ${limitMs} ms of virtual time`);
      const due = nextDue(end);
      await advance(due === undefined ? end - now : Math.max(0, due[1].at - now));
    }
  };

  return {
    now: () => now,
    after: (delayMs, task) => {
      order += 1;
      const id = order;
      tasks.set(id, { at: now + Math.max(0, delayMs), task });
      return () => tasks.delete(id);
    },
    advance,
    settle,
    until,
    get pending() {
      return tasks.size;
    },
  };
};
