import type { DeploymentPipeline, Environment, Project } from '@fairway/contracts';
import { type AdmissionRules, type FieldProblem, invalid, type Problem, type ResourceOf } from '@fairway/resources/model';
import { maxHostLabel, nameProblems } from './name-rules.ts';

export const refusal = (problems: readonly FieldProblem[]): { refuse: Problem } | undefined =>
  problems.length === 0 ? undefined : { refuse: invalid(problems.map(({ message }) => message).join(' '), problems) };

export const projectRules: AdmissionRules<ResourceOf<typeof Project>> = {
  admit: ({ operation, object }) => (operation === 'create' ? refusal(nameProblems(object, maxHostLabel)) : undefined),
};

export const environmentRules: AdmissionRules<ResourceOf<typeof Environment>> = {
  admit: ({ operation, object }) => (operation === 'create' ? refusal(nameProblems(object, maxHostLabel)) : undefined),
};

/** Promotion goes forward: a pipeline that leads back to where it came from has no first environment. */
export const pipelineRules: AdmissionRules<ResourceOf<typeof DeploymentPipeline>> = {
  admit: ({ operation, subresource, object }) => {
    if (operation === 'delete' || subresource !== undefined) return undefined;
    const edges = new Map<string, string[]>();
    for (const { sourceEnvironmentRef, targetEnvironmentRefs } of object.spec?.promotionPaths ?? []) {
      edges.set(sourceEnvironmentRef, [...(edges.get(sourceEnvironmentRef) ?? []), ...targetEnvironmentRefs.map(({ name }) => name)]);
    }
    const circle = [...edges.keys()].find((start) => reaches(edges, start));
    if (circle === undefined) return undefined;
    const message = `The promotion paths lead from "${circle}" back to "${circle}": take one of them out, so that there is a first environment.`;
    return refusal([{ field: 'spec.promotionPaths', message, type: 'FieldValueInvalid' }]);
  },
};

function reaches(edges: ReadonlyMap<string, readonly string[]>, start: string): boolean {
  const reached = new Set(edges.get(start) ?? []);
  for (const environment of reached) for (const next of edges.get(environment) ?? []) reached.add(next);
  return reached.has(start);
}
