import type { AuditEntry, Database, EventEntry } from './database.ts';

/** Readers of the audit log (newest first) and of the event log (in commit order). */
export interface Journal {
  listAudit(query: { limit: number; before?: number }): Promise<AuditEntry[]>;
  /** Events behind `after`; an event's id is the version of its change. */
  listEvents(query: { after: number; limit: number }): Promise<EventEntry[]>;
}

const maxEntries = 1_000;
const bounded = (limit: number): number => Math.min(Math.max(1, Math.floor(limit)), maxEntries);

export const createJournal = (database: Pick<Database, 'listAudit' | 'listEvents'>): Journal => ({
  listAudit: (query) => database.listAudit({ ...query, limit: bounded(query.limit) }),
  listEvents: (query) => database.listEvents({ ...query, limit: bounded(query.limit) }),
});
