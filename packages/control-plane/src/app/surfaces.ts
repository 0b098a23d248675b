import { join } from 'node:path';
import { Build } from '@fairway/contracts';
import { createKubernetesHandler, type SubresourceHandler } from '@fairway/kubernetes/server';
import type { Log } from '@fairway/resources/log';
import { type Clock, type Key, notFound, type Resources, traceStep } from '@fairway/resources/model';
import type { RunningLoop } from '@fairway/resources/reconcile';
import { planHead } from '#domains/builds';
import { type RunLogDependencies, readRunLog } from '#domains/pipelines';
import { ensureRepository, repositoryObjectName } from '#domains/repositories';
import { UsedKey } from '#domains/tenancy';
import { createServeGit } from '#drivers/git';
import { type RequestFigures, type Surface, tokenOf } from '#http';
import { createGitSurface } from '#surfaces/git';
import { authorizeAttempt, createKubernetesSurface } from '#surfaces/kubernetes';
import { createOpenChoreoSurface } from '#surfaces/openchoreo';
import { authorizeImage, createRegistrySurface } from '#surfaces/registry';
import { createSystemSurface } from '#surfaces/system';
import { eventView } from './event-view.ts';
import { renderLoopFigures } from './loop-figures.ts';
import { namespaceView } from './namespace-view.ts';
import { createOperations } from './operations.ts';
import type { Settings } from './settings.ts';
import type { Platform } from './wire.ts';

export interface SurfaceOptions {
  platform: Platform;
  settings: Settings;
  figures: RequestFigures;
  /** Undefined until the loops run. */
  loops: () => RunningLoop | undefined;
  clock: Clock;
  log: Log;
}

export function createSurfaces(options: SurfaceOptions): Surface[] {
  const { platform, figures, loops, log } = options;
  return [
    createSystemSurface({
      obstacles: () => obstaclesOf(options),
      metrics: async () => `${figures.render()}${renderLoopFigures(loops()?.figures() ?? [])}${platform.retention.render()}`,
      surfaces: [
        { path: '/k8s/control', what: 'the Kubernetes protocol over the platform’s own kinds' },
        { path: '/k8s/clusters/NAME', what: 'the Kubernetes API of a cluster' },
        { path: '/api/v1/orgs', what: 'OpenChoreo’s HTTP API' },
        { path: '/git/ORGANIZATION/PROJECT/NAME.git', what: 'Git over HTTP' },
        { path: '/v2/', what: 'the OCI registry' },
      ],
    }),
    createOpenChoreoSurface(createOperations(platform)),
    kubernetesSurface(options),
    gitSurface(options, log.with({ room: 'git' })),
    createRegistrySurface({ artifacts: platform.artifacts, authorize: authorizeImage }),
  ];
}

async function obstaclesOf({ platform, loops }: SurfaceOptions): Promise<string[]> {
  const obstacles: string[] = [];
  await platform.resources.currentVersion().catch((error: Error) => obstacles.push(`the database does not answer: ${error.message}`));
  const full = platform.disk.obstacle();
  if (full !== undefined) obstacles.push(full);
  if (platform.builder.digest === undefined) obstacles.push('the builder image is being put into the registry');
  if (loops() === undefined) obstacles.push('the reconcilers are being started');
  return obstacles;
}

function kubernetesSurface({ platform, clock, log }: SurfaceOptions): Surface {
  const { resources, planes, archive } = platform;
  const logs: RunLogDependencies = { resources, buildPlanes: planes.buildPlanes, archive };
  const handler = createKubernetesHandler({
    resources,
    hiddenKinds: [UsedKey],
    virtualKinds: [namespaceView(resources), eventView({ resources, journal: platform.journal })],
    subresources: {
      'PipelineRun.fairway.dev/log': runLog(logs, async (key) => key),
      'Build.openchoreo.dev/log': runLog(logs, (key, signal) => runOfBuild(resources, key, signal)),
    },
    authorize: (attempt) => authorizeAttempt(attempt, platform.domainOf),
    clock,
    log: log.with({ room: 'kubernetes' }),
  });
  return createKubernetesSurface({
    handler,
    cluster: async (name) => (name === 'local' ? planes.clients.client({ is: 'named', name }) : undefined),
  });
}

const runLog =
  (deps: RunLogDependencies, runOf: (key: Key, signal: AbortSignal) => Promise<Key>): SubresourceHandler =>
  async ({ key, query, signal }) => {
    const follow = query.get('follow') === 'true';
    const run = await runOf(key, follow ? signal : AbortSignal.abort());
    return { contentType: 'text/plain; charset=utf-8', body: readRunLog(deps, run, { follow, signal }) };
  };

/** A build's run has the build's name, and is there a moment after it; a reader who follows waits for that moment. */
async function runOfBuild(resources: Resources, key: Key, signal: AbortSignal): Promise<Key> {
  const build = await resources.get(Build, key);
  if (build === undefined) throw notFound('Build', key.name, Build.group);
  if (build.status?.pipelineRun !== undefined || signal.aborted) return { ...key, name: build.status?.pipelineRun ?? key.name };
  const query = { ...(key.namespace === undefined ? {} : { namespace: key.namespace }), fieldSelector: `metadata.name=${key.name}` };
  for await (const event of resources.watch(Build, query, signal)) {
    if (event.type === 'DELETED') throw notFound('Build', key.name, Build.group);
    const { status } =
      event.type === 'BOOKMARK'
        ? { status: undefined }
        : (JSON.parse(event.text) as { status?: { pipelineRun?: string; conditions?: unknown[] } });
    if (status?.pipelineRun !== undefined) return { ...key, name: status.pipelineRun };
    // Over without a run: there is no log to wait for.
    if ((status?.conditions ?? []).some((condition) => (condition as { reason?: string }).reason === 'BuildFailed'))
      throw notFound('PipelineRun', key.name);
  }
  throw notFound('PipelineRun', key.name);
}

function gitSurface({ platform, settings, loops }: SurfaceOptions, log: Log): Surface {
  const serve = createServeGit({ root: platform.gitRoot, maxPushBytes: settings.maxPushBytes, log });
  const script = join(import.meta.dirname, 'post-receive.ts');
  return createGitSurface({
    ensureRepository: async ({ caller, requestId, traceparent, signal }, path) => {
      await ensureRepository(platform, { caller, action: 'repository.create', requestId, traceparent }, { path, signal });
    },
    plan: ({ organization, ...path }, head, signal) =>
      planHead(platform, { organization, repository: repositoryObjectName({ organization, ...path }), ...head }, signal),
    exists: async (path, signal) => (await platform.git.heads(path, signal)) !== undefined,
    serve: ({ request, response, caller, query }, { path, rest, token }) => {
      const hook = {
        FAIRWAY_HOOK_NODE: process.execPath,
        FAIRWAY_HOOK_SCRIPT: script,
        // Git's environment is a clean one; without this the hook would take the types off its code at every push.
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
        FAIRWAY_URL: settings.advertisedUrl,
        FAIRWAY_TOKEN: token ?? '',
        FAIRWAY_REPOSITORY: `${path.organization}/${path.project}/${path.name}`,
      };
      const asked = { path, rest, query: query.toString(), principal: caller.principal, hook };
      return traceStep(`git serve ${rest}`, () => serve(request, response, asked));
    },
    pushed: (path) => loops()?.wake('repositories/repository', { namespace: path.organization, name: repositoryObjectName(path) }),
    tokenOf: ({ request }) => tokenOf(request),
  });
}
