import type { Liveness } from './is-answering.ts';

export interface LivenessTiming {
  everyMs: number;
  /** How long one answer may take; less than `everyMs`. */
  withinMs: number;
  /** So many looks in a row without an answer, and it hangs. */
  failures: number;
  /** The same for a program that has not answered since its start: it may have much to read first. */
  startFailures: number;
  /** How long one that hangs gets to end by itself. */
  graceMs: number;
}

/** A minute, so that a machine that is short of everything ends nothing; five after a start. */
export const usualTiming: LivenessTiming = { everyMs: 10_000, withinMs: 5_000, failures: 6, startFailures: 30, graceMs: 5_000 };

/**
 * Asks a running program again and again whether it lives. Calls `onHung` once, with what it did not do, when it did not answer for too long, and asks no
 * more then. The answer ends the watch.
 */
export function watchLiveness(of: {
  ask: (withinMs: number) => Promise<Liveness>;
  onHung: (why: string) => void;
  timing: LivenessTiming;
}): () => void {
  const { everyMs, withinMs, failures, startFailures } = of.timing;
  let isOver = false;
  let hasAnswered = false;
  let failed = 0;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    const liveness = await of.ask(withinMs);
    if (isOver) return;
    hasAnswered ||= liveness === 'answers';
    failed = liveness === 'answers' ? 0 : failed + 1;
    if (failed < (hasAnswered ? failures : startFailures)) {
      // One that is silent has used up its time.
      timer = setTimeout(look, liveness === 'silent' ? everyMs - withinMs : everyMs);
      return;
    }
    isOver = true;
    of.onHung(whatWasMissed(liveness, { forMs: failed * everyMs, hasAnswered }));
  };
  timer = setTimeout(look, everyMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

const whatWasMissed = (liveness: Liveness, { forMs, hasAnswered }: { forMs: number; hasAnswered: boolean }): string =>
  `it ran, but did not ${liveness === 'closed' ? 'listen' : 'answer'} for ${forMs / 1_000} s${hasAnswered ? '' : ' after its start'}`;
