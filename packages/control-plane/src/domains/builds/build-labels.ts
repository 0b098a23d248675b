import type { Caller } from '@fairway/resources/model';

/** Identity of the source that a build is of: the same tree needs no second build. */
export const treeLabel = 'fairway.dev/tree';
/** What caused a build: a branch that moved, or somebody who asked. */
export const triggerLabel = 'fairway.dev/trigger';
export type Trigger = 'push' | 'manual';

/** The branch's head that was left alone because this build is of the same source: it stays decided when other source is deployed later. */
export const headLabel = 'fairway.dev/head';

/** Who caused a build: follows its image into the deployment record. */
export const changedByAnnotation = 'fairway.dev/changed-by';
/** On a Workload: the build that wrote it, and that build's place in the order of builds. Written by who owns workloads. */
export const buildAnnotation = 'fairway.dev/build';
export const buildOrderAnnotation = 'fairway.dev/build-order';

/** Action of deletions that are refused where a release has come to name the build meanwhile. */
export const pruneAction = 'build.prune';

// Only our own reconcilers speak for others; they say who pushed.
export const speaksForOthers = ({ principal }: Caller): boolean => principal.startsWith('service:fairway/');

/** Labels of a build; the first three are OpenChoreo's. */
export const buildLabels = (of: {
  organization: string;
  projectName: string;
  componentName: string;
  trigger: Trigger;
  tree?: string;
}): Record<string, string> => ({
  'openchoreo.dev/organization': of.organization,
  'openchoreo.dev/project': labelValue(of.projectName),
  'openchoreo.dev/component': labelValue(of.componentName),
  [triggerLabel]: of.trigger,
  ...(of.tree === undefined ? {} : { [treeLabel]: of.tree }),
});

// A label holds 63 characters and names may be longer: the owner fields are what selects, the label is for people.
const labelValue = (name: string): string => name.slice(0, 63).replace(/[^a-z0-9]+$/i, '');
