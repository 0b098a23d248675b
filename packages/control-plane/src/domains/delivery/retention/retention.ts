import { type Change, type Kind, keyOf, type Resource } from '@fairway/resources/model';

/** What is kept of a component, beyond what something still names. */
export interface DeliveryRetention {
  releases: number;
  /** Of each binding. */
  deployments: number;
  removed(what: 'releases' | 'deployment-records', count: number): void;
}

/** Actions of deletions that are refused where something has come to need the object meanwhile. */
export const pruneActions = { release: 'component-release.prune', record: 'deployment-record.prune' } as const;

/** What one step deletes at most: each deletion looks again at what it is needed for. */
const prunedAtOnce = 50;

/** A burst of deployments takes none away under the eyes of who rolls back. */
const minAgeMs = 3_600_000;

/** Behind what is kept by number, so many are looked at for one that nothing names. */
export const lookBehind = 1_000;

export const deletionsOf = (kind: Kind, objects: readonly Resource[], now: number): Change[] =>
  objects
    .filter(({ metadata }) => now - Date.parse(metadata.creationTimestamp ?? '') >= minAgeMs)
    .slice(0, prunedAtOnce)
    .map((object) => ({
      op: 'delete',
      kind,
      key: keyOf(object),
      // What has changed since it was looked at is looked at again.
      expect: { uid: object.metadata.uid ?? '', resourceVersion: object.metadata.resourceVersion ?? '' },
    }));
