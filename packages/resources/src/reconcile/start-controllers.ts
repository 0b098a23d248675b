import type { Log } from '../log/index.ts';
import { type Clock, type Kind, type KindId, keyOf, kindId, type Resources } from '../model/index.ts';
import type { Controller, RunningLoop, Watched } from './controller.ts';
import { type ControllerLoop, createControllerLoop, type LoopFailure } from './controller-loop.ts';
import { type Sighting, watchKind } from './watch-kind.ts';

export interface ControllersOptions {
  resources: Resources;
  controllers: readonly Controller[];
  clock: Clock;
  log: Log;
  /** Told of every throw of a reconciler, for example to count it. */
  onError?: LoopFailure;
  /** 0 ≤ random < 1; spreads retries. */
  random?: () => number;
}

const defaultResyncMs = 600_000;
const pageSize = 500;

const refuseClashes = (controllers: readonly Controller[]): void => {
  const names = new Set<string>();
  const generic = new Map<KindId, string>();
  for (const { name, kind, conditionStyle } of controllers) {
    if (names.has(name)) throw new Error(`two controllers are called ${name}: give each its own name`);
    names.add(name);
    if (conditionStyle === 'own' || !kind.hasStatus) continue;
    const other = generic.get(kindId(kind));
    // Each would overwrite Ready of the other, for ever.
    if (other !== undefined)
      throw new Error(`${name} and ${other} both write Ready of ${kind.kind}: give one of them conditionStyle 'own'`);
    generic.set(kindId(kind), name);
  }
};

const wakeDependents = (loop: ControllerLoop, { log, sighting }: { log: Log; sighting: Sighting }, watched: Watched): void => {
  try {
    const keys = 'wakesByKey' in watched ? watched.wakesByKey(sighting.key) : watched.wakes(sighting.object());
    for (const key of keys) loop.wake(key);
  } catch (error) {
    log.error('a controller cannot tell whom a change wakes', { controller: loop.controller.name, key: sighting.key, error });
  }
};

const resync = async (loop: ControllerLoop, { resources, signal }: { resources: Resources; signal: AbortSignal }): Promise<void> => {
  let token: string | undefined;
  do {
    const page = await resources.list(loop.controller.kind, { limit: pageSize, ...(token === undefined ? {} : { continue: token }) });
    for (const object of page.items) loop.wake(keyOf(object));
    token = page.continue;
  } while (token !== undefined && !signal.aborted);
};

interface Running {
  options: ControllersOptions;
  loops: readonly ControllerLoop[];
  random: () => number;
  signal: AbortSignal;
}

const resyncNow = (running: Running, loop: ControllerLoop): Promise<void> =>
  resync(loop, { resources: running.options.resources, signal: running.signal }).catch((error: unknown) => {
    if (!running.signal.aborted)
      running.options.log.warn('a resync failed; the next one comes by its timer', { controller: loop.controller.name, error });
  });

/** Looks at everything again and again; the answer ends it. */
const resyncByTimer = (running: Running, loop: ControllerLoop): (() => void) => {
  const everyMs = loop.controller.resyncMs ?? defaultResyncMs;
  let cancel = (): void => {};
  const schedule = (): void => {
    // Up to a tenth later, so that the controllers do not all come at once.
    cancel = running.options.clock.after(everyMs * (1 + 0.1 * running.random()), () => {
      void resyncNow(running, loop).then(() => {
        if (!running.signal.aborted) schedule();
      });
    });
  };
  schedule();
  return () => cancel();
};

const watchForLoops = (running: Running, kind: Kind): Promise<void> => {
  const { options, loops, random, signal } = running;
  const id = kindId(kind);
  const owners = loops.filter((loop) => kindId(loop.controller.kind) === id);
  const dependents = loops.flatMap((loop) =>
    (loop.controller.watches ?? []).filter((watch) => kindId(watch.kind) === id).map((watched) => ({ loop, watched })),
  );
  return watchKind({
    kind,
    resources: options.resources,
    clock: options.clock,
    log: options.log,
    random,
    signal,
    onSighting: (sighting) => {
      for (const loop of owners) loop.changed(sighting.key, sighting.type === 'DELETED' ? undefined : sighting.version);
      for (const { loop, watched } of dependents) wakeDependents(loop, { log: options.log, sighting }, watched);
    },
    // What was deleted while history was lost can no longer tell whom it wakes: look at all.
    onRelist: () => {
      for (const loop of new Set(dependents.map((dependent) => dependent.loop))) void resyncNow(running, loop);
    },
  });
};

/** Starts all controllers of a process, with one watch a kind for all of them. */
export const startControllers = async (options: ControllersOptions): Promise<RunningLoop> => {
  const { resources, controllers, clock, log } = options;
  const random = options.random ?? Math.random;
  refuseClashes(controllers);
  const stop = new AbortController();
  const onError: LoopFailure = options.onError ?? (() => {});
  const loops = controllers.map((controller) => createControllerLoop({ resources, controller, clock, log, random, onError }));
  const running: Running = { options, loops, random, signal: stop.signal };
  const kinds = new Map(
    controllers.flatMap(({ kind, watches = [] }) => [kind, ...watches.map((watch) => watch.kind)]).map((kind) => [kindId(kind), kind]),
  );
  const watches = [...kinds.values()].map((kind) => watchForLoops(running, kind));
  const timers = loops.map((loop) => resyncByTimer(running, loop));

  return {
    wake: (name, key) => {
      const loop = loops.find(({ controller }) => controller.name === name);
      if (loop === undefined) throw new Error(`there is no controller ${name}`);
      loop.wakeNow(key);
    },
    figures: () => loops.map((loop) => loop.figures()),
    stop: async () => {
      stop.abort(new Error('the controllers stop'));
      for (const cancel of timers) cancel();
      await Promise.all([...watches, ...loops.map((loop) => loop.stop())]);
    },
  };
};
