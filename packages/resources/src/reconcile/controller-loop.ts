import type { Log } from '../log/index.ts';
import { type Clock, isProblem, type Key, Problem, type Resources } from '../model/index.ts';
import { createBackOff } from './back-off.ts';
import type { Controller } from './controller.ts';
import { createLoopMemory } from './loop-memory.ts';
import { keyFromText, keyText } from './object-key.ts';
import { type ObjectRun, readObject, reconcileObject, writeStatus } from './reconcile-object.ts';
import { LeftBehind } from './run-with-deadline.ts';
import { createWorkQueue } from './work-queue.ts';

export type LoopFailure = (error: unknown, at: { controller: string; key: Key }) => void;

export interface LoopOptions {
  resources: Resources;
  controller: Controller;
  clock: Clock;
  log: Log;
  random: () => number;
  onError: LoopFailure;
}

/** One controller at work. */
export interface ControllerLoop {
  readonly controller: Controller;
  /** An object of the controller's own kind was seen at this version. */
  changed(key: Key, version: string | undefined): void;
  /** Something that the object depends on changed, or it is time to look again. */
  wake(key: Key): void;
  /** Looks even at a stalled object. */
  wakeNow(key: Key): void;
  figures(): { controller: string; queued: number; running: number; reconciled: number; failed: number };
  stop(): Promise<void>;
}

const defaultConcurrency = 4;

/** Tells the loop's own writes from those of others, also when they are seen while their run still goes on. */
const createSightings = (isOwn: (key: string, version: string) => boolean) => {
  const active = new Map<string, string[]>();
  return {
    begin: (key: string) => active.set(key, []),
    /** True when somebody else changed the object during the run. */
    end: (key: string): boolean => {
      const versions = active.get(key) ?? [];
      active.delete(key);
      return versions.filter((version) => !isOwn(key, version)).length > 0;
    },
    /** True when the object must be looked at because of this version. */
    see: (key: string, version: string): boolean => {
      const during = active.get(key);
      if (during === undefined) return !isOwn(key, version);
      // Bounded: many changes during one run are one reason to look again, like a few.
      if (during.length < 16) during.push(version);
      return false;
    },
  };
};

/** A failure in the object's own status, so that people need no log to see it. */
const sayFailed = async (run: ObjectRun, error: unknown): Promise<void> => {
  if (run.controller.conditionStyle === 'own') return;
  const object = await readObject(run);
  if (object === undefined) return;
  // The words of an unexpected error may hold a secret; those of a problem are meant to be read.
  const unexpected = `An unexpected error; the log of ${run.controller.name} tells more. It is tried again.`;
  const message = error instanceof Problem ? error.message : unexpected;
  await writeStatus(run, object, { outcome: { is: 'waiting', reason: 'ReconcileFailed', message, againInMs: 0 } });
};

export const createControllerLoop = (options: LoopOptions): ControllerLoop => {
  const { resources, controller, clock, random } = options;
  const log = options.log.with({ controller: controller.name });
  const stop = new AbortController();
  const failures = createBackOff({ firstMs: 1_000, maxMs: 300_000, random });
  const conflicts = createBackOff({ firstMs: 100, maxMs: 5_000, random });
  const memory = createLoopMemory();
  const sightings = createSightings(memory.isOwn);
  const leftBehind = new Set<string>();
  const counts = { reconciled: 0, failed: 0 };

  const fail = async (run: ObjectRun, error: unknown): Promise<void> => {
    const { text } = run;
    if (error instanceof LeftBehind) {
      leftBehind.add(text);
      const ended = (): unknown => leftBehind.delete(text);
      error.work.then(ended, ended);
    }
    if (stop.signal.aborted) return;
    if (isProblem(error, 'conflict')) return queue.addAfter(text, conflicts.next(text));
    counts.failed += 1;
    const delayMs = failures.next(text);
    log.warn('a reconcile failed and is tried again', { key: text, againInMs: Math.round(delayMs), error });
    options.onError(error, { controller: controller.name, key: keyFromText(text) });
    await sayFailed(run, error).catch((second: unknown) =>
      log.debug('the failure could not be put into status', { key: text, error: second }),
    );
    queue.addAfter(text, delayMs);
  };
  const lookAt = async (text: string): Promise<void> => {
    // One key never runs twice at a time, not even beside a run that ignores its deadline.
    if (leftBehind.has(text)) return queue.addAfter(text, failures.next(text));
    const run = { resources, controller, clock, memory, stop: stop.signal, text };
    sightings.begin(text);
    try {
      const outcome = await reconcileObject(run);
      counts.reconciled += 1;
      failures.forget(text);
      conflicts.forget(text);
      if (outcome !== undefined && outcome.is !== 'stalled' && outcome.againInMs !== undefined) queue.addAfter(text, outcome.againInMs);
    } catch (error) {
      await fail(run, error);
    } finally {
      if (sightings.end(text)) queue.add(text);
    }
  };
  const queue = createWorkQueue({ clock, concurrency: controller.concurrency ?? defaultConcurrency, run: lookAt });

  return {
    controller,
    changed: (key, version) => {
      const text = keyText(key);
      if (version === undefined || sightings.see(text, version)) queue.add(text);
    },
    wake: (key) => queue.add(keyText(key)),
    wakeNow: (key) => {
      memory.stalledAt.delete(keyText(key));
      queue.add(keyText(key));
    },
    figures: () => ({ controller: controller.name, queued: queue.queued, running: queue.running, ...counts }),
    stop: async () => {
      stop.abort(new Error('the loop stops'));
      await queue.stop();
    },
  };
};
