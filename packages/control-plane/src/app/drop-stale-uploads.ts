import type { Log } from '@fairway/resources/log';
import { type Clock, pause } from '@fairway/resources/model';
import type { Artifacts } from '#domains/artifacts';

const hourMs = 3_600_000;
// A client that lost its connection goes on within minutes; a day later nobody does, and a layer may have gigabytes.
const staleAfterMs = 24 * hourMs;

/** Frees the disk of uploads that nobody went on with, now and once an hour, until the signal aborts. */
export async function dropStaleUploads(
  { artifacts, clock, log }: { artifacts: Pick<Artifacts, 'dropStaleUploads'>; clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const dropped = await artifacts.dropStaleUploads(clock.now() - staleAfterMs);
      if (dropped > 0) log.info('dropped uploads of images that nobody went on with', { dropped });
    } catch (error) {
      log.warn('stale uploads could not be dropped; it is tried again in an hour', { error });
    }
    await pause(clock, hourMs, signal);
  }
}
