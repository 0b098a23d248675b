import { type Clock, isProblem, type Resources } from '@fairway/resources/model';

export interface WatchedDisk {
  /** The same store; what it answers to writes is remembered. */
  resources: Resources;
  /** Why writes fail at present; undefined when they succeed, or when none failed lately. */
  obstacle(): string | undefined;
}

// Reconcilers write all the time: without a failure for so long there is room again, or nobody needs any.
const rememberMs = 60_000;

/** Remembers a full disk under the database, so that readiness tells of it without a write of its own. */
export function watchDisk(resources: Resources, clock: Clock): WatchedDisk {
  let full: { message: string; at: number } | undefined;
  const noted = async <T>(write: Promise<T>, isDryRun: boolean): Promise<T> => {
    try {
      const answer = await write;
      if (!isDryRun) full = undefined;
      return answer;
    } catch (error) {
      if (isProblem(error, 'unavailable') && error.message.startsWith('disk full')) full = { message: error.message, at: clock.now() };
      throw error;
    }
  };
  return {
    resources: {
      ...resources,
      commit: (cause, changes, options) => noted(resources.commit(cause, changes, options), options?.dryRun === true),
      apply: (cause, object, options) => noted(resources.apply(cause, object, options), options.dryRun === true),
    },
    obstacle: () => (full !== undefined && clock.now() - full.at < rememberMs ? full.message : undefined),
  };
}
