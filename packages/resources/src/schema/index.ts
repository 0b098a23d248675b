/**
 * Checks values against the structural JSON Schemas of kinds and of request bodies: one walk fills defaults, prunes what
 * nobody declared, and collects every broken rule by field path in Kubernetes' words.
 * Pure: no I/O, no knowledge of any kind but the metadata that all share. A schema becomes a function at its first use.
 * Start with check-value.ts, then compile-schema.ts; check-object.ts adds metadata.
 */
export { checkMetadata, metadataSchema } from './check-metadata.ts';
export { type CheckedObject, checkObject } from './check-object.ts';
export { type CheckedValue, checkValue } from './check-value.ts';
export { describeProblems, subjectOf } from './field-problems.ts';
export { unknownKeywords } from './keywords.ts';
export { tolerateUnchanged } from './tolerate-unchanged.ts';
