import { isProblem, type Reason } from '@fairway/resources/model';
import { statusOf } from '#http';

/** OCI's codes for problems that carry none of their own. */
const codeOf = {
  'not-found': 'NAME_UNKNOWN',
  'already-exists': 'DENIED',
  invalid: 'UNSUPPORTED',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'DENIED',
  conflict: 'BLOB_UPLOAD_INVALID',
  gone: 'NAME_UNKNOWN',
  'too-large': 'SIZE_INVALID',
  'rate-limited': 'TOOMANYREQUESTS',
  unavailable: 'UNAVAILABLE',
} as const satisfies Record<Reason, string>;

/** Codes whose status is fixed by the distribution specification. */
const statusOfCode: Readonly<Record<string, number>> = { RANGE_INVALID: 416, MANIFEST_BLOB_UNKNOWN: 404, METHOD_NOT_ALLOWED: 405 };

export interface RegistryError {
  status: number;
  body: string;
}

export const registryError = (status: number, code: string, message: string): RegistryError => ({
  status,
  body: JSON.stringify({ errors: [{ code, message }] }),
});

/** A problem in OCI's form; what is no Problem tells nothing but that it happened. */
export function renderProblem(error: unknown, requestId?: string): RegistryError {
  if (!isProblem(error)) return registryError(500, 'UNKNOWN', `internal error${requestId === undefined ? '' : ` (request ${requestId})`}`);
  const code = error.details.code ?? codeOf[error.reason];
  const wire = code === 'METHOD_NOT_ALLOWED' ? 'UNSUPPORTED' : code === 'RANGE_INVALID' ? 'BLOB_UPLOAD_INVALID' : code;
  return registryError(statusOfCode[code] ?? statusOf[error.reason], wire, error.message);
}
