import { Problem } from '@fairway/resources/model';
import type { Exchange } from '#http';
import { firstJsonValue } from './first-json-value.ts';

// The largest body is a workload with an API description inlined.
export const maxBodyBytes = 2 * 1024 * 1024;

export interface Field {
  /** JSON name; keys match without regard to case, as the original's decoder does. */
  name: string;
  type: 'string' | 'boolean' | 'object';
}

/** Reads a body of known fields; wrong types are told all at once, with the route's own code. Strings are trimmed as Go trims. */
export async function readRequest<T>(exchange: Exchange, code: string, fields: readonly Field[]): Promise<T> {
  const body = await readObject(exchange, code);
  const found: Record<string, unknown> = {};
  const wrong = new Map<string, string>();
  for (const [key, value] of Object.entries(body)) {
    const field = fields.find(({ name }) => name.toLowerCase() === key.toLowerCase());
    if (field === undefined || value === null) continue;
    const isRight = field.type === 'object' ? typeof value === 'object' && !Array.isArray(value) : typeof value === field.type;
    if (isRight) found[field.name] = typeof value === 'string' ? trimAsGo(value) : value;
    else wrong.set(field.name, `${field.name} must be of type ${field.type}`);
  }
  if (wrong.size > 0) throw invalidBody(code, [...wrong.values()].join('; '));
  return found as T;
}

/** The body as a plain object, keys as they are. `null` is an object without fields, as the original's decoder has it. */
export async function readObject(exchange: Exchange, code: string): Promise<Record<string, unknown>> {
  const text = (await exchange.body(maxBodyBytes)).toString('utf8');
  let value: unknown;
  try {
    value = firstJsonValue(text);
  } catch {
    throw invalidBody(code);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidBody(code);
  return value as Record<string, unknown>;
}

export const invalidBody = (code: string, why?: string): Problem =>
  new Problem({ reason: 'invalid', message: why === undefined ? 'Invalid request body' : `Invalid request body: ${why}`, code });

/** Go's TrimSpace: U+0085 goes and U+FEFF stays, the opposite of JavaScript's trim. */
const trimAsGo = (text: string): string =>
  text.replace(
    /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g,
    '',
  );
