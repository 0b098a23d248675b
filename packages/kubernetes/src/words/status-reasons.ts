import type { Reason } from '@fairway/resources/model';

/** Kubernetes' own words for what went wrong, with their HTTP codes. */
export const codeOfStatusReason = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const satisfies Record<string, number>;

export type StatusReason = keyof typeof codeOfStatusReason;

export const isStatusReason = (word: unknown): word is StatusReason => typeof word === 'string' && Object.hasOwn(codeOfStatusReason, word);

/** How our reasons are said in Kubernetes' words. `invalid` without an object or fields is a BadRequest: see the server's render-problem. */
export const statusReasonOf = {
  'not-found': 'NotFound',
  'already-exists': 'AlreadyExists',
  invalid: 'Invalid',
  unauthenticated: 'Unauthorized',
  forbidden: 'Forbidden',
  conflict: 'Conflict',
  gone: 'Expired',
  'too-large': 'RequestEntityTooLarge',
  'rate-limited': 'TooManyRequests',
  unavailable: 'ServiceUnavailable',
} as const satisfies Record<Reason, StatusReason>;

/** The way back: what a Status of a cluster means for us. */
export const reasonOfStatus = {
  BadRequest: 'invalid',
  Unauthorized: 'unauthenticated',
  Forbidden: 'forbidden',
  NotFound: 'not-found',
  MethodNotAllowed: 'invalid',
  NotAcceptable: 'invalid',
  AlreadyExists: 'already-exists',
  Conflict: 'conflict',
  Gone: 'gone',
  Expired: 'gone',
  RequestEntityTooLarge: 'too-large',
  UnsupportedMediaType: 'invalid',
  Invalid: 'invalid',
  TooManyRequests: 'rate-limited',
  InternalError: 'unavailable',
  ServerTimeout: 'unavailable',
  ServiceUnavailable: 'unavailable',
  Timeout: 'unavailable',
} as const satisfies Record<StatusReason, Reason>;

/** For answers without a Status body (a proxy's page of HTML): the reason by its code alone. */
export function reasonOfCode(code: number): Reason {
  for (const [reason, known] of Object.entries(codeOfStatusReason)) if (known === code) return reasonOfStatus[reason as StatusReason];
  return code >= 400 && code < 500 ? 'invalid' : 'unavailable';
}

/** The `Status` object, as much of it as is read or written here. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: readonly { reason?: string; message?: string; field?: string }[];
    retryAfterSeconds?: number;
  };
  code?: number;
}
