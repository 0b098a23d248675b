import { setImmediate } from 'node:timers/promises';
import type { Log } from '../log/index.ts';
import {
  type AnyResource,
  type Clock,
  isProblem,
  type Key,
  type Kind,
  type KindId,
  keyOf,
  kindId,
  kindIdOf,
  type Resources,
} from '../model/index.ts';
import { createBackOff } from './back-off.ts';
import { type Collecting, collectObject, collectOwned } from './collect-object.ts';
import { keyFromText, keyText } from './object-key.ts';
import { type Sighting, watchKind } from './watch-kind.ts';
import { createWorkQueue } from './work-queue.ts';

export interface GarbageCollectorOptions {
  resources: Resources;
  clock: Clock;
  log: Log;
  /** 0 ≤ random < 1; spreads retries. */
  random?: () => number;
}

export interface RunningCollector {
  /** For /metrics. */
  figures(): { queued: number; running: number; failed: number };
  stop(): Promise<void>;
}

const concurrency = 4;
const lastChangesMs = 10_000;
// Of owners whose kind goes with them it is known from here alone that they are gone; what they own is looked at within moments.
const maxGone = 10_000;

// Most objects own nothing and belong to nobody: their text tells so without being parsed.
const mayMatter = (text: string): boolean => text.includes('"ownerReferences"') || text.includes('"deletionTimestamp"');

const objectText = (id: KindId, key: Key): string => `${id}\n${keyText(key)}`;

const followSighting = (
  { kind, add, resources }: { kind: Kind; add: (text: string) => void; resources: Resources },
  sighting: Sighting,
): void => {
  if (sighting.type !== 'DELETED') {
    if (mayMatter(sighting.text())) add(objectText(kindId(kind), sighting.key));
    return;
  }
  const { metadata } = sighting.object();
  if (metadata.uid !== undefined) add(`\n${metadata.uid}`);
  // An owner in foreground deletion waits for this one to be gone.
  for (const reference of metadata.ownerReferences ?? []) {
    const owner = resources.kinds.get(kindIdOf(reference));
    if (owner === undefined) continue;
    const key =
      owner.namespaced && metadata.namespace !== undefined
        ? { namespace: metadata.namespace, name: reference.name }
        : { name: reference.name };
    add(objectText(kindId(owner), key));
  }
};

const createCollectorQueue = ({ resources, clock, log, random }: Required<GarbageCollectorOptions>, stop: AbortSignal) => {
  const backOff = createBackOff({ firstMs: 1_000, maxMs: 300_000, random });
  const counts = { failed: 0 };
  const gone = new Set<string>();
  const note = (uid: string): void => {
    gone.add(uid);
    const [oldest = ''] = gone;
    if (gone.size > maxGone) gone.delete(oldest);
  };
  const collecting: Collecting = {
    resources,
    enqueue: (kind, key) => queue.add(objectText(kindId(kind), key)),
    hasGone: (uid) => gone.has(uid),
  };
  const work = async (text: string): Promise<void> => {
    const [id = '', rest = ''] = text.split('\n');
    if (id === '') {
      note(rest);
      return collectOwned(collecting, rest);
    }
    const kind = resources.kinds.get(id);
    if (kind !== undefined) await collectObject(collecting, kind, keyFromText(rest));
  };
  const run = async (text: string): Promise<void> => {
    try {
      await work(text);
      backOff.forget(text);
    } catch (error) {
      if (stop.aborted) return;
      if (!isProblem(error, 'conflict')) {
        counts.failed += 1;
        log.warn('garbage could not be collected and is tried again', { object: text.replace('\n', ' '), error });
      }
      queue.addAfter(text, isProblem(error, 'conflict') ? 100 : backOff.next(text));
    }
  };
  const queue = createWorkQueue({ clock, concurrency, run });
  return { queue, counts };
};

const lookAtKind = async (
  { resources, log, signal, add }: { resources: Resources; log: Log; signal: AbortSignal; add: (text: string) => void },
  kind: Kind,
): Promise<void> => {
  try {
    let token: string | undefined;
    do {
      const page = await resources.list(kind, { limit: 500, walk: true, ...(token === undefined ? {} : { continue: token }) });
      for (const object of page.items as AnyResource[])
        if (object.metadata.ownerReferences !== undefined) add(objectText(kindId(kind), keyOf(object)));
      token = page.continue;
      if (token !== undefined) await setImmediate();
    } while (token !== undefined && !signal.aborted);
  } catch (error) {
    if (!signal.aborted) log.warn('owned objects could not be listed', { kind: kind.kind, error });
  }
};

/**
 * Deletes what is owned by objects that are gone, lets owners in foreground deletion go when nothing blocks them, and frees orphans.
 * At its start it looks at every object that has an owner, so that what vanished while nobody ran is found too.
 */
export const startGarbageCollector = async (options: GarbageCollectorOptions): Promise<RunningCollector> => {
  const { resources, clock, log } = options;
  const random = options.random ?? Math.random;
  const stop = new AbortController();
  const { queue, counts } = createCollectorQueue({ resources, clock, log, random }, stop.signal);
  const watches = new Map<KindId, { end: AbortController; ended: Promise<void> }>();

  const follow = (kind: Kind): void => {
    const end = new AbortController();
    const signal = AbortSignal.any([stop.signal, end.signal]);
    const onSighting = (sighting: Sighting): void => followSighting({ kind, add: queue.add, resources }, sighting);
    const ended = watchKind({ kind, resources, clock, log, random, signal, onSighting, onRelist: () => lookAtAll(kind) });
    watches.set(kindId(kind), { end, ended });
  };
  const isPresent = (id: KindId): boolean => resources.kinds.get(id) !== undefined;
  const endOf = (id: KindId): void => {
    if (isPresent(id)) return;
    watches.get(id)?.end.abort(new Error('the kind is no longer served'));
    watches.delete(id);
  };
  /** Users' own kinds come and go while we run; the last changes of one that goes are still to be heard. */
  const followKinds = (): void => {
    for (const kind of resources.kinds.all()) if (!watches.has(kindId(kind))) follow(kind);
    for (const id of watches.keys()) if (!isPresent(id)) clock.after(lastChangesMs, () => endOf(id));
  };
  // Owners of this kind may have gone unseen: whatever has an owner is looked at again.
  const lookAtAll = (lost: Kind): void => {
    for (const kind of resources.kinds.all())
      if (kindId(kind) !== kindId(lost)) void lookAtKind({ resources, log, signal: stop.signal, add: queue.add }, kind);
  };
  followKinds();
  const forget = resources.kinds.onChange(followKinds);

  return {
    figures: () => ({ queued: queue.queued, running: queue.running, ...counts }),
    stop: async () => {
      stop.abort(new Error('the garbage collector stops'));
      forget();
      await Promise.all([...[...watches.values()].map(({ ended }) => ended), queue.stop()]);
    },
  };
};
