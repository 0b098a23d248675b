import type { ReleaseStatus } from '@fairway/contracts';
import type { ReleaseResource } from './binding-work.ts';

type Release = ReleaseResource | undefined;
type ResourceStatus = NonNullable<ReleaseStatus['resources']>[number];

export const conditionOf = (release: Release, type: string) => release?.status?.conditions?.find((each) => each.type === type);

/** Its reconciler has applied what the release says now, and has looked at it. */
export const isApplied = (release: Release): boolean => {
  const applied = conditionOf(release, 'Applied');
  return applied !== undefined && applied.observedGeneration === release?.metadata.generation && applied.status === 'True';
};

/** What was seen of its objects; nothing before they were applied. */
export const observedResources = (release: Release): readonly ResourceStatus[] =>
  isApplied(release) ? (release?.status?.resources ?? []) : [];
