import type { KindPath } from './resource-shapes.ts';

const choreo = (plural: string, namespaced = true): KindPath => ({ group: 'openchoreo.dev', version: 'v1alpha1', plural, namespaced });
const fairway = (plural: string, namespaced = true): KindPath => ({ group: 'fairway.dev', version: 'v1', plural, namespaced });

/** Kinds of the platform, for `fairway.resources(kinds.component)`. */
export const kinds = {
  organization: choreo('organizations', false),
  project: choreo('projects'),
  component: choreo('components'),
  workload: choreo('workloads'),
  environment: choreo('environments'),
  deploymentPipeline: choreo('deploymentpipelines'),
  configurationGroup: choreo('configurationgroups'),
  build: choreo('builds'),
  serviceBinding: choreo('servicebindings'),
  webApplicationBinding: choreo('webapplicationbindings'),
  scheduledTaskBinding: choreo('scheduledtaskbindings'),
  release: choreo('releases'),
  dataPlane: choreo('dataplanes'),
  componentRelease: fairway('componentreleases'),
  deploymentRecord: fairway('deploymentrecords'),
  pipelineRun: fairway('pipelineruns'),
  repository: fairway('repositories'),
  secret: fairway('secrets'),
  pod: { group: '', version: 'v1', plural: 'pods', namespaced: true },
} as const satisfies Record<string, KindPath>;
