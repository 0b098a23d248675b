/**
 * Images on this machine: pulled by the OCI distribution API, every blob verified, unpacked into read-only content-addressed folders.
 * Runs nothing and knows no pods. Base layers are skipped: processes run on the machine's own system.
 * Start with image-store.ts; unpack-layer.ts says what a layer may not contain.
 */
export { parseImageReference } from './image-reference.ts';
export { createImageStore, type Image, type ImageStore } from './image-store.ts';
export type { RegistryCredentials } from './registry-client.ts';
