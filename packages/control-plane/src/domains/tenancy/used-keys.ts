import { hash as digest, randomUUID } from 'node:crypto';
import {
  type AnyResource,
  apiVersionOf,
  type Caller,
  type Change,
  type Clock,
  conflict,
  isProblem,
  pause,
  type Resources,
  reconcilerCaller,
  timestamp,
} from '@fairway/resources/model';
import { type KeptAnswer, UsedKey, type UsedKeySpec } from './used-key-kind.ts';

/** One request with a caller's key. */
export interface KeyUse {
  /** The same for every request of this caller with this key. */
  id: string;
  /** An earlier request with this key that wrote something; undefined when there is none, or none that is remembered. */
  find(): Promise<{ fingerprint: string; answer?: KeptAnswer } | undefined>;
  /** Writes the use down, in the very commit that it is put into; in a further commit of the same request it changes nothing. */
  change(fingerprint: string): Change;
  /** Keeps the answer. Changes nothing where no commit wrote the use down. */
  keep(answer: KeptAnswer): Promise<void>;
}

export interface UsedKeys {
  use(caller: Caller, key: string): KeyUse;
  /** Forgets what is older than a day, and the oldest of too many, until the signal aborts. */
  follow(signal: AbortSignal): Promise<void>;
}

export interface UsedKeyDependencies {
  resources: Resources;
  clock: Clock;
  onProblem: (error: unknown) => void;
}

const rememberMs = 86_400_000;
// Some 40 MB in the worst case that is likely. Beyond it the oldest go first: who repeats a request does it within minutes.
const maxKept = 10_000;
const lookEveryUses = 1_000;
const lookEveryMs = 600_000;
// Most answers have a few kilobytes; a larger one would cost every repeat-safe request more than the repeat of a few is worth.
const maxAnswerChars = 65_536;
const pageSize = 500;
const deletionsAtOnce = 100;

/** With other permissions or in another organization a caller is another one: what it may not do now, no kept answer tells it. */
const nameOf = ({ principal, organization, limits, permissions }: Caller, key: string): string =>
  digest('sha256', JSON.stringify([principal, organization, limits, permissions, key]));

const specOf = (object: AnyResource | undefined): UsedKeySpec | undefined => object?.spec as UsedKeySpec | undefined;
const cause = (action: string) => ({ caller: reconcilerCaller('tenancy'), action });

/**
 * What is remembered of requests with an Idempotency-Key. That a key was used is written in the same commit as what the request does, so no crash
 * comes between the two; the answer follows before it is sent.
 */
export function createUsedKeys({ resources, clock, onProblem }: UsedKeyDependencies): UsedKeys {
  const isCurrent = (spec: UsedKeySpec | undefined): spec is UsedKeySpec => spec !== undefined && Date.parse(spec.until) > clock.now();
  let uses = 0;
  let look = new AbortController();

  const dropOld = async (): Promise<void> => {
    const known: { name: string; resourceVersion: string; until: number }[] = [];
    let next: string | undefined;
    do {
      const page = await resources.list(UsedKey, { limit: pageSize, ...(next === undefined ? {} : { continue: next }) });
      for (const { metadata, spec } of page.items)
        known.push({ name: metadata.name, resourceVersion: metadata.resourceVersion ?? '', until: Date.parse(spec?.until ?? '') });
      next = page.continue;
    } while (next !== undefined);
    known.sort((a, b) => b.until - a.until);
    const old = known.filter(({ until }, index) => index >= maxKept || !(until > clock.now()));
    for (let from = 0; from < old.length; from += deletionsAtOnce)
      await Promise.all(old.slice(from, from + deletionsAtOnce).map((key) => drop(key)));
  };
  /** One that was used anew meanwhile stays. */
  const drop = async ({ name, resourceVersion }: { name: string; resourceVersion: string }): Promise<void> => {
    const change: Change = { op: 'delete', kind: UsedKey, key: { name }, expect: { resourceVersion } };
    await resources.commit(cause('used-key.drop'), [change]).catch((error: unknown) => {
      if (!isProblem(error, 'not-found') && !isProblem(error, 'conflict')) throw error;
    });
  };

  const use = (caller: Caller, key: string): KeyUse => {
    const name = nameOf(caller, key);
    const own = randomUUID();
    uses += 1;
    if (uses % lookEveryUses === 0) look.abort();
    const written = (fingerprint: string, current: AnyResource | undefined): AnyResource | undefined => {
      const spec = specOf(current);
      if (spec?.use === own) return undefined;
      if (isCurrent(spec)) throw conflict('the Idempotency-Key was used by another request meanwhile: send yours again');
      const fresh: UsedKeySpec = { use: own, fingerprint, until: timestamp(clock.now() + rememberMs) };
      return { apiVersion: apiVersionOf(UsedKey), kind: UsedKey.kind, metadata: current?.metadata ?? { name }, spec: fresh };
    };
    return {
      id: name,
      find: async () => {
        const spec = (await resources.get(UsedKey, { name }))?.spec;
        return isCurrent(spec) ? spec : undefined;
      },
      change: (fingerprint) => ({
        op: 'mutate',
        kind: UsedKey,
        key: { name },
        create: true,
        change: (current) => written(fingerprint, current),
      }),
      keep: async (answer) => {
        if (answer.body.length > maxAnswerChars) return;
        const answered = (current: AnyResource | undefined): AnyResource | undefined => {
          const spec = specOf(current);
          return current === undefined || spec?.use !== own ? undefined : { ...current, spec: { ...spec, answer } };
        };
        // With `create` an absent one is no failure: a request that wrote nothing leaves nothing to keep.
        const change: Change = { op: 'mutate', kind: UsedKey, key: { name }, create: true, change: answered };
        await resources.commit(cause('used-key.answer'), [change]);
      },
    };
  };
  const follow = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      look = new AbortController();
      await dropOld().catch(onProblem);
      await pause(clock, lookEveryMs, AbortSignal.any([signal, look.signal]));
    }
  };
  return { use, follow };
}
