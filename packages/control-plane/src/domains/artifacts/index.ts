/**
 * Artifacts: the images of the built-in registry, as blobs, manifests and tags of repositories ORG/PROJECT/NAME.
 * They are files under one folder and no resources: an image is named by its digest and never changes.
 * This room checks names, digests and sizes; it must not know HTTP, callers or what an image is for.
 * Start with artifacts.ts, then sweep-images.ts (what goes, and when); ports.ts says what a store must promise.
 */
export { type Artifacts, createArtifacts } from './artifacts.ts';
export type { BlobStore, ByteRange, ImageUse, RecordStore } from './ports.ts';
