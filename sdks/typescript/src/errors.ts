export interface FairwayErrorParts {
  /** HTTP status; 0 when no answer came. */
  status: number;
  code: string;
  message: string;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  body?: unknown;
  cause?: unknown;
}

/** What the platform answered instead of a result. `code` and `message` are the platform's own. */
export class FairwayError extends Error {
  override readonly name: string = 'FairwayError';
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  /** How long the platform asks to wait before the same is tried again. */
  readonly retryAfterMs: number | undefined;
  /** The body as it came, for whoever needs more than message and code. */
  readonly body: unknown;

  constructor(of: FairwayErrorParts) {
    super(of.message, of.cause === undefined ? undefined : { cause: of.cause });
    this.status = of.status;
    this.code = of.code;
    this.requestId = of.requestId;
    this.retryAfterMs = of.retryAfterMs;
    this.body = of.body;
  }
}

/** Such a class says nothing but its name: it is there to be caught by it. */
const named = <Name extends string>(name: Name) =>
  class extends FairwayError {
    override readonly name = name;
  };

export class BadRequestError extends named('BadRequestError') {}
export class AuthenticationError extends named('AuthenticationError') {}
export class PermissionDeniedError extends named('PermissionDeniedError') {}
export class NotFoundError extends named('NotFoundError') {}
export class ConflictError extends named('ConflictError') {}
export class UnprocessableEntityError extends named('UnprocessableEntityError') {}
export class RateLimitError extends named('RateLimitError') {}
export class InternalServerError extends named('InternalServerError') {}
/** The platform could not be reached. */
export class ConnectionError extends named('ConnectionError') {}
export class TimeoutError extends named('TimeoutError') {}

const classOf: Readonly<Record<number, typeof FairwayError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

const maxPlainChars = 2_000;

/** Reads the error shapes of all surfaces: Kubernetes' Status, OpenChoreo's envelope, the registry's list, problem documents, plain text. */
export function errorOf(
  status: number,
  text: string,
  told: { requestId?: string | undefined; retryAfterMs?: number | undefined } = {},
): FairwayError {
  const { body, message, code, requestId } = partsOf(text);
  const Class = classOf[status] ?? (status >= 500 ? InternalServerError : FairwayError);
  return new Class({
    status,
    code,
    message: message || `the platform answered ${status}`,
    requestId: told.requestId ?? requestId,
    retryAfterMs: told.retryAfterMs,
    body,
  });
}

function partsOf(text: string): { body: unknown; message: string; code: string; requestId?: string | undefined } {
  const plain = { body: text, message: text.trim().slice(0, maxPlainChars), code: '' };
  const body = parsed(text);
  if (typeof body !== 'object' || body === null) return plain;
  const outer = body as Record<string, unknown>;
  const inner = objectIn(outer.error) ?? objectIn(Array.isArray(outer.errors) ? outer.errors[0] : undefined) ?? {};
  return {
    body,
    message: firstText(inner.message, outer.error, outer.message, outer.detail, outer.title) ?? plain.message,
    code: firstText(inner.code, outer.code, outer.reason) ?? '',
    requestId: firstText(inner.request_id, outer.request_id, outer.requestId),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Plain text is a message as it is.
    return undefined;
  }
}

const objectIn = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
const firstText = (...parts: readonly unknown[]): string | undefined =>
  parts.find((part): part is string => typeof part === 'string' && part !== '');
