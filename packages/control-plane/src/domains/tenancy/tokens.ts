import { hash as digest } from 'node:crypto';
import { AccessToken, type AccessTokenSpec } from '@fairway/contracts';
import { apiVersionOf, type Caller, type Cause, type Clock, isProblem, pause, type Resources, timestamp } from '@fairway/resources/model';

const hashToken = (token: string): string => digest('sha256', token);

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
  check(token: string): Caller | undefined | Promise<Caller | undefined>;
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

interface KnownToken {
  caller: Caller;
  /** Epoch ms. */
  until: number;
}

const knownToken = ({ principal, permissions, organization, limits, expiresAt }: AccessTokenSpec): KnownToken => ({
  caller: { principal, permissions, ...(organization === undefined ? {} : { organization }), ...(limits === undefined ? {} : { limits }) },
  until: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
});

const retryMs = 1_000;

async function followTokens(
  { resources, clock, forget }: Pick<TokenDependencies, 'resources' | 'clock'> & { forget: () => void },
  signal: AbortSignal,
): Promise<void> {
  let since: string | undefined;
  while (!signal.aborted) {
    try {
      since ??= await resources.currentVersion();
      // What was remembered while nobody listened may have been revoked before this version, and no event will tell.
      forget();
      for await (const event of resources.watch(AccessToken, { since, bookmarks: true }, signal)) {
        since = event.resourceVersion;
        if (event.type === 'DELETED' || event.type === 'MODIFIED') forget();
      }
    } catch {
      // Too old a version, or a store that does not answer: what was missed is not known, so the next round begins at the present.
      since = undefined;
    }
    // A watch that ends by itself would end again at once.
    if (!signal.aborted) await pause(clock, retryMs, signal);
  }
}

export function createTokens({ resources, clock, newToken }: TokenDependencies): Tokens {
  // By the token itself, in memory alone: a hash for each request cost more than the rest of its authentication.
  const known = new Map<string, KnownToken>();
  // Counts what was forgotten: an answer of the store that was asked for before is not remembered after.
  let generation = 0;
  const forget = (): void => {
    generation += 1;
    known.clear();
  };
  const remember = (text: string, spec: AccessTokenSpec): KnownToken => {
    const token = knownToken(spec);
    if (known.size >= maxKnown) known.clear();
    known.set(text, token);
    return token;
  };

  const remove = async (cause: Cause, key: { name: string }): Promise<void> => {
    await resources.commit(cause, [{ op: 'delete', kind: AccessToken, key }]).catch((error: unknown) => {
      if (!isProblem(error, 'not-found')) throw error;
    });
    forget();
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
    remember(token, spec);
  };

  const find = async (text: string): Promise<KnownToken | undefined> => {
    const asked = generation;
    const page = await resources.list(AccessToken, { fieldSelector: `spec.hash=${hashToken(text)}`, limit: 1 });
    const spec = page.items[0]?.spec;
    if (spec === undefined) return undefined;
    return asked === generation ? remember(text, spec) : knownToken(spec);
  };
  const valid = (token: KnownToken | undefined): Caller | undefined =>
    token === undefined || token.until <= clock.now() ? undefined : token.caller;

  return {
    issue: async (cause, request) => {
      const token = newToken();
      await store(cause, token, request);
      return token;
    },
    ensure: (cause, token, request) => store(cause, token, request),
    revoke: (cause, name) => remove(cause, { name }),
    check: (token) => {
      const hit = known.get(token);
      return hit === undefined ? find(token).then(valid) : valid(hit);
    },
    follow: (signal) => followTokens({ resources, clock, forget }, signal),
  };
}
