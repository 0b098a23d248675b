/** What went wrong, in words that no surface owns. Statuses and codes are computed at each surface's edge. */

export type Reason =
  | 'not-found'
  | 'already-exists'
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'rate-limited'
  | 'unavailable';

/** One broken rule, by path: `spec.ports[0].port`. `type` is Kubernetes' cause type. */
export interface FieldProblem {
  field: string;
  message: string;
  type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTypeInvalid'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldManagerConflict'
    | 'UnexpectedServerResponse';
}

export interface ProblemDetails {
  reason: Reason;
  /** What, why, and what next. Shown to the caller: no secrets, no SQL, no stack. */
  message: string;
  /** The kind and name that the problem is about. */
  kind?: string;
  group?: string;
  name?: string;
  fields?: readonly FieldProblem[];
  /** A code that a seed fixes, for example `INVALID_PROMOTION_PATH`. */
  code?: string;
  /** The permission that the caller lacks. Only such refusals are noted by the HTTP server: those of rules are noted by the store. */
  permission?: string;
  /** Seconds after which the same call may succeed. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly reason: Reason;
  readonly details: Omit<ProblemDetails, 'cause' | 'reason' | 'message'>;

  constructor({ reason, message, cause, ...details }: ProblemDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.details = details;
  }
}

/** True for a Problem of ours, also from another copy of this module. */
export const isProblem = (error: unknown, reason?: Reason): error is Problem =>
  error instanceof Error && error.name === 'Problem' && (reason === undefined || (error as Problem).reason === reason);

export const notFound = (kind: string, name: string, group?: string): Problem =>
  new Problem({ reason: 'not-found', message: `${kind} "${name}" not found`, kind, name, ...(group === undefined ? {} : { group }) });
export const conflict = (message: string, details: Partial<ProblemDetails> = {}): Problem =>
  new Problem({ ...details, reason: 'conflict', message });
export const invalid = (message: string, fields: readonly FieldProblem[] = [], details: Partial<ProblemDetails> = {}): Problem =>
  new Problem({ ...details, reason: 'invalid', message, fields });
/** `message` names the permission, for people; the HTTP server puts the refusal into the audit log. */
export const lacksPermission = (permission: string, message: string, details: Partial<ProblemDetails> = {}): Problem =>
  new Problem({ ...details, reason: 'forbidden', message, permission });
export const unavailable = (message: string, cause?: unknown): Problem => new Problem({ reason: 'unavailable', message, cause });
