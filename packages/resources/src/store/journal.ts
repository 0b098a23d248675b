import type { Clock } from '../model/index.ts';
import type { AuditEntry, AuditRecord, Database, EventEntry, EventQuery } from './database.ts';

/** The audit log, read newest first, and the event log, read in commit order unless asked otherwise. */
export interface Journal {
  /** An entry about something that was refused before it became a commit; commits and what rules refuse have theirs by themselves. */
  recordRefusal(refusal: Omit<AuditRecord, 'outcome' | 'refs'>): Promise<void>;
  listAudit(query: { limit: number; before?: number }): Promise<AuditEntry[]>;
  /** An event's id is the version of its change. */
  listEvents(query: EventQuery): Promise<EventEntry[]>;
  /**
   * Events behind `after` in commit order, as they come, until `signal` aborts. An empty page says that for most of a minute there was none.
   * An event that is forgotten before it is read is left out.
   */
  followEvents(query: Pick<EventQuery, 'after' | 'namespace' | 'name'>, signal: AbortSignal): AsyncIterable<EventEntry[]>;
}

const maxEntries = 1_000;
const bounded = (limit: number): number => Math.min(Math.max(1, Math.floor(limit)), maxEntries);
// As for watches: a little before the idle limit of 60 s that proxies have.
const quietMs = 50_000;

type JournalDatabase = Pick<Database, 'listAudit' | 'listEvents' | 'onCommit' | 'commit'>;

export const createJournal = (database: JournalDatabase, clock: Clock): Journal => ({
  recordRefusal: async (refusal) => {
    const { principal, action } = refusal;
    await database.commit({ guards: [], writes: [], principal, action, audit: { ...refusal, outcome: 'refused', refs: [] } });
  },
  listAudit: (query) => database.listAudit({ ...query, limit: bounded(query.limit) }),
  listEvents: (query) => database.listEvents({ ...query, limit: bounded(query.limit) }),
  followEvents: (query, signal) => followEvents({ database, clock }, query, signal),
});

async function* followEvents(
  { database, clock }: { database: Pick<JournalDatabase, 'listEvents' | 'onCommit'>; clock: Clock },
  query: Pick<EventQuery, 'after' | 'namespace' | 'name'>,
  signal: AbortSignal,
): AsyncGenerator<EventEntry[]> {
  let { after } = query;
  // Set by a commit that comes while a page is read or given out, so that none is missed.
  let isStale = true;
  let wake: (() => void) | undefined;
  const look = (): void => {
    isStale = true;
    wake?.();
  };
  const forget = database.onCommit(look);
  signal.addEventListener('abort', look, { once: true });
  try {
    while (!signal.aborted) {
      isStale = false;
      const page = await database.listEvents({ ...query, after, limit: maxEntries });
      if (signal.aborted) return;
      if (page.length > 0) yield page;
      after = page.at(-1)?.id ?? after;
      if (page.length === maxEntries || isStale) continue;
      const isQuiet = await new Promise<boolean>((resolve) => {
        const cancel = clock.after(quietMs, () => resolve(true));
        wake = () => {
          cancel();
          resolve(false);
        };
      });
      wake = undefined;
      if (isQuiet) yield [];
    }
  } finally {
    forget();
    signal.removeEventListener('abort', look);
  }
}
