/**
 * Memory of a process as a whole. Knows nothing of what is in it.
 * Start with give-back-at-rest.ts.
 */
export { giveOwnMemoryBackAtRest } from './give-back-at-rest.ts';
