import type { DeploymentPipelineSpec } from '@fairway/contracts';

type Pipeline = Pick<DeploymentPipelineSpec, 'promotionPaths'>;

/** The environment that new builds go to: a source that is nobody's target, the first one where there are several. */
export function rootEnvironment({ promotionPaths = [] }: Pipeline): string | undefined {
  const targets = new Set(promotionPaths.flatMap(({ targetEnvironmentRefs }) => targetEnvironmentRefs.map(({ name }) => name)));
  return promotionPaths.find(({ sourceEnvironmentRef }) => !targets.has(sourceEnvironmentRef))?.sourceEnvironmentRef;
}

/** All environments of a pipeline, from its root on, each once. */
export function environmentsOf(pipeline: Pipeline): string[] {
  const paths = pipeline.promotionPaths ?? [];
  const root = rootEnvironment(pipeline);
  const found = new Set(root === undefined ? [] : [root]);
  // A Set is walked in the order of insertion, additions included: breadth first, and a cycle ends by itself.
  for (const environment of found) {
    for (const { sourceEnvironmentRef, targetEnvironmentRefs } of paths) {
      if (sourceEnvironmentRef === environment) for (const { name } of targetEnvironmentRefs) found.add(name);
    }
  }
  for (const { sourceEnvironmentRef, targetEnvironmentRefs } of paths) {
    found.add(sourceEnvironmentRef);
    for (const { name } of targetEnvironmentRefs) found.add(name);
  }
  return [...found];
}

/** The path from one environment to the next one; undefined where promotion is not allowed. */
export const promotionTarget = ({ promotionPaths = [] }: Pipeline, source: string, target: string) =>
  promotionPaths
    .filter(({ sourceEnvironmentRef }) => sourceEnvironmentRef === source)
    .flatMap(({ targetEnvironmentRefs }) => targetEnvironmentRefs)
    .find(({ name }) => name === target);
