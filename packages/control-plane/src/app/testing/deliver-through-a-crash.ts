import assert from 'node:assert/strict';
import {
  AccessToken,
  Build,
  Component,
  ComponentRelease,
  DeploymentRecord,
  PipelineRun,
  Release,
  WebApplicationBinding,
} from '@fairway/contracts';
import { apiVersionOf, isProblem, type Kind } from '@fairway/resources/model';
import { createVirtualClock } from '@fairway/resources/testing';
import { createComponent } from '#domains/catalog';
import { promoteComponent } from '#domains/delivery';
import { ensureRepository } from '#domains/repositories';
import { administrator } from '#testing';
import { type Outside, openOutside, path, type RunningProcess, startProcess } from './crashing-platform.ts';
import type { Doom } from './mortal-process.ts';

const component = 'hello';
export const commits = ['a'.repeat(40), 'b'.repeat(40)] as const;
// A start looks at everything, so nothing may have to wait for the nets under it.
const limitMs = 60_000;

const componentObject = {
  apiVersion: apiVersionOf(Component),
  kind: Component.kind,
  metadata: { namespace: path.organization, name: component },
  spec: {
    owner: { projectName: path.project },
    type: 'WebApplication',
    build: {
      repository: { url: `/git/${path.organization}/${path.project}/${path.name}.git`, revision: { branch: 'main' }, appPath: '.' },
      templateRef: { name: 'fairway' },
    },
  },
};

/** What is there at the end, to be counted. */
const countAll = async ({ resources, builds, logs, plane }: Outside) => {
  const items = async <K extends Kind>(kind: K) => (await resources.list(kind)).items;
  return {
    builds: (await items(Build)).map(({ spec }) => spec?.repository.revision?.commit).toSorted(),
    runs: (await items(PipelineRun)).map(({ status }) => status?.phase),
    jobs: builds.started().map(({ env }) => env.FAIRWAY_COMMIT),
    logs: logs.size,
    tokensOfRuns: (await items(AccessToken)).filter(({ metadata }) => metadata.name.startsWith('run.')).length,
    componentReleases: (await items(ComponentRelease)).map(({ metadata }) => metadata.name).toSorted(),
    deploymentRecords: (await items(DeploymentRecord)).length,
    releases: (await items(Release)).length,
    bindings: (await items(WebApplicationBinding)).length,
    objects: plane
      .objects()
      .map(({ kind }) => kind)
      .toSorted(),
  };
};

const isBuilt = async ({ resources }: Outside, commit: string): Promise<boolean> =>
  (await resources.list(Build)).items.some(
    ({ spec, status }) =>
      spec?.repository.revision?.commit === commit && status?.conditions?.some(({ type }) => type === 'WorkloadUpdated') === true,
  );

const isLive = async ({ resources }: Outside, environment: string, commit: string): Promise<boolean> => {
  const binding = (await resources.list(WebApplicationBinding)).items.find(({ spec }) => spec?.environment === environment);
  const ready = binding?.status?.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = ready?.observedGeneration === binding?.metadata.generation && binding?.status?.image?.includes(commit) === true;
  return ready?.status === 'True' && isCurrent;
};

const areMarkedHealthy = async ({ resources }: Outside): Promise<boolean> =>
  (await resources.list(DeploymentRecord)).items.every(({ metadata }) => metadata.annotations?.['fairway.dev/healthy-at'] !== undefined);

/** Two pushes, each promoted, by a control plane that dies at one of its acts and is started again. */
export async function deliverThroughACrash(doom?: Doom) {
  const clock = createVirtualClock();
  const outside = await openOutside(clock);
  let died = false;
  let running = await startProcess(outside, doom);
  const { acts } = running.life;
  const revive = async (): Promise<void> => {
    if (!running.life.isDead()) return;
    died = true;
    // What waits for a dead process waits for ever; this only ends its watches.
    void running.stop();
    running = await startProcess(outside);
  };
  /** Asks as a client does: whoever gets no answer asks again. */
  const ask = async (work: (process: RunningProcess) => Promise<unknown>): Promise<void> => {
    for (;;) {
      const asked = running;
      await Promise.race([work(asked), asked.life.death]);
      if (!asked.life.isDead()) return;
      await revive();
    }
  };
  const until = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
    const look = async (): Promise<boolean> => {
      await revive();
      return condition();
    };
    await clock.until(look, limitMs).catch((cause: unknown) => assert.fail(`${what}: ${String(cause)}`));
  };

  const cause = { caller: administrator, action: 'repository.create' };
  await ask((process) => ensureRepository(process, cause, { path, signal: new AbortController().signal }));
  await ask((process) =>
    createComponent(process, administrator, componentObject).catch((error: unknown) => {
      if (!isProblem(error, 'already-exists')) throw error;
    }),
  );
  const address = { organization: path.organization, project: path.project, component };
  const promotion = { ...address, sourceEnvironment: 'development', targetEnvironment: 'staging' };
  for (const commit of commits) {
    outside.git.head = commit;
    running.pushed();
    await until(`${commit} runs in development`, async () => (await isBuilt(outside, commit)) && isLive(outside, 'development', commit));
    await ask((process) => promoteComponent(process, administrator, promotion));
    await until(`${commit} runs in staging`, () => isLive(outside, 'staging', commit));
  }
  await until('every deployment is marked as healthy', () => areMarkedHealthy(outside));
  const found = await countAll(outside);
  await running.stop();
  await outside.close();
  return { acts, died, found };
}
