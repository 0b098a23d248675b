import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createDefinitions } from '@fairway/kubernetes/definitions';
import type { Log } from '@fairway/resources/log';
import { type Clock, type Resources, reconcilerCaller, traceMethods } from '@fairway/resources/model';
import type { RunningLoop } from '@fairway/resources/reconcile';
import { openVault, type Vault } from '@fairway/resources/secrets';
import { createJournal, type Journal, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { type Artifacts, createArtifacts } from '#domains/artifacts';
import type { Images, Sources } from '#domains/builds';
import type { LogArchive } from '#domains/pipelines';
import type { GitHost } from '#domains/repositories';
import { createRefusals, createTokens, createUsedKeys, type Refusals, type Tokens, type UsedKeys } from '#domains/tenancy';
import { createFolderBlobs, createFolderRecords } from '#drivers/blobs';
import { createBuildCaches } from '#drivers/build-caches';
import { createGitHost } from '#drivers/git';
import type { PullCredentials } from '#drivers/kubernetes';
import { createLogArchive } from '#drivers/run-logs';
import { builderRepository } from './builder-image.ts';
import { createControllers } from './create-controllers.ts';
import { registerKinds, rulesOfDefined } from './kinds.ts';
import { createPlanes, type Planes } from './planes.ts';
import { createRetentionFigures, type RetentionFigures } from './retention-figures.ts';
import type { Settings } from './settings.ts';
import { createSources } from './sources.ts';
import { startLoops } from './start-loops.ts';
import { type WatchedDisk, watchDisk } from './watch-disk.ts';

/** Everything of the control plane that has a life of its own, joined. */
export interface Platform {
  resources: Resources;
  disk: Pick<WatchedDisk, 'obstacle'>;
  journal: Journal;
  domainOf: ReturnType<typeof registerKinds>['domainOf'];
  tokens: Tokens;
  refusals: Refusals;
  usedKeys: UsedKeys;
  git: GitHost;
  gitRoot: string;
  sources: Sources;
  artifacts: Artifacts;
  archive: LogArchive;
  planes: Planes;
  /** Set once the builder image is in the registry. */
  builder: { digest: string | undefined };
  retention: Pick<RetentionFigures, 'render'>;
  startLoops(signal: AbortSignal): Promise<RunningLoop>;
  close(): Promise<void>;
}

const openArtifacts = (root: string, log: Log): Artifacts => {
  const onCorrupt = (digest: string): void =>
    log.error('a blob of the registry is damaged and was set aside: build its component again', { digest });
  return createArtifacts({
    blobs: traceMethods('blobs', createFolderBlobs({ root, onCorrupt })),
    records: traceMethods('records', createFolderRecords({ root })),
  });
};

export async function wire(options: { settings: Settings; clock: Clock; log: Log }): Promise<Platform> {
  const { settings, clock, log } = options;
  const root = join(settings.home, 'control-plane');
  const vault = openVault({ keyFile: join(root, 'master.key') });
  const { kinds, domainOf } = registerKinds(sealerOf(vault));
  const limit = settings.maxDatabasePages === undefined ? {} : { maxPageCount: settings.maxDatabasePages };
  const database = openSqliteDatabase({ path: join(root, 'fairway.db'), clock, log: log.with({ room: 'store' }), ...limit });
  const disk = watchDisk(await openResources({ database, kinds, clock, log: log.with({ room: 'store' }) }), clock);
  const { resources } = disk;
  const definitions = createDefinitions({ kinds, rulesFor: rulesOfDefined, log: log.with({ room: 'definitions' }) });
  await definitions.load(resources);
  const tokens = createTokens({ resources, clock, newToken: () => `fwy_${randomBytes(32).toString('base64url')}` });
  const gitRoot = join(root, 'git');
  const git = traceMethods('git', createGitHost({ root: gitRoot, maxPushBytes: settings.maxPushBytes }));
  const artifacts = openArtifacts(join(root, 'blobs'), log);
  const archive = traceMethods('run-logs', createLogArchive({ root: join(root, 'run-logs') }));
  const sources = createSources({ resources, git, url: settings.advertisedUrl });
  const pull = { registry: settings.registryHost, now: clock.now, issue: pullTokens(tokens) };
  const buildCaches = createBuildCaches({ root: join(settings.home, 'build-caches'), now: clock.now });
  const localKubeconfig = join(settings.home, 'local-cluster', 'kubeconfig');
  const planes = createPlanes({ resources, vault, localKubeconfig, buildCaches, pull });
  const retention = createRetentionFigures(log.with({ room: 'retention' }));
  const builder: Platform['builder'] = { digest: undefined };
  const images = imagesOf({ artifacts, builder, host: settings.registryHost });
  const joined = { settings, resources, tokens, git, sources, artifacts, archive, planes, images, builder, buildCaches, retention };
  const controllers = [...createControllers(joined), definitions.controller];
  const journal = createJournal(database, clock);
  const refusals = createRefusals({
    clock,
    record: journal.recordRefusal,
    onProblem: (error) => log.error('a refusal could not be written to the audit log', { error }),
  });
  return {
    resources,
    disk,
    journal,
    domainOf,
    tokens,
    refusals,
    usedKeys: createUsedKeys({
      resources,
      clock,
      onProblem: (error) => log.warn('used Idempotency-Keys could not be dropped; it is tried again', { error }),
    }),
    git,
    gitRoot,
    sources,
    artifacts,
    archive,
    planes,
    builder,
    retention,
    startLoops: (signal) => startLoops({ ...joined, controllers, clock, log: log.with({ room: 'reconcile' }) }, signal),
    close: async () => {
      planes.clients.close();
      await refusals.close();
      await resources.close();
    },
  };
}

const sealerOf = (vault: Vault) => ({
  open: (organization: string, sealed: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(sealed).map(([key, value]) => [key, vault.open(organization, value)])),
  seal: (organization: string, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, vault.seal(organization, value)])),
  digest: (organization: string, values: Readonly<Record<string, string>>) =>
    vault.digest(organization, JSON.stringify(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)))),
});

/** Confined to the organization's images: what one namespace leaks opens nothing of another organization, and no door but the registry's. */
const pullTokens =
  (tokens: Tokens): PullCredentials['issue'] =>
  ({ organization, plane, namespace }, lifetimeMs) => {
    const id = createHash('sha256')
      .update(JSON.stringify([organization, plane, namespace]))
      .digest('hex')
      .slice(0, 20);
    return tokens.issue(
      { caller: reconcilerCaller('delivery'), action: 'access-token.issue' },
      {
        name: `pull-${id}`,
        principal: `service:pull/${organization}/${namespace}`,
        organization,
        permissions: ['artifacts.image.read'],
        limits: { image: `${organization}/` },
        lifetimeMs,
      },
    );
  };

const imagesOf = ({ artifacts, builder, host }: { artifacts: Artifacts; builder: Platform['builder']; host: string }): Images => ({
  builder: () => (builder.digest === undefined ? undefined : `${host}/${builderRepository}@${builder.digest}`),
  target: (organization, project, component) => ({
    reference: `${host}/${organization}/${project}/${component}`,
    image: `${organization}/${project}/${component}`,
  }),
  label: (image, digest, label) => artifacts.imageLabel(image, digest, label),
});
