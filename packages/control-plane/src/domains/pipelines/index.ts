/**
 * Pipelines: the one engine that executes work. A run's steps are Jobs on a build plane, one after the other.
 * Knows neither what a step does nor what becomes of its result; who started the run reads its status.
 * Start with pipeline-run-reconciler.ts.
 */
export { pipelineKinds } from './pipeline-kinds.ts';
export { pipelineRunController } from './pipeline-run-reconciler.ts';
export type { BuildPlane, BuildPlanes, LogArchive, RunTokens, StepOrder, StepState } from './ports.ts';
export { type RunLogDependencies, readRunLog } from './read-run-log.ts';
