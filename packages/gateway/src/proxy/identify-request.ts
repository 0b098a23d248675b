interface Identity {
  requestId: string;
  traceparent: string;
}

/** Passes a usable request id and W3C trace context on, and makes those that are absent. */
export type Identify = (requestId: string | string[] | undefined, traceparent: string | string[] | undefined) => Identity;

const usableId = /^[\w.:-]{1,128}$/;
const usableTrace = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
// One call of the random source serves 128 requests: a call for each costs a tenth of a small request.
const poolBytes = 128 * 32;

export function createIdentify(randomBytes: (size: number) => Buffer): Identify {
  let pool = '';
  let used = 0;
  const take = (hexChars: number): string => {
    if (used + hexChars > pool.length) {
      pool = randomBytes(poolBytes).toString('hex');
      used = 0;
    }
    used += hexChars;
    return pool.slice(used - hexChars, used);
  };
  return (requestId, traceparent) => ({
    requestId: typeof requestId === 'string' && usableId.test(requestId) ? requestId : `req-${take(24)}`,
    traceparent: typeof traceparent === 'string' && usableTrace.test(traceparent) ? traceparent : `00-${take(32)}-${take(16)}-01`,
  });
}
