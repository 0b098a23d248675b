import { PipelineRun } from '@fairway/contracts';
import { apiVersionOf, isProblem, type Resources, reconcilerCaller } from '@fairway/resources/model';
import type { Runs } from '#domains/builds';

const cause = (action: string) => ({ caller: reconcilerCaller('pipelines'), action });

/** The pipelines engine, as builds see it. */
export const createRuns = (resources: Resources): Runs => ({
  start: async ({ organization, name, owner, spec }) => {
    const object = {
      apiVersion: apiVersionOf(PipelineRun),
      kind: PipelineRun.kind,
      metadata: { namespace: organization, name, ownerReferences: [owner] },
      spec,
    };
    await resources.commit(cause('pipeline-run.start'), [{ op: 'create', object }]).catch((error: unknown) => {
      if (!isProblem(error, 'already-exists')) throw error;
    });
  },
  status: async (organization, name) => {
    const run = await resources.get(PipelineRun, { namespace: organization, name });
    return run === undefined ? undefined : (run.status ?? {});
  },
  cancel: async (organization, name) => {
    const change = (current: { spec?: unknown } | undefined) =>
      current === undefined ? undefined : { ...current, spec: { ...(current.spec as object), cancel: true } };
    await resources.commit(cause('pipeline-run.cancel'), [
      { op: 'mutate', kind: PipelineRun, key: { namespace: organization, name }, change: change as never },
    ]);
  },
});
