import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Caller } from '@fairway/resources/model';

interface Entry {
  hash: Buffer;
  user: string;
  groups: readonly string[];
}

export type AuthenticateToken = (authorization: string | undefined) => Promise<Caller | undefined>;

// A token of ours has 43 characters; a longer header is not worth a hash.
const maxTokenChars = 4_096;
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const readEntry = (value: unknown, index: number): Entry => {
  const { token, user, groups = [] } = (value ?? {}) as { token?: unknown; user?: unknown; groups?: unknown };
  if (typeof token !== 'string' || token === '' || typeof user !== 'string' || user === '' || !Array.isArray(groups)) {
    throw new Error(`entry ${index} of the token file needs "token", "user" and "groups"`);
  }
  return { hash: sha256(token), user, groups: groups.map(String) };
};

async function readEntries(path: string): Promise<Entry[]> {
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (!Array.isArray(parsed)) throw new Error(`the token file ${path} must hold a list`);
  return parsed.map(readEntry);
}

const bearer = /^Bearer +(\S+)$/i;

/**
 * Knows callers by the bearer tokens of a file. Tokens are compared by hash and in constant time, and every entry is compared, so that the
 * time of an answer says nothing about them. A changed file is read again when a token is not known.
 */
export async function createTokenAuthenticator(path: string): Promise<AuthenticateToken> {
  let entries = await readEntries(path);
  let readAt = (await stat(path)).mtimeMs;
  const find = (hash: Buffer): Entry | undefined => {
    let found: Entry | undefined;
    for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) found = entry;
    return found;
  };
  const refresh = async (): Promise<boolean> => {
    const changedAt = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (changedAt === undefined || changedAt === readAt) return false;
    entries = await readEntries(path).catch(() => entries);
    readAt = changedAt;
    return true;
  };
  return async (authorization = '') => {
    const token = authorization.length > maxTokenChars ? undefined : bearer.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    const hash = sha256(token);
    const entry = find(hash) ?? ((await refresh()) ? find(hash) : undefined);
    return entry === undefined ? undefined : { principal: `user:${entry.user}`, permissions: ['*'] };
  };
}
