import { randomFillSync } from 'node:crypto';

const shape = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

// A call into OpenSSL costs more than a whole small answer; a few kilobytes of randomness at once serve a hundred requests.
const pool = Buffer.alloc(4_096);
let used = pool.length;

const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
};

const spanBytes = 8;
const traceBytes = 16;

/** Continues the caller's W3C trace with a span of ours, or begins one. A malformed header is treated as absent, as the specification asks. */
export function continueTrace(incoming: string | string[] | undefined): string {
  if (typeof incoming === 'string') {
    const [, traceId, parent, flags] = shape.exec(incoming) ?? [];
    const isValid = traceId !== undefined && !/^0+$/.test(traceId) && parent !== undefined && !/^0+$/.test(parent);
    if (isValid) return `00-${traceId}-${randomHex(spanBytes)}-${flags}`;
  }
  const ids = randomHex(traceBytes + spanBytes);
  return `00-${ids.slice(0, 2 * traceBytes)}-${ids.slice(2 * traceBytes)}-01`;
}

/** The caller's request id when it is harmless to repeat in headers and logs, otherwise a new one. */
export const requestIdOf = (incoming: string | string[] | undefined): string =>
  typeof incoming === 'string' && /^[\w.:-]{1,128}$/.test(incoming) ? incoming : `req-${randomHex(12)}`;
