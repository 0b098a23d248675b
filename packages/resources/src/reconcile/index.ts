/**
 * Brings the outside to what resources say: a work queue, one loop a controller, one watch a kind, and the garbage collector.
 * Knows no kind and no outside system; controllers bring both. It is the only writer of conditions.
 * Start with controller.ts and outcome.ts (what a controller is), then start-controllers.ts and controller-loop.ts (how it runs).
 */
export type { Controller, ReconcileContext, RunningLoop } from './controller.ts';
export { startGarbageCollector } from './garbage-collector.ts';
export { type Outcome, progressing, type Reconciled, settled, stalled, waiting } from './outcome.ts';
export { startControllers } from './start-controllers.ts';
