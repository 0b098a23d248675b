/**
 * The driver for package managers' caches that builds on this machine share: one folder an organization's build namespace, all of them together below
 * a bound. Knows how each tool's cache may be taken apart, and nothing of clusters: who builds is told. Start with build-caches.ts.
 */
export { type BuildCaches, createBuildCaches } from './build-caches.ts';
