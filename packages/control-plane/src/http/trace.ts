import { randomBytes } from 'node:crypto';

const shape = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Continues the caller's W3C trace with a span of ours, or begins one. A malformed header is treated as absent, as the specification asks. */
export function continueTrace(incoming: string | string[] | undefined): string {
  const [, traceId, parent, flags] = (typeof incoming === 'string' && shape.exec(incoming)) || [];
  const isValid = traceId !== undefined && !/^0+$/.test(traceId) && parent !== undefined && !/^0+$/.test(parent);
  const span = randomBytes(8).toString('hex');
  return isValid ? `00-${traceId}-${span}-${flags}` : `00-${randomBytes(16).toString('hex')}-${span}-01`;
}

/** The caller's request id when it is harmless to repeat in headers and logs, otherwise a new one. */
export const requestIdOf = (incoming: string | string[] | undefined): string =>
  typeof incoming === 'string' && /^[\w.:-]{1,128}$/.test(incoming) ? incoming : `req-${randomBytes(12).toString('hex')}`;
