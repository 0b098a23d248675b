import { type ComponentPlace, type Fairway, kinds, type ResourceObject } from '@fairway/sdk';

type ProjectObject = ResourceObject<{ deploymentPipelineRef: string }>;
export type PipelineObject = ResourceObject<{
  promotionPaths?: { sourceEnvironmentRef: string; targetEnvironmentRefs: { name: string }[] }[];
}>;

/** The deployment pipeline of a component's project. */
export async function pipelineOf(fairway: Fairway, place: ComponentPlace, signal: AbortSignal): Promise<PipelineObject | undefined> {
  const at = { namespace: place.organization, signal };
  const project = await fairway.resources<ProjectObject>(kinds.project).get(place.project, at);
  const name = project?.spec?.deploymentPipelineRef;
  return name === undefined ? undefined : fairway.resources<PipelineObject>(kinds.deploymentPipeline).get(name, at);
}

/** The environment that builds are deployed to: the one that no promotion path leads to. Undefined for a pipeline without paths. */
export async function rootEnvironmentOf(fairway: Fairway, place: ComponentPlace, signal: AbortSignal): Promise<string | undefined> {
  const paths = (await pipelineOf(fairway, place, signal))?.spec?.promotionPaths ?? [];
  const targets = new Set(paths.flatMap(({ targetEnvironmentRefs }) => targetEnvironmentRefs.map(({ name }) => name)));
  return paths.find(({ sourceEnvironmentRef }) => !targets.has(sourceEnvironmentRef))?.sourceEnvironmentRef;
}
