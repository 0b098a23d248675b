import type { Log } from '@fairway/resources/log';
import { type Clock, pause, type Resources } from '@fairway/resources/model';
import { type Controller, type RunningLoop, startControllers, startGarbageCollector } from '@fairway/resources/reconcile';
import type { Artifacts } from '#domains/artifacts';
import { followDataPlanes } from '#domains/delivery';
import type { BuildCaches } from '#drivers/build-caches';
import { dropStaleUploads } from './drop-stale-uploads.ts';
import { followRuns } from './follow-runs.ts';
import type { Planes } from './planes.ts';
import type { RetentionFigures } from './retention-figures.ts';
import type { Settings } from './settings.ts';
import { sweepImages } from './sweep-images.ts';
import { trimBuildCaches } from './trim-build-caches.ts';

export interface LoopParts {
  settings: Settings;
  resources: Resources;
  controllers: readonly Controller[];
  planes: Planes;
  artifacts: Artifacts;
  builder: { digest: string | undefined };
  buildCaches: BuildCaches;
  retention: RetentionFigures;
  clock: Clock;
  log: Log;
}

/** Everything that goes on by itself, until the signal aborts and the answer is stopped. */
export async function startLoops(parts: LoopParts, signal: AbortSignal): Promise<RunningLoop> {
  const { settings, resources, controllers, planes, artifacts, builder, buildCaches, retention, clock, log } = parts;
  const loops = await startControllers({ resources, controllers, clock, log });
  const collector = startGarbageCollector({ resources, clock, log });
  const pauseFor = (ms: number, until: AbortSignal): Promise<void> => pause(clock, ms, until);
  const onProblem = (plane: string, error: unknown): void =>
    log.info('a cluster cannot be followed; until it can, it is looked at by timer', { plane, error });
  const following = [
    followDataPlanes(
      { dataPlanes: planes.dataPlanes, wake: (key) => loops.wake('delivery/release', key), pause: pauseFor, onProblem },
      signal,
    ),
    dropStaleUploads({ artifacts, clock, log }, signal),
    sweepImages(
      { resources, artifacts, builder: () => builder.digest, graceHours: settings.imageGraceHours, retention, clock, log },
      signal,
    ),
    trimBuildCaches(
      {
        caches: buildCaches,
        maxBytes: settings.buildCacheBytes,
        cluster: () => planes.clients.client({ is: 'named', name: 'local' }),
        retention,
        clock,
        log,
      },
      signal,
    ),
    followRuns({ resources, planes, wake: (key) => loops.wake('pipelines/pipeline-run', key), pause: pauseFor, onProblem }, signal),
  ];
  return {
    ...loops,
    stop: async () => {
      await Promise.all(following);
      await (await collector).stop();
      await loops.stop();
    },
  };
}
