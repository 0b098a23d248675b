import { type Clock, isProblem, type Key, type Page, type Problem, pause, type Resource, unavailable } from '@fairway/resources/model';
import type { ClusterQuery, ListOptions, WatchOptions } from './cluster-client.ts';
import type { ClusterEvent } from './watch-stream.ts';

export interface Change<R> {
  type: 'added' | 'modified' | 'deleted';
  /** As it is now; for a deletion its last known form. */
  object: R;
  old?: R;
}

export interface FollowOptions<R> {
  onChange?: (change: Change<R>) => void;
  /** Once, when the cache holds everything that the first list had. */
  onSynced?: () => void;
  /** Interruptions, for logs and conditions; following goes on by itself. `attempt` counts from 1 since the last success. */
  onInterrupted?: (problem: Problem | undefined, attempt: number) => void;
  signal: AbortSignal;
  idleTimeoutMs?: number;
  /** First and longest wait before a new attempt. Default 250 ms and 30 s. */
  backoff?: { firstMs: number; longestMs: number };
}

/** A local, always growing younger copy of what a query selects. */
export interface Follower<R> {
  /** True once the first list is in the cache. */
  readonly isSynced: boolean;
  items(): readonly R[];
  get(key: Key): R | undefined;
  /** Settles when the signal is aborted and nothing runs any more. Never rejects. */
  readonly done: Promise<void>;
}

export interface FollowSource<R> {
  list(options: ListOptions): Promise<Page<R>>;
  watch(options: WatchOptions): AsyncIterable<ClusterEvent<R>>;
  clock: Clock;
  random: () => number;
}

const cacheKey = (key: Key): string => `${key.namespace ?? ''}/${key.name}`;

class Cache<R extends Resource> {
  readonly #objects = new Map<string, R>();
  readonly #onChange: ((change: Change<R>) => void) | undefined;

  constructor(onChange: ((change: Change<R>) => void) | undefined) {
    this.#onChange = onChange;
  }

  put(object: R): void {
    const key = cacheKey(object.metadata);
    const old = this.#objects.get(key);
    if (old === undefined) {
      this.#objects.set(key, object);
      this.#onChange?.({ type: 'added', object });
      return;
    }
    // The same version again (a repeated list or an event that the list had already) is no change.
    if (old.metadata.resourceVersion !== undefined && old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old.metadata.uid !== object.metadata.uid) {
      this.remove(old);
      this.put(object);
      return;
    }
    this.#objects.set(key, object);
    this.#onChange?.({ type: 'modified', object, old });
  }

  remove(object: R): void {
    if (this.#objects.delete(cacheKey(object.metadata))) this.#onChange?.({ type: 'deleted', object });
  }

  /** What the list does not have any more was deleted while nobody watched. */
  replaceAll(objects: readonly R[]): void {
    const kept = new Set(objects.map((object) => cacheKey(object.metadata)));
    for (const [key, object] of [...this.#objects]) if (!kept.has(key)) this.remove(object);
    for (const object of objects) this.put(object);
  }

  items(): readonly R[] {
    return [...this.#objects.values()];
  }

  get(key: Key): R | undefined {
    return this.#objects.get(cacheKey(key));
  }
}

const listPageSize = 500;
// The server ends a watch after this by itself, spread by up to the same again, so that a load balancer's limit is seldom met.
const watchSeconds = 300;
// A watch that lived so long was a good one even if nothing happened: its end is no reason to wait longer than the first wait.
const soundWatchMs = 5_000;

/** Follows until the signal aborts. See the tests for the interruptions that it survives. */
export function createFollower<R extends Resource>(source: FollowSource<R>, query: ClusterQuery, options: FollowOptions<R>): Follower<R> {
  const { signal, backoff = { firstMs: 250, longestMs: 30_000 } } = options;
  const cache = new Cache<R>(options.onChange);
  let synced = false;
  let version: string | undefined;
  let attempt = 0;

  const list = async (): Promise<void> => {
    const items: R[] = [];
    let page = await source.list({ ...query, limit: listPageSize, signal });
    items.push(...page.items);
    while (page.continue !== undefined) {
      page = await source.list({ ...query, limit: listPageSize, continue: page.continue, signal });
      items.push(...page.items);
    }
    cache.replaceAll(items);
    version = page.resourceVersion;
    if (synced) return;
    synced = true;
    options.onSynced?.();
  };

  const watchOnce = async (from: string): Promise<void> => {
    const timeoutSeconds = watchSeconds + Math.floor(source.random() * watchSeconds);
    const idle = options.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.idleTimeoutMs };
    for await (const event of source.watch({ ...query, ...idle, resourceVersion: from, timeoutSeconds, signal })) {
      attempt = 0;
      if (event.type === 'DELETED') cache.remove(event.object);
      else if (event.type !== 'BOOKMARK') cache.put(event.object);
      version = event.object.metadata.resourceVersion ?? version;
    }
  };

  const waitMs = (): number => Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 20)) * (0.5 + source.random() / 2);

  /** One round: a list when there is no version to go on from, then a watch until it ends. Answers why it ended, if not by a clean close. */
  const round = async (): Promise<Problem | undefined> => {
    try {
      if (version === undefined) await list();
      const startedAt = source.clock.now();
      if (version !== undefined) await watchOnce(version);
      if (source.clock.now() - startedAt >= soundWatchMs) attempt = 0;
      return undefined;
    } catch (error) {
      // History is gone: only a new list tells what happened meanwhile. The version of a refused request proves nothing either.
      if (isProblem(error, 'gone') || isProblem(error, 'invalid')) version = undefined;
      return isProblem(error) ? error : unavailable('following was interrupted', error);
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const problem = await round();
      if (signal.aborted) return;
      attempt += 1;
      options.onInterrupted?.(problem, attempt);
      await pause(source.clock, waitMs(), signal);
    }
  };

  return {
    get isSynced() {
      return synced;
    },
    items: () => cache.items(),
    get: (key) => cache.get(key),
    done: run(),
  };
}
