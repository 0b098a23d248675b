import type { Log } from '@fairway/resources/log';
import { type Clock, pause, type Resources } from '@fairway/resources/model';
import type { Artifacts } from '#domains/artifacts';
import { withImageUse } from './image-use.ts';
import type { RetentionFigures } from './retention-figures.ts';

export interface ImageSweeping {
  resources: Resources;
  artifacts: Pick<Artifacts, 'sweep'>;
  /** The image of our own that no object need name; undefined while it is not there yet. */
  builder: () => string | undefined;
  graceHours: number;
  retention: Pick<RetentionFigures, 'removed'>;
  clock: Clock;
  log: Log;
}

const hourMs = 3_600_000;
// Until then the reconcilers have read the results of the builds that ended while we were away.
const firstAfterMs = 600_000;

/** Frees the registry's disk of images that nothing names, once an hour, until the signal aborts. */
export async function sweepImages({ clock, log, ...parts }: ImageSweeping, signal: AbortSignal): Promise<void> {
  await pause(clock, firstAfterMs, signal);
  while (!signal.aborted) {
    await sweepOnce({ clock, ...parts }, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn('images could not be swept; it is tried again in an hour', { error });
    });
    await pause(clock, hourMs, signal);
  }
}

async function sweepOnce(
  { resources, artifacts, builder, graceHours, retention, clock }: Omit<ImageSweeping, 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const since = clock.now() - graceHours * hourMs;
  const { manifests, blobs, bytes } = await withImageUse(resources, signal, (use, until) => {
    const isNamed = (digest: string): boolean => digest === builder() || use.isNamed(digest);
    return artifacts.sweep({ since, use: { ...use, isNamed }, signal: until });
  });
  if (manifests > 0) retention.removed('images', { count: manifests });
  if (blobs > 0) retention.removed('image-blobs', { count: blobs, bytes });
}
