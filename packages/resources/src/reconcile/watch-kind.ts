import { setImmediate } from 'node:timers/promises';
import type { Log } from '../log/index.ts';
import {
  type AnyResource,
  type Clock,
  isProblem,
  type Key,
  type Kind,
  keyOf,
  pause,
  type Resources,
  type WatchEvent,
} from '../model/index.ts';
import { createBackOff } from './back-off.ts';

/** One seen object, or one seen change. `object` is read from its text only when somebody asks. */
export interface Sighting {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  key: Key;
  /** Absent where the store says none. */
  version: string | undefined;
  text: () => string;
  object: () => AnyResource;
}

export interface KindWatch {
  kind: Kind;
  resources: Resources;
  clock: Clock;
  log: Log;
  random: () => number;
  /** All present objects first, then every change. The same one may come twice. */
  onSighting: (sighting: Sighting) => void;
  /** History was lost: all present objects come again, but those deleted meanwhile do not. */
  onRelist: () => void;
  signal: AbortSignal;
}

const pageSize = 500;

/** Shows all present objects and answers the version from which nothing is missed. */
const showPresent = async ({ kind, resources, onSighting, signal }: KindWatch): Promise<string> => {
  let version: string | undefined;
  let token: string | undefined;
  do {
    const page = await resources.listText(kind, { limit: pageSize, walk: true, ...(token === undefined ? {} : { continue: token }) });
    // The first page's version: what changes while the later pages are read comes again by the watch.
    version ??= page.resourceVersion;
    for (const text of page.items) {
      if (signal.aborted) break;
      const object = JSON.parse(text) as AnyResource;
      onSighting({
        type: 'ADDED',
        key: keyOf(object),
        version: object.metadata.resourceVersion,
        text: () => text,
        object: () => object,
      });
    }
    token = page.continue;
    // A store in this process answers without a turn of the event loop: a hundred thousand objects would hold up every request.
    if (token !== undefined) await setImmediate();
  } while (token !== undefined && !signal.aborted);
  return version;
};

const sightingOf = ({ type, key, text, resourceVersion }: WatchEvent): Sighting => {
  let parsed: AnyResource | undefined;
  return {
    type: type as Sighting['type'],
    key,
    version: resourceVersion,
    text: () => text,
    object: () => {
      parsed ??= JSON.parse(text) as AnyResource;
      return parsed;
    },
  };
};

const follow = async ({ kind, resources, onSighting, signal }: KindWatch, from: { version: string }): Promise<void> => {
  for await (const events of resources.watchGroups(kind, { since: from.version, bookmarks: true }, signal))
    for (const event of events) {
      if (signal.aborted) return;
      from.version = event.resourceVersion;
      if (event.type !== 'BOOKMARK') onSighting(sightingOf(event));
    }
};

/** Follows one kind until the signal aborts: goes on from the last version after a break, lists again when that version is too old. */
export const watchKind = async (options: KindWatch): Promise<void> => {
  const { kind, clock, log, random, onRelist, signal } = options;
  const backOff = createBackOff({ firstMs: 1_000, maxMs: 30_000, random });
  let from: { version: string } | undefined;
  let isLost = false;
  while (!signal.aborted) {
    let before: string | undefined;
    try {
      from ??= { version: await showPresent(options) };
      // After the list, not before it: what is deleted between the two would be told to nobody.
      if (isLost) onRelist();
      isLost = false;
      before = from.version;
      await follow(options, from);
    } catch (error) {
      if (signal.aborted) return;
      if (isProblem(error, 'gone')) isLost = true;
      else log.warn('a watch broke and is opened again', { kind: kind.kind, error });
    }
    // A watch that told something was a good one, however it ended.
    if (before !== undefined && from?.version !== before) backOff.forget(kind.kind);
    if (isLost) from = undefined;
    // Also after a clean end: a watch that always ends at once must not be opened in a tight loop.
    await pause(clock, backOff.next(kind.kind), signal);
  }
};
