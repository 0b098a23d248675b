import { createHash } from 'node:crypto';
import { AccessToken, type AccessTokenSpec } from '@fairway/contracts';
import { apiVersionOf, type Caller, type Cause, type Clock, isProblem, type Resources, timestamp } from '@fairway/resources/model';

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export interface TokenRequest {
  /** Name of the AccessToken; a second issue under the same name replaces the first. */
  name: string;
  principal: string;
  permissions: readonly string[];
  organization?: string;
  limits?: Readonly<Record<string, string>>;
  lifetimeMs?: number;
}

export interface Tokens {
  /** Makes a token and answers its value, which is stored nowhere. */
  issue(cause: Cause, request: TokenRequest): Promise<string>;
  /** Makes the given token valid; used for the administrator's token, which a file holds. Doing it again changes nothing. */
  ensure(cause: Cause, token: string, request: Omit<TokenRequest, 'lifetimeMs'>): Promise<void>;
  /** Ends a token by its name. Succeeds when it is gone already. */
  revoke(cause: Cause, name: string): Promise<void>;
  /** The caller behind a token; undefined for an unknown, expired or revoked one. */
  check(token: string): Promise<Caller | undefined>;
  /** Keeps the table of known tokens fresh until the signal aborts: a deleted token stops working at once. */
  follow(signal: AbortSignal): Promise<void>;
}

export interface TokenDependencies {
  resources: Resources;
  clock: Clock;
  newToken: () => string;
}

// More tokens than this are looked up in the store each time; the table is only a shortcut.
const maxKnown = 10_000;

export function createTokens({ resources, clock, newToken }: TokenDependencies): Tokens {
  const known = new Map<string, AccessTokenSpec>();
  const remember = (spec: AccessTokenSpec): void => {
    if (known.size >= maxKnown) known.clear();
    known.set(spec.hash, spec);
  };

  const remove = async (cause: Cause, key: { name: string }): Promise<void> => {
    await resources.commit(cause, [{ op: 'delete', kind: AccessToken, key }]).catch((error: unknown) => {
      if (!isProblem(error, 'not-found')) throw error;
    });
    known.clear();
  };

  const store = async (cause: Cause, token: string, request: TokenRequest): Promise<void> => {
    const spec: AccessTokenSpec = {
      principal: request.principal,
      permissions: [...request.permissions],
      hash: hashToken(token),
      ...(request.organization === undefined ? {} : { organization: request.organization }),
      ...(request.limits === undefined ? {} : { limits: { ...request.limits } }),
      ...(request.lifetimeMs === undefined ? {} : { expiresAt: timestamp(clock.now() + request.lifetimeMs) }),
    };
    const key = { name: request.name };
    const old = await resources.get(AccessToken, key);
    if (old?.spec?.hash === spec.hash) return;
    if (old !== undefined) await remove(cause, key);
    const metadata = { name: request.name };
    await resources.commit(cause, [
      { op: 'create', object: { apiVersion: apiVersionOf(AccessToken), kind: AccessToken.kind, metadata, spec } },
    ]);
    remember(spec);
  };

  const find = async (hash: string): Promise<AccessTokenSpec | undefined> => {
    const hit = known.get(hash);
    if (hit !== undefined) return hit;
    const page = await resources.list(AccessToken, { fieldSelector: `spec.hash=${hash}`, limit: 1 });
    const spec = page.items[0]?.spec;
    if (spec !== undefined) remember(spec);
    return spec;
  };

  return {
    issue: async (cause, request) => {
      const token = newToken();
      await store(cause, token, request);
      return token;
    },
    ensure: (cause, token, request) => store(cause, token, request),
    revoke: (cause, name) => remove(cause, { name }),
    check: async (token) => {
      const spec = await find(hashToken(token));
      if (spec === undefined || (spec.expiresAt !== undefined && Date.parse(spec.expiresAt) <= clock.now())) return undefined;
      return {
        principal: spec.principal,
        permissions: spec.permissions,
        ...(spec.organization === undefined ? {} : { organization: spec.organization }),
        ...(spec.limits === undefined ? {} : { limits: spec.limits }),
      };
    },
    follow: async (signal) => {
      let since = await resources.currentVersion();
      while (!signal.aborted)
        try {
          for await (const event of resources.watch(AccessToken, { since, bookmarks: true }, signal)) {
            since = event.resourceVersion;
            if (event.type === 'DELETED' || event.type === 'MODIFIED') known.clear();
          }
        } catch (error) {
          if (!isProblem(error, 'gone')) throw error;
          known.clear();
          since = await resources.currentVersion();
        }
    },
  };
}
