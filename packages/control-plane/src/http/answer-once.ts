import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Log } from '@fairway/resources/log';
import { type Caller, type Change, conflict, invalid, Problem } from '@fairway/resources/model';
import { type ExchangeParts, RequestExchange } from './request-exchange.ts';
import type { Reply, Route } from './route.ts';

/** Filled by tenancy: what is remembered of a request with an Idempotency-Key. */
export interface KeyUse {
  id: string;
  find(): Promise<{ fingerprint: string; answer?: KeptAnswer } | undefined>;
  change(fingerprint: string): Change;
  keep(answer: KeptAnswer): Promise<void>;
}

export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export type UseKey = (caller: Caller, key: string) => KeyUse;

const repeatableMethods = new Set(['POST', 'PATCH']);
const keyForm = /^[\x21-\x7e]{1,255}$/;

/** The key of a request that is carried out once; undefined where there is none, or the route does without. */
export function keyOf(request: IncomingMessage, route: Route): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || route.repeatable === undefined || !repeatableMethods.has(request.method ?? '')) return undefined;
  if (typeof key === 'string' && keyForm.test(key)) return key;
  throw invalid('the Idempotency-Key must be one word of 1 to 255 visible ASCII characters: send a UUID', [], {
    code: 'INVALID_IDEMPOTENCY_KEY',
  });
}

/**
 * Carries a request out once for each key of a caller. A repeat gets the answer of the first; with another request under the same key, it is refused;
 * while the first is under way, it is told to come again. What failed without writing anything is no use of the key.
 */
export function createAnswerOnce({ useKey, log }: { useKey: UseKey; log: Log }) {
  const underWay = new Set<string>();

  return async (route: Route, parts: ExchangeParts, key: string): Promise<Reply | undefined> => {
    const use = useKey(parts.caller, key);
    if (underWay.has(use.id))
      throw conflict('a request with this Idempotency-Key is under way: ask again in a second', {
        code: 'IDEMPOTENCY_KEY_IN_USE',
        retryAfterSeconds: 1,
      });
    underWay.add(use.id);
    try {
      const exchange: RequestExchange = new RequestExchange({
        ...parts,
        keyUse: () => use.change(fingerprintOf(parts.request, key, exchange.bytes)),
      });
      const used = await use.find();
      const { maxBodyBytes } = route.repeatable ?? { maxBodyBytes: 0 };
      // Where the path does not tell who may do it, the handler asks before it reads.
      if (used !== undefined || route.permission !== 'by-object') await exchange.body(maxBodyBytes);
      if (used !== undefined) return replay(used, fingerprintOf(parts.request, key, exchange.bytes));
      const reply = await route.handle(exchange);
      if (reply !== undefined && reply.status < 300)
        await use.keep(answerOf(reply)).catch((error: unknown) => {
          log.warn('the answer to a request with an Idempotency-Key could not be kept', { error, requestId: parts.requestId });
        });
      return reply;
    } finally {
      underWay.delete(use.id);
    }
  };
}

/** Under the key itself, which is stored nowhere: a body may hold secrets, and a bare digest of a short one could be guessed. */
function fingerprintOf({ method, url, headers }: IncomingMessage, key: string, body: Uint8Array): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([method, url, headers['content-type']]))
    .update(body)
    .digest('hex');
}

function replay(used: { fingerprint: string; answer?: KeptAnswer }, fingerprint: string): Reply {
  if (used.fingerprint !== fingerprint)
    throw new Problem({
      reason: 'invalid',
      message: 'this Idempotency-Key was used for another request (method, address or body differ): give each request its own key',
      code: 'IDEMPOTENCY_MISMATCH',
    });
  const { answer } = used;
  if (answer === undefined)
    throw conflict('the first request with this Idempotency-Key was carried out, but its answer was not kept: read what it has made', {
      code: 'IDEMPOTENCY_ANSWER_LOST',
    });
  return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
}

const answerOf = ({ status, headers = {}, body }: Reply): KeptAnswer => ({
  status,
  headers: { ...headers },
  body: typeof body === 'string' ? body : Buffer.from(body).toString('utf8'),
});
