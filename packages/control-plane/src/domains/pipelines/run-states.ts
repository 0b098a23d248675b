import type { RunPhase } from '@fairway/contracts';

/** A run's phases and what moves them. Finished phases are final: a finished run never runs again. */
export type RunEvent = 'start' | 'step-failed' | 'steps-done' | 'cancel';

const moves: Record<RunPhase, Partial<Record<RunEvent, RunPhase>>> = {
  Pending: { start: 'Running', cancel: 'Canceled', 'step-failed': 'Failed' },
  Running: { 'step-failed': 'Failed', 'steps-done': 'Succeeded', cancel: 'Canceled' },
  Succeeded: {},
  Failed: {},
  Canceled: {},
};

/** The next phase; the same one when the event does not move it. */
export const nextPhase = (phase: RunPhase, event: RunEvent): RunPhase => moves[phase][event] ?? phase;
export const isFinished = (phase: RunPhase | undefined): boolean => phase !== undefined && Object.keys(moves[phase]).length === 0;
