import { silentLog } from '@fairway/resources/log';
import { type Clock, pause, type Resources } from '@fairway/resources/model';
import { startControllers, startGarbageCollector } from '@fairway/resources/reconcile';
import { openResources, openSqliteDatabase } from '@fairway/resources/store';
import { followDataPlanes } from '#domains/delivery';
import { type GitHost, repositoryObjectName } from '#domains/repositories';
import { createTokens } from '#domains/tenancy';
import { createFakeBuildPlane, createFakeDataPlane, type FakeBuildPlane, type FakeDataPlane, fakeDataPlanes, fakeSealer } from '#testing';
import { createControllers } from '../create-controllers.ts';
import { ensureDefaults } from '../default-state.ts';
import { registerKinds } from '../kinds.ts';
import { readSettings } from '../settings.ts';
import { createSources } from '../sources.ts';
import { createMortalProcess, type Doom, handsOf, type MortalProcess, storeOf } from './mortal-process.ts';

export const path = { organization: 'default', project: 'default', name: 'hello' };
const registry = 'registry.test';
const buildMs = 2_000;

/** All that outlives a control plane: its database, Git, the clusters, the archive. */
export interface Outside {
  resources: Resources;
  clock: Clock;
  /** The commit of `main`, once there is one. */
  git: { head: string | undefined; repositories: Set<string> };
  builds: FakeBuildPlane;
  plane: FakeDataPlane;
  /** Names of the kept logs; saving one again replaces it. */
  logs: Set<string>;
  close(): Promise<void>;
}

export async function openOutside(clock: Clock): Promise<Outside> {
  const { kinds } = registerKinds(fakeSealer);
  const resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  const digestOf = (commit: string): string => `sha256:${commit.padEnd(64, '0')}`;
  return {
    resources,
    clock,
    git: { head: undefined, repositories: new Set() },
    builds: createFakeBuildPlane({
      clock,
      tookMs: buildMs,
      result: ({ env }) => JSON.stringify({ digest: digestOf(env.FAIRWAY_COMMIT ?? '') }),
    }),
    plane: createFakeDataPlane(),
    logs: new Set(),
    close: () => resources.close(),
  };
}

/** A cluster's own controllers: each Deployment runs as soon as it is applied. */
function rollOut({ plane }: Outside): void {
  for (const { apiVersion, kind, metadata, status } of plane.objects()) {
    if (kind !== 'Deployment' || status !== undefined) continue;
    const key = { name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) };
    plane.setStatus({ apiVersion, kind, ...key }, { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 });
  }
}

export interface RunningProcess {
  life: MortalProcess;
  /** The store as an operation of this process reaches it. */
  resources: Resources;
  git: GitHost;
  /** What the hook of a push does. */
  pushed(): void;
  stop(): Promise<void>;
}

/** A control plane with all its controllers, as it starts on what is outside. */
export async function startProcess(outside: Outside, doom?: Doom): Promise<RunningProcess> {
  const { clock, plane } = outside;
  const life = createMortalProcess(doom);
  const resources = storeOf(life, outside.resources);
  const git = handsOf(life, { room: 'git', object: gitOf(outside), looks: ['heads', 'treeOf', 'pushedBy', 'resolve'] });
  const settings = await readSettings([], { FAIRWAY_HOME: '/absent', FAIRWAY_REGISTRY_HOST: registry });
  const apply: FakeDataPlane['apply'] = async (...args) => {
    const applied = await plane.apply(...args);
    rollOut(outside);
    return applied;
  };
  const dataPlane = handsOf(life, { room: 'data-plane', object: { ...plane, apply }, looks: ['get', 'listByLabel'] });
  const buildPlane = handsOf(life, { room: 'build-plane', object: outside.builds, looks: ['observe', 'log'] });
  const dataPlanes = fakeDataPlanes(dataPlane);
  const controllers = createControllers({
    settings,
    resources,
    tokens: createTokens({ resources, clock, newToken: () => 'token' }),
    git,
    sources: createSources({ resources, git, url: 'http://127.0.0.1' }),
    artifacts: { imageLabel: async () => 'none' },
    archive: handsOf(life, { room: 'archive', object: archiveOf(outside), looks: ['read'] }),
    planes: {
      dataPlanes,
      buildPlanes: async () => buildPlane,
      clusters: { probe: async () => ({ version: 'v1.33.0' }) },
      openSecret: async () => ({ TOKEN: 'opened' }),
      openCurrentSecret: async () => undefined,
    },
    images: {
      builder: () => `${registry}/fairway/system/builder@sha256:1`,
      target: () => ({ reference: `${registry}/default/default/hello`, image: 'default/default/hello' }),
      label: async (_image, digest) => JSON.stringify({ commit: digest.slice(7, 47), detected: { language: 'node', shape: 'web' } }),
    },
    retention: { removed: () => {}, render: () => '' },
  });
  await Promise.race([ensureDefaults(resources), life.death]);
  const loops = await startControllers({ resources, controllers, clock, log: silentLog, random: () => 0 });
  const collector = startGarbageCollector({ resources, clock, log: silentLog });
  const stopping = new AbortController();
  const following = followDataPlanes(
    {
      dataPlanes,
      wake: (key) => loops.wake('delivery/release', key),
      pause: (ms, signal) => pause(clock, ms, signal),
      onProblem: () => {},
    },
    stopping.signal,
  );
  return {
    life,
    resources,
    git,
    pushed: () => loops.wake('repositories/repository', { namespace: path.organization, name: repositoryObjectName(path) }),
    stop: async () => {
      stopping.abort();
      await Promise.all([following, collector.then(({ stop }) => stop()), loops.stop()]);
    },
  };
}

const gitOf = ({ git }: Outside): GitHost => ({
  ensure: async ({ name }) => void git.repositories.add(name),
  heads: async ({ name }) => {
    if (!git.repositories.has(name)) return undefined;
    return git.head === undefined ? {} : { main: git.head };
  },
  remove: async ({ name }) => void git.repositories.delete(name),
  treeOf: async (_path, commit) => `tree-of-${commit}`,
  pushedBy: async () => 'user:ada',
  resolve: async (_path, revision) => revision,
});

const archiveOf = ({ logs }: Outside) => ({
  save: async (organization: string, name: string, log: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const _piece of log);
    logs.add(`${organization}/${name}`);
  },
  read: async () => undefined,
  remove: async () => {},
});
