import { PipelineRun } from '@fairway/contracts';
import { apiVersionOf, isProblem, type Resource, type Resources, reconcilerCaller } from '@fairway/resources/model';
import type { Runs } from '#domains/builds';

const isOf = (run: Resource | undefined, ownerUid: string): boolean =>
  (run?.metadata.ownerReferences ?? []).some(({ uid }) => uid === ownerUid);

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
    try {
      await resources.commit(cause('pipeline-run.start'), [{ op: 'create', object }]);
      return true;
    } catch (error) {
      if (!isProblem(error, 'already-exists')) throw error;
      return isOf(await resources.get(PipelineRun, { namespace: organization, name }), owner.uid);
    }
  },
  status: async (organization, name, ownerUid) => {
    const run = await resources.get(PipelineRun, { namespace: organization, name });
    return run === undefined || !isOf(run, ownerUid) ? undefined : (run.status ?? {});
  },
  cancel: async (organization, name) => {
    const change = (current: { spec?: unknown } | undefined) =>
      current === undefined ? undefined : { ...current, spec: { ...(current.spec as object), cancel: true } };
    await resources.commit(cause('pipeline-run.cancel'), [
      { op: 'mutate', kind: PipelineRun, key: { namespace: organization, name }, change: change as never },
    ]);
  },
});
