import type { Clock } from '@fairway/resources/model';
import type { ProbeAnswer } from './ask-probe.ts';

/** When to ask and what to make of the answers; the names and defaults are Kubernetes'. */
export interface ProbeTiming {
  initialDelayMs: number;
  periodMs: number;
  successThreshold: number;
  failureThreshold: number;
}

export interface ProbeLoopOptions {
  clock: Clock;
  timing: ProbeTiming;
  ask: () => Promise<ProbeAnswer>;
  /** Called when a threshold is reached, and again only after the other one was. */
  onVerdict: (verdict: 'passed' | 'failed', message: string) => void;
  /** Each failure that counts, also below the threshold. */
  onFailure?: (message: string) => void;
  /** Before the first success ask this often instead, so that an application is found ready soon. */
  eagerPeriodMs?: number;
}

// Timers come a little early or late.
const toleranceMs = 20;

/** Asks until it is stopped; never two questions at a time. */
export function startProbeLoop(options: ProbeLoopOptions): { stop(): void } {
  const { clock, timing } = options;
  let stopped = false;
  let cancel = (): void => {};
  let successes = 0;
  let failures = 0;
  let verdict: 'passed' | 'failed' | undefined;
  let countedAt = Number.NEGATIVE_INFINITY;

  const judge = (answer: ProbeAnswer): void => {
    if (answer.ok) {
      successes += 1;
      failures = 0;
    } else {
      // Eager questions must not use up the patience that the manifest grants: one failure a period counts.
      if (clock.now() - countedAt < timing.periodMs - toleranceMs) return;
      countedAt = clock.now();
      failures += 1;
      successes = 0;
      options.onFailure?.(answer.message);
    }
    const reached = successes >= timing.successThreshold ? 'passed' : failures >= timing.failureThreshold ? 'failed' : undefined;
    if (reached === undefined || reached === verdict) return;
    verdict = reached;
    options.onVerdict(reached, answer.ok ? '' : answer.message);
  };
  const askOnce = async (): Promise<void> => {
    const answer = await options.ask();
    if (stopped) return;
    judge(answer);
    if (stopped) return;
    const isEager = verdict !== 'passed' && options.eagerPeriodMs !== undefined;
    cancel = clock.after(
      isEager ? Math.min(options.eagerPeriodMs ?? timing.periodMs, timing.periodMs) : timing.periodMs,
      () => void askOnce(),
    );
  };
  cancel = clock.after(timing.initialDelayMs, () => void askOnce());
  return {
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
