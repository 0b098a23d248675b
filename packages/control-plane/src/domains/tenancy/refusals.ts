import type { Clock } from '@fairway/resources/model';

/** A request that was refused because its caller lacks a permission. */
export interface Refusal {
  principal: string;
  /** `noun.verb` of the route. */
  action: string;
  permission: string;
  message: string;
  requestId?: string;
  traceparent?: string;
}

export type RecordedRefusal = Omit<Refusal, 'permission'>;

export interface Refusals {
  /** Returns at once: nobody's answer waits for the audit log. */
  note(refusal: Refusal): void;
  /** Writes what was counted, and waits for what is being written. */
  close(): Promise<void>;
}

export interface RefusalDependencies {
  clock: Clock;
  /** Puts one entry into the audit log. */
  record: (refusal: RecordedRefusal) => Promise<void>;
  onProblem: (error: unknown) => void;
}

const windowMs = 60_000;
// So many different ones within a minute are told one by one. More are somebody's trial of all there is, and the audit log keeps a number of entries.
const maxDistinct = 100;

/**
 * Puts refusals for a missing permission into the audit log. The first of a principal, operation and permission is written at once; what repeats
 * it within a minute is counted and written as one entry more, so that a flood of requests cannot push everything else out of the log.
 */
export function createRefusals({ clock, record, onProblem }: RefusalDependencies): Refusals {
  const told = new Map<string, { refusal: Refusal; repeats: number }>();
  const writing = new Set<Promise<void>>();
  let others = 0;
  let cancel: (() => void) | undefined;

  const write = (entry: RecordedRefusal): void => {
    const done = record(entry)
      .catch(onProblem)
      .finally(() => writing.delete(done));
    writing.add(done);
  };
  const endWindow = (): void => {
    cancel?.();
    cancel = undefined;
    for (const { refusal, repeats } of told.values()) if (repeats > 0) write(summaryOf(refusal, repeats));
    if (others > 0)
      write({
        principal: 'service:fairway/tenancy',
        action: 'permission.check',
        message: `${others} further requests of callers without the permission were refused within a minute; ${maxDistinct} others of it are told one by one`,
      });
    told.clear();
    others = 0;
  };

  return {
    note: (refusal) => {
      const id = JSON.stringify([refusal.principal, refusal.action, refusal.permission]);
      const known = told.get(id);
      cancel ??= clock.after(windowMs, endWindow);
      if (known !== undefined) known.repeats += 1;
      else if (told.size >= maxDistinct) others += 1;
      else {
        told.set(id, { refusal, repeats: 0 });
        write(entryOf(refusal));
      }
    },
    close: async () => {
      endWindow();
      await Promise.all(writing);
    },
  };
}

const entryOf = ({ permission: _, ...entry }: Refusal): RecordedRefusal => entry;

const summaryOf = ({ principal, action, message }: Refusal, repeats: number): RecordedRefusal => ({
  principal,
  action,
  message: `${message}; refused ${repeats === 1 ? 'once more' : `${repeats} more times`} within a minute`,
});
