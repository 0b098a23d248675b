/**
 * Builds: what turns one commit of a component into an image.
 * Decides when a build is due and reads its result; the work itself is a pipeline run, the image lies in the registry, and what becomes of the
 * image is delivery's matter. Start with component-build-reconciler.ts, then build-reconciler.ts; build-retention.ts says what goes, and when.
 */

export { buildKinds } from './build-kinds.ts';
export { buildController } from './build-reconciler.ts';
export { buildRetentionController } from './build-retention.ts';
export { componentBuildController } from './component-build-reconciler.ts';
export { type HeadPlan, planHead } from './plan-head.ts';
export type { Images, Runs, Sources } from './ports.ts';
export { triggerBuild } from './trigger-build.ts';
