import type { Reason } from '@fairway/resources/model';

/** The HTTP status of each reason. A surface whose protocol fixes other ones for a code of its own says so beside its words. */
export const statusOf = {
  'not-found': 404,
  'already-exists': 409,
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'rate-limited': 429,
  unavailable: 503,
} as const satisfies Record<Reason, number>;
