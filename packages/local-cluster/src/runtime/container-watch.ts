import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '@fairway/resources/model';

export interface ContainerWatch {
  /** Looks at once. */
  poke(): void;
  close(): void;
}

// Wake-ups come from the file system; this is the net under them (network file systems have none, and a killed shim writes nothing).
const netMs = 5_000;
// Output within this time is framed together: an application that writes line by line costs one wake-up for many lines.
const gatherMs = 15;

/** Calls `look` soon after a change in a container's folder, and at least every five seconds. `look` answers true for "again at once". */
export function watchContainer({ folder, clock, look }: { folder: string; clock: Clock; look: () => Promise<boolean> }): ContainerWatch {
  let closed = false;
  let running = false;
  let again = false;
  let cancel = (): void => {};
  const run = async (): Promise<void> => {
    if (closed) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    cancel();
    const more = await look();
    running = false;
    const soon = again || more;
    again = false;
    if (!closed) cancel = clock.after(more ? 0 : soon ? gatherMs : netMs, () => void run());
  };
  let gathering = false;
  const gather = (_event: string, name: string | null): void => {
    if (gathering || name?.startsWith('log') === true) return;
    gathering = true;
    clock.after(gatherMs, () => {
      gathering = false;
      void run();
    });
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { persistent: false }, gather);
    watcher.on('error', () => watcher?.close());
  } catch {
    // No watches left on this machine: the net is enough.
  }
  cancel = clock.after(0, () => void run());
  return {
    poke: () => void run(),
    close: () => {
      closed = true;
      cancel();
      watcher?.close();
    },
  };
}
