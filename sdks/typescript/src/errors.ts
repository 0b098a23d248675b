/** What the platform answered instead of a result. `code` and `message` are the platform's own. */
export class FairwayError extends Error {
  override readonly name: string = 'FairwayError';
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  /** The body as it came, for whoever needs more than message and code. */
  readonly body: unknown;

  constructor(of: { status: number; code: string; message: string; requestId?: string | undefined; body?: unknown; cause?: unknown }) {
    super(of.message, of.cause === undefined ? undefined : { cause: of.cause });
    this.status = of.status;
    this.code = of.code;
    this.requestId = of.requestId;
    this.body = of.body;
  }
}

export class BadRequestError extends FairwayError {
  override readonly name = 'BadRequestError';
}
export class AuthenticationError extends FairwayError {
  override readonly name = 'AuthenticationError';
}
export class PermissionDeniedError extends FairwayError {
  override readonly name = 'PermissionDeniedError';
}
export class NotFoundError extends FairwayError {
  override readonly name = 'NotFoundError';
}
export class ConflictError extends FairwayError {
  override readonly name = 'ConflictError';
}
export class UnprocessableEntityError extends FairwayError {
  override readonly name = 'UnprocessableEntityError';
}
export class RateLimitError extends FairwayError {
  override readonly name = 'RateLimitError';
}
export class InternalServerError extends FairwayError {
  override readonly name = 'InternalServerError';
}
/** The platform could not be reached. */
export class ConnectionError extends FairwayError {
  override readonly name = 'ConnectionError';
}
export class TimeoutError extends FairwayError {
  override readonly name = 'TimeoutError';
}

const classOf: Readonly<Record<number, typeof FairwayError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

/** Reads the error shapes of all surfaces: Kubernetes' Status, OpenChoreo's envelope, problem documents, plain text. */
export function errorOf(status: number, text: string, requestId: string | undefined): FairwayError {
  let body: unknown = text;
  let message = text.trim().slice(0, 2_000);
  let code = '';
  try {
    body = JSON.parse(text);
    const { error, message: said, reason, code: coded, detail } = body as Record<string, unknown>;
    const inner = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
    message = [error, inner.message, said, detail].find((part): part is string => typeof part === 'string') ?? message;
    code = [inner.code, coded, reason].find((part): part is string => typeof part === 'string') ?? '';
  } catch {
    // Plain text is a message as it is.
  }
  const Class = classOf[status] ?? (status >= 500 ? InternalServerError : FairwayError);
  return new Class({ status, code, message: message || `the platform answered ${status}`, requestId, body });
}
