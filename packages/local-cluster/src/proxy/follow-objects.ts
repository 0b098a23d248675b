import type { Log } from '@fairway/resources/log';
import { type AnyResource, type Clock, isProblem, type Key, type Kind, pause, type Resources } from '@fairway/resources/model';

export interface FollowOptions {
  kind: Kind;
  resources: Resources;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** All present objects, at the start and when changes were missed. */
  onAll: (objects: readonly AnyResource[]) => void;
  /** One object changed; undefined: it is gone. */
  onChange: (key: Key, object: AnyResource | undefined) => void;
}

const watchAgainMs = 500;

/** Shows all objects of a kind, then every change, until the signal aborts. */
export async function followObjects({ kind, resources, clock, log, signal, onAll, onChange }: FollowOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await resources.list(kind);
      onAll(items as AnyResource[]);
      for await (const { type, key, text } of resources.watch(kind, { since: resourceVersion }, signal)) {
        if (type === 'BOOKMARK') continue;
        onChange(key, type === 'DELETED' ? undefined : (JSON.parse(text) as AnyResource));
      }
    } catch (error) {
      if (!signal.aborted && !isProblem(error, 'gone')) log.warn('a kind is watched anew', { kind: kind.kind, error });
    }
    await pause(clock, watchAgainMs, signal);
  }
}
