/**
 * The model: what a resource, a kind, a problem, a caller and the store look like.
 * Types and small pure functions only: no I/O, no database, no HTTP.
 * Start with resource.ts, then resources.ts.
 */
export type { Admission, AdmissionChange, AdmissionRules, FactQuery, Facts } from './admission.ts';
export { type Caller, isPermitted, reconcilerCaller } from './caller.ts';
export { type Clock, pause, systemClock, timestamp } from './clock.ts';
export {
  apiVersionOf,
  type Kind,
  type KindId,
  keyOf,
  kindId,
  kindIdOf,
  type PrinterColumn,
  type ResourceOf,
  type ScalePaths,
  type Schema,
} from './kind.ts';
export { lastAppliedAnnotation, withoutLastApplied } from './last-applied.ts';
export {
  conflict,
  type FieldProblem,
  invalid,
  isProblem,
  lacksPermission,
  notFound,
  Problem,
  type ProblemDetails,
  type Reason,
  unavailable,
} from './problem.ts';
export type { AnyResource, Condition, Key, ManagedFieldsEntry, Metadata, OwnerReference, Resource } from './resource.ts';
export type {
  ApplyOptions,
  Cause,
  Change,
  CommitOptions,
  CommitResult,
  DefinedKind,
  KindRegistry,
  ListQuery,
  Page,
  Propagation,
  Resources,
  TextPage,
  WatchEvent,
  WatchQuery,
} from './resources.ts';
export { type Step, traceMethods, traceStep } from './trace-step.ts';
