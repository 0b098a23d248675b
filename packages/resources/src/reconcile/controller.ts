import type { AnyResource, Cause, Clock, Key, Kind, ResourceOf, Resources } from '../model/index.ts';
import type { Reconciled } from './outcome.ts';

export interface ReconcileContext {
  resources: Resources;
  clock: Clock;
  /** Aborts at the deadline of this reconcile and when the loop stops. */
  signal: AbortSignal;
  /** The cause to commit with; `action` completes it. */
  cause(action: string): Cause;
}

/** A further kind whose changes wake objects of a controller: by the changed object, or by its key alone where that tells enough, which saves reading it. */
export type Watched = { kind: Kind } & (
  | { wakes: (changed: AnyResource) => readonly Key[] }
  | { wakesByKey: (changed: Key) => readonly Key[] }
);

export interface Controller<K extends Kind = Kind> {
  /** `delivery/service-binding`: names the loop in logs, metrics and audit entries (principal `service:fairway/<part before the slash>`). */
  name: string;
  kind: K;
  /** Put on every object before its first reconcile; `finalize` must answer `settled` before the object may go. */
  finalizer?: string;
  /** Further kinds that wake objects of `kind`: each answers the keys that must be looked at. */
  watches?: readonly Watched[];
  /** Called for every change but the loop's own write of the answer: whoever wants to see that again says `againInMs`. */
  reconcile(object: ResourceOf<K>, context: ReconcileContext): Promise<Reconciled>;
  finalize?(object: ResourceOf<K>, context: ReconcileContext): Promise<Reconciled>;
  /** How many keys at once; one key is never reconciled twice at a time. Default 4. */
  concurrency?: number;
  /** A reconcile is aborted after this. Default 60 s. */
  deadlineMs?: number;
  /** `generic`: the loop writes Ready, Reconciling and Stalled. `own`: only the conditions that the reconciler answers. Default `generic`. */
  conditionStyle?: 'generic' | 'own';
  /** All objects again this often, as a net under the watch. Default 10 min. */
  resyncMs?: number;
}

export interface RunningLoop {
  /** Looks at this key soon, whatever the change log says. */
  wake(controller: string, key: Key): void;
  /** Aborts running reconciles, waits for them, ends watches. */
  stop(): Promise<void>;
  /** For /metrics: queue depth, reconciles, failures, by controller. */
  figures(): readonly { controller: string; queued: number; running: number; reconciled: number; failed: number }[];
}
