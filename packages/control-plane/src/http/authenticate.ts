import type { IncomingMessage } from 'node:http';
import { type Caller, Problem } from '@fairway/resources/model';

/** Filled by tenancy: the caller behind a token, or undefined when the token is unknown, expired or revoked. At once for a token that was seen before. */
export type CheckToken = (token: string) => Caller | undefined | Promise<Caller | undefined>;

// Longer than any token of ours or a signed one with groups; shorter than what would make hashing a burden.
const maxTokenChars = 8_192;
const bearerChars = 'Bearer '.length;

/** The token of a request: `Authorization: Bearer`, or the password of `Authorization: Basic` (Git and image clients). */
export function tokenOf(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined || header.length > maxTokenChars) return undefined;
  if (header.startsWith('Bearer ') && header.length > bearerChars && !header.includes(' ', bearerChars)) return header.slice(bearerChars);
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (/^bearer$/i.test(scheme)) return value === '' ? undefined : value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 || colon === pair.length - 1 ? undefined : pair.slice(colon + 1);
}

export async function authenticate(request: IncomingMessage, checkToken: CheckToken): Promise<Caller> {
  const token = tokenOf(request);
  if (token === undefined)
    throw new Problem({
      reason: 'unauthenticated',
      message: 'no token was sent: send "Authorization: Bearer TOKEN" (fairway token prints yours)',
    });
  const checked = checkToken(token);
  const caller = checked instanceof Promise ? await checked : checked;
  if (caller === undefined)
    throw new Problem({
      reason: 'unauthenticated',
      message: 'the token is unknown, expired or revoked: make a new one, or run fairway token',
    });
  return caller;
}
