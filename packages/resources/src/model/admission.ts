import type { Caller } from './caller.ts';
import type { Kind } from './kind.ts';
import type { Problem } from './problem.ts';
import type { AnyResource, Key } from './resource.ts';
import type { Change } from './resources.ts';

/** What a rule must see beside the object itself. Versions of all facts are guarded by the commit, but those of the newest. */
export type FactQuery =
  | { name: string; kind: Kind; key: Key }
  /** All objects of a kind in a namespace with a field or label; guarded as a whole. At most 1,000. */
  | { name: string; kind: Kind; namespace?: string; labelSelector?: string; fieldSelector?: string }
  /**
   * The newest of them, at most so many, of however many there are. Another may have come since: what a rule concludes from these, a write must make
   * sure of, for example by a name that may be taken once.
   */
  | { name: string; kind: Kind; namespace?: string; labelSelector?: string; fieldSelector?: string; newest: number };

/** Facts by their names: one object (or undefined), or a list. */
export interface Facts {
  object<R = AnyResource>(name: string): R | undefined;
  list<R = AnyResource>(name: string): R[];
}

export interface AdmissionChange<R> {
  operation: 'create' | 'update' | 'delete';
  /** Set for writes of a subresource. */
  subresource?: 'status';
  caller: Caller;
  action: string;
  /** As it will be stored; for a delete, as it is. */
  object: R;
  /** As it is stored; absent for a create. */
  old?: R;
  /** Epoch ms. */
  now: number;
}

/**
 * - undefined: admitted as it is.
 * - `object`: admitted in this form (a filled field).
 * - `also`: further changes that belong to the same commit, of any registered kind: their own kind's rules admit them, as the same caller and
 *   action. A kind of another domain only where the two cannot be apart (a plane's inline credential becomes a Secret); the store does not check it.
 * - `refuse`: nothing of the caller's is written; `instead` (same domain) is committed with an audit entry "refused"; the problem is thrown.
 */
export type Admission<R> = undefined | { object?: R; also?: readonly Change[] } | { refuse: Problem; instead?: readonly Change[] };

/** All but `prepare` are pure and synchronous: they may run more than once for one write. */
export interface AdmissionRules<R> {
  /** Loads the code that `admit` needs, never data; undefined where it is there. */
  prepare?(object: R): Promise<void> | undefined;
  /** Fills absent fields; answers the same object or a new one. Schema defaults are filled before. Also asked when an object is marked as deleting. */
  default?(object: R): R;
  facts?(change: AdmissionChange<R>): readonly FactQuery[];
  admit?(change: AdmissionChange<R>, facts: Facts): Admission<R>;
  /** False: this kind gets no audit entries and no events (the local cluster's kinds, leases). */
  audited?: boolean;
}
