import { type Clock, unavailable } from '../model/index.ts';

export interface Deadline {
  clock: Clock;
  deadlineMs: number;
  /** After the deadline, or after `stop`, work gets this long to react to its signal before it is left behind. */
  graceMs: number;
  /** Ends the work early. */
  stop: AbortSignal;
}

/** The work did not react to its signal: it still runs, and its key must not run beside it. */
export class LeftBehind extends Error {
  override readonly name = 'LeftBehind';
  readonly work: Promise<unknown>;

  constructor(work: Promise<unknown>, graceMs: number) {
    super(`did not end within ${graceMs} ms after its signal was aborted; it must pass the signal to everything that it awaits`);
    this.work = work;
  }
}

/** Runs work with a signal that aborts at the deadline and at the stop; throws LeftBehind when the work ignores it. */
export const runWithDeadline = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, deadlineMs, graceMs, stop }: Deadline,
): Promise<T> => {
  const controller = new AbortController();
  const cancels: (() => void)[] = [];
  const running = Promise.resolve().then(() => work(controller.signal));
  // The left-behind promise is awaited by nobody any more; its end must not be an unhandled rejection.
  running.catch(() => {});
  const leftBehind = new Promise<never>((_resolve, reject) => {
    const abort = (reason: unknown): void => {
      if (controller.signal.aborted) return;
      controller.abort(reason);
      cancels.push(clock.after(graceMs, () => reject(new LeftBehind(running, graceMs))));
    };
    const onStop = (): void => abort(stop.reason);
    cancels.push(clock.after(deadlineMs, () => abort(unavailable(`took longer than its deadline of ${deadlineMs} ms`))));
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
    cancels.push(() => stop.removeEventListener('abort', onStop));
  });
  try {
    return await Promise.race([running, leftBehind]);
  } finally {
    for (const cancel of cancels) cancel();
  }
};
