import type { ClusterClient } from '@fairway/kubernetes/client';
import type { Log } from '@fairway/resources/log';
import { type Clock, pause } from '@fairway/resources/model';
import type { BuildCaches } from '#drivers/build-caches';
import { hasRunningSteps } from '#drivers/kubernetes';
import type { RetentionFigures } from './retention-figures.ts';

export interface CacheTrimming {
  caches: BuildCaches;
  maxBytes: number;
  /** The cluster of this machine, whose builds use the caches. */
  cluster: () => Promise<ClusterClient>;
  retention: Pick<RetentionFigures, 'removed'>;
  clock: Clock;
  log: Log;
}

const everyMs = 600_000;
// Longer than a build may take: what it has kept is measured once more after its end.
const afterBuildMs = 3_600_000;
const askTimeoutMs = 10_000;

/** Keeps the caches of builds below their bound: ten minutes after the start, and while there were builds within the hour. */
export async function trimBuildCaches({ caches, clock, log, ...parts }: CacheTrimming, signal: AbortSignal): Promise<void> {
  let isFirst = true;
  for (await pause(clock, everyMs, signal); !signal.aborted; await pause(clock, everyMs, signal)) {
    if (!isFirst && clock.now() - caches.lastStart() > afterBuildMs) continue;
    isFirst = false;
    await trimOnce({ caches, ...parts }, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn('the caches of builds could not be trimmed; it is tried again after the next build', { error });
    });
  }
}

async function trimOnce(
  { caches, maxBytes, cluster, retention }: Omit<CacheTrimming, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const isBusy = async (namespace: string, until: AbortSignal): Promise<boolean> =>
    hasRunningSteps(await cluster(), namespace, AbortSignal.any([until, AbortSignal.timeout(askTimeoutMs)]));
  const { count, bytes } = await caches.trim({ maxBytes, isBusy, signal });
  if (count > 0) retention.removed('build-cache', { count, bytes });
}
