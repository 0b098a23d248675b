/**
 * The registry: OCI distribution below /v2/, push and pull of images ORGANIZATION/PROJECT/NAME with any image client.
 * Translates only: who may do it is asked here for each image, the domain artifacts does the work. Bodies are streamed.
 * Start with registry-handler.ts; registry-surface.ts mounts it in the HTTP room.
 */
export { authorizeImage } from './authorize-image.ts';
export { createRegistrySurface } from './registry-surface.ts';
