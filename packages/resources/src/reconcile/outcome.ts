import type { Condition } from '../model/index.ts';

/** What a reconcile knows at its end. A throw is a surprise: it is logged and retried with back-off. */
export type Outcome =
  /** The outside is as the spec says. `againInMs`: look again for drift. */
  | { is: 'settled'; againInMs?: number }
  /** Work is under way that somebody else does; a watch or the timer brings us back. */
  | { is: 'progressing'; reason: string; message: string; againInMs: number }
  /** Something that this object needs is not there yet. */
  | { is: 'waiting'; reason: string; message: string; againInMs: number }
  /** Only a change of spec can help. */
  | { is: 'stalled'; reason: string; message: string };

/** Answer of a reconciler: the outcome, and what it saw. The loop alone writes conditions and status. */
export interface Reconciled {
  outcome: Outcome;
  /** Merged into status (top-level fields replace). */
  status?: Record<string, unknown>;
  /** Kind-specific conditions, beside or instead of the loop's own Ready/Reconciling/Stalled. Transition times are the loop's work. */
  conditions?: readonly Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>[];
}

export const settled: Outcome = { is: 'settled' };
export const progressing = (reason: string, message: string, againInMs = 5_000): Outcome => ({
  is: 'progressing',
  reason,
  message,
  againInMs,
});
export const waiting = (reason: string, message: string, againInMs = 5_000): Outcome => ({ is: 'waiting', reason, message, againInMs });
export const stalled = (reason: string, message: string): Outcome => ({ is: 'stalled', reason, message });
