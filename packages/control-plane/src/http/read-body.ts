import type { IncomingMessage } from 'node:http';
import { Problem, unavailable } from '@fairway/resources/model';

// A body that is read whole is small: a client that needs longer is stuck, or wants to hold the connection.
const patienceMs = 30_000;

/** The whole body, up to `maxBytes`; more is `too-large` and is not read. */
export async function readBody(request: IncomingMessage, maxBytes: number, options: { patienceMs?: number } = {}): Promise<Buffer> {
  const tooLarge = () => new Problem({ reason: 'too-large', message: `the request body is larger than ${maxBytes} bytes: send less` });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const within = options.patienceMs ?? patienceMs;
  const chunks = await collect(request, { maxBytes, tooLarge, within });
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** By events, not by iteration: leaving an iteration early would destroy the socket that the answer must go out on. */
function collect(
  request: IncomingMessage,
  { maxBytes, tooLarge, within }: { maxBytes: number; tooLarge: () => Problem; within: number },
): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', done).off('error', gone).off('close', gone);
      settle();
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes) end(() => reject(tooLarge()));
    };
    const done = (): void => end(() => resolve(chunks));
    const gone = (): void => end(() => reject(unavailable('the client went away before its request was complete')));
    const timer = setTimeout(
      () =>
        end(() =>
          reject(
            new Problem({
              reason: 'invalid',
              message: `the request body did not arrive within ${within} ms: send it again`,
              code: 'REQUEST_TIMEOUT',
            }),
          ),
        ),
      within,
    );
    if (request.destroyed && !request.complete) return gone();
    request.on('data', take).once('end', done).once('error', gone).once('close', gone);
  });
}

/** A JSON object. Anything else is `invalid`, in one sentence that names the place. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<Record<string, unknown>> {
  const text = (await readBody(request, maxBytes)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Problem({
      reason: 'invalid',
      message: `the request body is not JSON: ${(cause as Error).message}`,
      code: 'MALFORMED_BODY',
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem({ reason: 'invalid', message: 'the request body must be a JSON object', code: 'MALFORMED_BODY' });
  return value as Record<string, unknown>;
}
