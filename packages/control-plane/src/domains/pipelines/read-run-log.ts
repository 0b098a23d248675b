import { PipelineRun } from '@fairway/contracts';
import { type Key, notFound, type Resources } from '@fairway/resources/model';
import { archiveNameOf, jobNameOf } from './pipeline-run-reconciler.ts';
import type { BuildPlanes, LogArchive } from './ports.ts';
import { isFinished } from './run-states.ts';

export interface RunLogDependencies {
  resources: Resources;
  buildPlanes: BuildPlanes;
  archive: LogArchive;
}

/**
 * The log of all steps of a run, in order. With `follow` it goes on until the run ends: it waits for a step that has not begun
 * by the change log, never by polling.
 */
export async function* readRunLog(
  deps: RunLogDependencies,
  key: Key,
  options: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const run = await deps.resources.get(PipelineRun, key);
  if (run?.spec === undefined) throw notFound('PipelineRun', key.name, PipelineRun.group);
  const organization = key.namespace ?? '';
  for (const step of run.spec.steps) {
    const phase = options.follow
      ? await untilBegun(deps.resources, { key, step: step.name, signal })
      : await phaseOf(deps.resources, key, step.name);
    if (phase === undefined) return;
    const archived = isFinished(phase) ? await deps.archive.read(organization, archiveNameOf(key.name, step.name)) : undefined;
    if (archived !== undefined) {
      yield* archived;
      continue;
    }
    const plane = await deps.buildPlanes(organization, run.spec.buildPlane ?? 'default');
    const live = await plane?.log(organization, jobNameOf(key.name, step.name), options);
    if (live !== undefined) yield* live;
  }
}

async function phaseOf(resources: Resources, key: Key, step: string) {
  const run = await resources.get(PipelineRun, key);
  return run?.status?.steps?.find(({ name }) => name === step)?.phase;
}

/** The step's phase once it runs or is over; undefined when the run ended without it, or is gone. */
async function untilBegun(resources: Resources, at: { key: Key; step: string; signal: AbortSignal }) {
  const query = {
    ...(at.key.namespace === undefined ? {} : { namespace: at.key.namespace }),
    fieldSelector: `metadata.name=${at.key.name}`,
  };
  for await (const event of resources.watch(PipelineRun, query, at.signal)) {
    if (event.type === 'DELETED') return undefined;
    if (event.type === 'BOOKMARK') continue;
    const run = JSON.parse(event.text) as {
      status?: {
        phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled';
        steps?: { name: string; phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled' }[];
      };
    };
    const phase = run.status?.steps?.find(({ name }) => name === at.step)?.phase;
    if (phase !== undefined && phase !== 'Pending') return phase;
    if (isFinished(run.status?.phase)) return undefined;
  }
  return undefined;
}
