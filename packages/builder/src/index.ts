/**
 * The builder: what runs inside a build Job, from a commit to an image in the registry.
 * It runs on the build machine's own Node (20 or newer) as one bundled file, so it imports nothing of ours and nothing that only Node 24 has.
 * It must not decide anything about delivery, and code of the application never sees the run's token.
 * Start with run-build.ts; `detect/` finds out how an application is built, `pack/` makes the image, `push/` uploads it.
 */
export { BuildFailure, type BuildOutcome, type Phase } from './build-failure.ts';
export { detectApplication } from './detect/detect.ts';
export { type FairwayFile, readFairwayFile } from './detect/fairway-file.ts';
export type { BuildPlan } from './detect/plan.ts';
export { createImage, type Image, type ImageSource } from './pack/image.ts';
export { type Layer, type LayerEntry, writeLayer } from './pack/tar-layer.ts';
export { type PushRequest, pushImage } from './push/push-image.ts';
export { type BuildRequest, runBuild } from './run-build.ts';
export { openSourceTree, type SourceTree, sourceTreeOf } from './source-tree.ts';
