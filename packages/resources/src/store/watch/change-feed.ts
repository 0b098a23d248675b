import type { Clock, KindId } from '../../model/index.ts';
import type { ChangeRow, Database } from '../database.ts';

/** The newest changes, kept in memory once for all watchers. */
export interface ChangeFeed {
  /** Changes after `version`; undefined when memory does not reach back that far. */
  after(version: number): { changes: readonly ChangeRow[]; through: number } | undefined;
  /**
   * Waits for a change of the kind behind `version`, for `timeoutMs`, for the abort or for the end of the feed.
   * Answers a version up to which nothing of the kind has happened.
   */
  wait(query: { kind: KindId; version: number; timeoutMs?: number; signal: AbortSignal }): Promise<number>;
  readonly isClosed: boolean;
  close(): void;
}

// Live watchers are served from here without a query; slower ones read the database. Both bounds count: 1 MiB of text, or 512 changes (two
// groups of the largest size). With four times as many, what is kept outlived the young generation, and collecting it was a tenth of a write.
const maxChanges = 512;
const maxChars = 1024 * 1024;

/** Index of the first change behind `version`. */
const firstAfter = (changes: readonly ChangeRow[], version: number): number => {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.version ?? 0) > version) high = middle;
    else low = middle + 1;
  }
  return low;
};

export function createChangeFeed({ database, clock }: { database: Database; clock: Clock }): ChangeFeed {
  let changes: ChangeRow[] = [];
  let chars = 0;
  /** Memory holds everything in (from, latest]; nothing is known before the first change is heard. */
  let from = Number.POSITIVE_INFINITY;
  let latest = 0;
  let isClosed = false;
  const sleepers = new Map<KindId, Set<(before: number) => void>>();

  const remember = (committed: readonly ChangeRow[]): void => {
    const first = committed[0];
    if (first === undefined) return;
    if (from === Number.POSITIVE_INFINITY) from = first.version - 1;
    for (const change of committed) {
      changes.push(change);
      chars += change.text.length;
    }
    latest = committed.at(-1)?.version ?? latest;
    if (changes.length <= maxChanges && chars <= maxChars) return;
    let drop = 0;
    // A quarter at once, so that the cost of moving the array is spread.
    while (drop < changes.length && (changes.length - drop > (maxChanges * 3) / 4 || chars > (maxChars * 3) / 4)) {
      const dropped = changes[drop];
      chars -= dropped?.text.length ?? 0;
      from = dropped?.version ?? from;
      drop += 1;
    }
    changes = changes.slice(drop);
  };

  const wake = (kind: KindId, before: number): void => {
    const waiting = sleepers.get(kind);
    if (waiting === undefined) return;
    sleepers.delete(kind);
    for (const sleeper of waiting) sleeper(before);
  };

  const stop = database.onCommit((committed) => {
    remember(committed);
    for (const change of committed) wake(change.kind, change.version - 1);
  });

  return {
    get isClosed() {
      return isClosed;
    },
    after: (version) =>
      version < from ? undefined : { changes: changes.slice(firstAfter(changes, version)), through: Math.max(latest, version) },
    wait: ({ kind, version, timeoutMs, signal }) => {
      if (isClosed || signal.aborted || version < latest) return Promise.resolve(version);
      return new Promise((resolve) => {
        let cancelTimer = (): void => {};
        const done = (before: number): void => {
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
          sleepers.get(kind)?.delete(done);
          resolve(Math.max(version, before));
        };
        const onAbort = (): void => done(version);
        signal.addEventListener('abort', onAbort, { once: true });
        if (timeoutMs !== undefined) cancelTimer = clock.after(timeoutMs, () => done(latest));
        const waiting = sleepers.get(kind) ?? new Set();
        waiting.add(done);
        sleepers.set(kind, waiting);
      });
    },
    close: () => {
      isClosed = true;
      stop();
      for (const kind of [...sleepers.keys()]) wake(kind, 0);
      changes = [];
      from = Number.POSITIVE_INFINITY;
    },
  };
}
