/**
 * The three patch formats of Kubernetes as pure functions: the present value and a patch in, the new value out.
 * They change nothing that they are given, know no store, and leave the check of the result to the schema.
 * Start with merge-patch.ts, the simplest; strategic-merge-patch.ts is driven by the extensions in a kind's schema.
 */
export { jsonPatch } from './json-patch.ts';
export { mergePatch } from './merge-patch.ts';
export { strategicMergePatch } from './strategic-merge-patch.ts';
