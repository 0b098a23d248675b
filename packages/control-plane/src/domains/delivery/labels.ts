import { labelValue } from './generate-name.ts';

/** Labels and annotations that delivery writes and reads (docs/compatibility/openchoreo.md, "Labels, annotations, finalizers"). */

export const releaseFieldManager = 'release-controller';
export const cleanupFinalizer = 'openchoreo.dev/dataplane-cleanup';

export const annotations = {
  /** On a pod: the component release, so that another release rolls even where nothing else differs. */
  componentRelease: 'fairway.dev/component-release',
  /** On an applied object and its pods: `ORGANIZATION/NAME` of the rendered release, by which a change there wakes the right reconcile. */
  release: 'fairway.dev/release',
  /** On a Service of a cluster where names do not resolve (the local one): where its ports answer, as JSON. */
  addresses: 'fairway.dev/addresses',
  /** On a rendered Secret: where its values come from (names and version numbers, no values). */
  secretValues: 'fairway.dev/secret-values',
  /** On a binding: what its root environment was last given, so that a rollback is not undone by the next look. */
  source: 'fairway.dev/source',
  /** On a binding: who changed its spec last. */
  changedBy: 'fairway.dev/changed-by',
  /** On a deployment record: when it was healthy first. */
  healthyAt: 'fairway.dev/healthy-at',
  build: 'fairway.dev/build',
  commit: 'fairway.dev/commit',
  toolchain: 'fairway.dev/toolchain',
} as const;

export const releaseLabels = {
  managedBy: 'openchoreo.dev/managed-by',
  resourceId: 'openchoreo.dev/release-resource-id',
  uid: 'openchoreo.dev/release-uid',
  name: 'openchoreo.dev/release-name',
  namespace: 'openchoreo.dev/release-namespace',
} as const;

export interface Scope {
  organization: string;
  project: string;
  component: string;
  environment: string;
}

export const controlPlaneLabels = (scope: Scope): Record<string, string> => ({
  'openchoreo.dev/organization': labelValue(scope.organization),
  'openchoreo.dev/project': labelValue(scope.project),
  'openchoreo.dev/component': labelValue(scope.component),
  'openchoreo.dev/environment': labelValue(scope.environment),
});

/** On every rendered object, and the selector of its pods. */
export const dataPlaneLabels = (scope: Scope): Record<string, string> => ({
  'organization-name': labelValue(scope.organization),
  'project-name': labelValue(scope.project),
  'environment-name': labelValue(scope.environment),
  'component-name': labelValue(scope.component),
});

export const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
