import type { IncomingMessage } from 'node:http';
import { Problem } from '@fairway/resources/model';

/** The whole body, up to `maxBytes`; more is `too-large` and is not read. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new Problem({ reason: 'too-large', message: `the request body is larger than ${maxBytes} bytes: send less` });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
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
