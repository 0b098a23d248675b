import { Build, Component, ComponentRelease, type ComponentReleaseSpec, Workload } from '@fairway/contracts';
import { type AnyResource, isProblem, type Key, keyOf, type Resource } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, settled } from '@fairway/resources/reconcile';
import { isOver, isSucceeded } from './build-conditions.ts';
import { buildAnnotation, headLabel, pruneAction, triggerLabel } from './build-labels.ts';
import type { BuildResource } from './decide-build.ts';
import { type ComponentPlace, ofComponent } from './find-builds.ts';

export interface BuildRetention {
  /** Builds of a component that are kept whether or not something needs them. */
  builds: number;
  removed(count: number): void;
}

// Builds end and releases go by their watches; this finds what was too young then, and what a changed setting leaves over.
const resyncMs = 3_600_000;
const againMs = 100;
/** What one step deletes at most: each deletion looks again whether a release has come to name the build. */
const prunedAtOnce = 200;
/** Behind what is kept by number, so many are looked at for one that nothing needs. */
const lookBehind = 1_000;
const maxReleases = 1_000;
/** A burst of builds takes none away under the eyes of who looks at it; its Job stays for an hour as well. */
const minAgeMs = 3_600_000;

/** Keeps the newest builds of a component and those that something still names; a build takes its run along, and the run its Job and its log. */
export const buildRetentionController = (keep: BuildRetention): Controller<typeof Component> => ({
  name: 'builds/retention',
  kind: Component,
  conditionStyle: 'own',
  concurrency: 1,
  resyncMs,
  watches: [
    { kind: Build, wakes: (build) => (isOver((build as BuildResource).status) ? componentOf(build) : []) },
    { kind: ComponentRelease, wakes: componentOf },
  ],
  reconcile: async ({ metadata }, context) => {
    try {
      const count = await pruneBuilds({ namespace: metadata.namespace ?? '', component: metadata.name }, keep, context);
      if (count === 0) return { outcome: settled };
      keep.removed(count);
      return { outcome: progressing('Pruning', 'older builds are being removed', againMs) };
    } catch (error) {
      // Needed again, changed or gone since it was looked at: look again.
      if (!isProblem(error, 'conflict') && !isProblem(error, 'not-found')) throw error;
      return { outcome: progressing('Pruning', error.message, againMs) };
    }
  },
});

const componentOf = ({ metadata, spec }: AnyResource): Key[] => {
  const name = (spec as { owner?: { componentName?: string } } | undefined)?.owner?.componentName;
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
};

async function pruneBuilds(place: ComponentPlace, keep: BuildRetention, { resources, cause, clock }: ReconcileContext): Promise<number> {
  const newestFirst = { ...ofComponent(place), newestFirst: true };
  const newest = await resources.list(Build, { ...newestFirst, limit: keep.builds + 1 });
  if (newest.items.length <= keep.builds) return 0;
  const { items: builds } = await resources.list(Build, { ...newestFirst, limit: keep.builds + lookBehind });
  const releases = await resources.list(ComponentRelease, { ...newestFirst, limit: maxReleases });
  const workloads = await resources.list(Workload, ofComponent(place));
  const named = workloads.items.flatMap(({ metadata }) => metadata.annotations?.[buildAnnotation] ?? []);
  const unneeded = unneededBuilds(builds, { keep: keep.builds, releases: releases.items, named });
  const isOld = ({ metadata }: BuildResource): boolean => clock.now() - Date.parse(metadata.creationTimestamp ?? '') >= minAgeMs;
  const old = unneeded.filter(isOld).slice(0, prunedAtOnce);
  if (old.length === 0) return 0;
  await resources.commit(
    cause(pruneAction),
    old.map((build) => ({
      op: 'delete',
      kind: Build,
      key: keyOf(build),
      expect: { uid: build.metadata.uid ?? '', resourceVersion: build.metadata.resourceVersion ?? '' },
    })),
  );
  return old.length;
}

/**
 * Which of a component's builds (newest first) nothing needs. Needed are, beside the newest: what is not over; the newest one that a push made and
 * the newest one that spared a head its own, by which heads are decided; the newest that succeeded; and what a release or a workload was made of.
 */
function unneededBuilds(
  builds: readonly BuildResource[],
  { keep, releases, named }: { keep: number; releases: readonly Resource<ComponentReleaseSpec>[]; named: readonly string[] },
): BuildResource[] {
  const names = new Set([...named, ...releases.flatMap(({ spec }) => spec?.build ?? [])]);
  const images = new Set(releases.flatMap(({ spec }) => Object.values(spec?.workloadSpec.containers ?? {}).map(({ image }) => image)));
  // The same source gives the same image: one build tells where it came from.
  const ofImages = [...images].flatMap((image) => builds.find(({ status }) => status?.imageStatus?.image === image) ?? []);
  const needed = new Set([
    ...ofImages,
    builds.find(({ metadata }) => metadata.labels?.[triggerLabel] === 'push'),
    builds.find(({ metadata }) => metadata.labels?.[headLabel] !== undefined),
    builds.find(({ status }) => isSucceeded(status)),
  ]);
  return builds.slice(keep).filter((build) => isOver(build.status) && !needed.has(build) && !names.has(build.metadata.name));
}
