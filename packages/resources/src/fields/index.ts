/**
 * Who owns which field: Kubernetes' managed fields (FieldsV1) and server-side apply, driven by the extensions in a kind's schema.
 * Pure: objects in, objects out. It never reads a store, a clock or a request.
 * Start with merge-applied.ts (apply) and track-update.ts (every other write); field-set.ts is the algebra below both.
 */

export { childSchema, itemSchema, listKeysOf, withMetadata } from './field-schema.ts';
export { type FieldSet, parseFieldSet, pathsOf, printFieldSet } from './field-set.ts';
export { mergeApplied } from './merge-applied.ts';
export { trackUpdate } from './track-update.ts';
