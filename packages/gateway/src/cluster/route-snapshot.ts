import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '@fairway/resources/log';
import { type Clock, isProblem, Problem, type Resource } from '@fairway/resources/model';
import type { RouteObjects } from '../routes/route-table.ts';

const formatVersion = 1;
// A rollout changes the objects many times a second; a crash costs at most this much of freshness, and the cluster has the truth.
const settleMs = 250;

const trim = <R extends Resource>(objects: readonly R[]): R[] =>
  objects.map((object) => {
    const { managedFields: _, ...metadata } = object.metadata;
    const { status: __, ...rest } = object;
    return { ...rest, metadata } as R;
  });

/** The last objects that a table was made of, in a file, for a start without the cluster. */
export interface RouteSnapshot {
  /** Undefined when there is none; a damaged or newer one is told in the log and counts as none. */
  load(): Promise<RouteObjects | undefined>;
  /** Written soon, and always whole: into a second file that then takes the place of the first. */
  save(objects: RouteObjects): void;
  /** Settles when the newest objects are on disk. */
  flush(): Promise<void>;
}

export function createRouteSnapshot({ file, clock, log }: { file: string; clock: Clock; log: Log }): RouteSnapshot {
  let next: RouteObjects | undefined;
  let isPlanned = false;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const objects = next;
    next = undefined;
    if (objects === undefined) return;
    const text = JSON.stringify({
      version: formatVersion,
      objects: {
        httpRoutes: trim(objects.httpRoutes),
        services: trim(objects.services),
        slices: trim(objects.slices),
        policies: trim(objects.policies),
      },
    });
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.next`, text, { mode: 0o600 });
      await rename(`${file}.next`, file);
    } catch (error) {
      log.warn('could not save the routes; a restart without the cluster would begin with older ones', { file, error });
    }
  };

  return {
    load: async () => {
      try {
        const saved = JSON.parse(await readFile(file, 'utf8')) as { version?: number; objects?: RouteObjects };
        const { objects } = saved;
        if (saved.version !== formatVersion || objects === undefined || !Object.values(objects).every(Array.isArray))
          throw new Problem({ reason: 'invalid', message: 'the file is of another version' });
        return objects;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log.warn('the saved routes are not used', {
            file,
            why: isProblem(error) || error instanceof SyntaxError ? error.message : error,
          });
        return undefined;
      }
    },
    save: (objects) => {
      next = objects;
      if (isPlanned) return;
      isPlanned = true;
      clock.after(settleMs, () => {
        isPlanned = false;
        writing = writing.then(write);
      });
    },
    flush: async () => {
      writing = writing.then(write);
      await writing;
    },
  };
}
