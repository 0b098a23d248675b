import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDefinitions } from '@fairway/kubernetes/definitions';
import { createKubernetesHandler } from '@fairway/kubernetes/server';
import type { Log } from '@fairway/resources/log';
import { type Clock, type Resources, reconcilerCaller, unavailable } from '@fairway/resources/model';
import { startControllers, startGarbageCollector } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createControllers, createDefaultObjects, createNameSuffix } from '../controllers/index.ts';
import { createImageStore } from '../images/index.ts';
import { createUsageMeter, createVolumeFolders, type NodeAgent, type PodAccess, podRules, startNodeAgent } from '../node/index.ts';
import { choosePlan, startServiceProxy } from '../proxy/index.ts';
import { createLinuxProcessTable, createProcessRuntime, createPsProcessTable, type ProcessRuntime } from '../runtime/index.ts';
import { createTokenAuthenticator } from './authenticate-token.ts';
import { authorizeRequest } from './authorize-request.ts';
import { holdFolder } from './hold-folder.ts';
import { createRequestFigures, type RequestFigures, renderMetrics } from './metrics.ts';
import { podConnects } from './pod-connects.ts';
import { createPodLog } from './pod-log.ts';
import type { Settings } from './read-settings.ts';
import { registerKinds, rulesOfDefined } from './register-kinds.ts';
import { type RunningServer, serveRequests } from './serve-requests.ts';

export interface LocalCluster {
  port: number;
  /** Stops serving and controlling. Applications keep running, unless `stopApplications`; they start again with the cluster. */
  stop(options?: { stopApplications?: boolean }): Promise<void>;
}

interface Deps {
  settings: Settings;
  clock: Clock;
  log: Log;
  /** Variables of this process: applications get its PATH, builds its settings for package managers. */
  env: Readonly<Record<string, string | undefined>>;
}

interface Store {
  folder: string;
  resources: Resources;
}

async function openStore({ settings, clock, log }: Deps): Promise<Store> {
  const folder = join(settings.home, 'local-cluster');
  for (const each of [folder, settings.workFolder]) await mkdir(each, { recursive: true, mode: 0o700 });
  // Node looks upwards for a package.json that says how to read a file: without this an application that has none would get the one of whatever
  // lies above, which in a checkout of ours says "module".
  await writeFile(join(settings.workFolder, 'package.json'), '{}\n');
  const kinds = createKindRegistry();
  registerKinds(kinds, { podRules, addressPlan: await choosePlan(folder) });
  const database = openSqliteDatabase({ path: join(folder, 'cluster.db'), clock, log });
  return { folder, resources: await openResources({ database, kinds, clock, log }) };
}

interface Parts {
  pods: PodAccess;
  metrics: () => Promise<string>;
  requests: RequestFigures;
}

async function serve(deps: Deps, store: Store, parts: Parts): Promise<RunningServer> {
  const { settings, clock, log } = deps;
  const handle = createKubernetesHandler({
    resources: store.resources,
    subresources: { 'Pod./log': createPodLog(parts.pods) },
    connects: podConnects(parts.pods),
    authorize: authorizeRequest,
    clock,
    log,
  });
  return serveRequests({
    port: settings.port,
    certificate: { certificate: join(settings.home, 'pki', 'server.crt'), key: join(settings.home, 'pki', 'server.key') },
    authenticate: await createTokenAuthenticator(join(store.folder, 'tokens.json')),
    handle,
    metrics: parts.metrics,
    requests: parts.requests,
    clock,
    log,
  });
}

// Longer than the grace of any pod that is waited for, and shorter than the supervisor's patience of 45 s.
const stopApplicationsMs = 40_000;

/** Ends what the agent did not know, pods that were deleted while nobody looked for example. */
async function stopRest(runtime: ProcessRuntime, log: Log): Promise<void> {
  const running = runtime.list().filter(({ exit }) => exit === undefined);
  const stop = (id: string): Promise<unknown> =>
    runtime
      .stop(id, { graceMs: 0, interrupts: true })
      .catch((error: unknown) => log.warn('a container could not be stopped', { container: id, error }));
  await Promise.all(running.map(({ id }) => stop(id)));
}

const processTable = () => (process.platform === 'linux' ? createLinuxProcessTable() : createPsProcessTable());

/** What the API serves only when all has started. */
const starting = (): never => {
  throw unavailable('the cluster is starting; ask again in a moment');
};

/** Joins store, controllers, node agent and API into a cluster of one machine. Rejects when the port is taken, having started nothing. */
export async function startLocalCluster(deps: Deps): Promise<LocalCluster> {
  const { settings, clock, log, env } = deps;
  const { nodeName, home, workFolder, mirrors } = settings;
  const undo: (() => void | Promise<void>)[] = [holdFolder(join(home, 'local-cluster')).release];
  const stopAll = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const store = await openStore(deps);
    const { resources } = store;
    undo.push(() => resources.close());
    const definitions = createDefinitions({ kinds: resources.kinds, rulesFor: rulesOfDefined, log });
    await definitions.load(resources);
    const table = processTable();
    const images = await createImageStore({ root: join(workFolder, 'images'), mirrors, log });
    const runtime = await createProcessRuntime({ root: join(workFolder, 'pods'), clock, log, processTable: table });
    undo.push(() => runtime.close());
    const requests = createRequestFigures();
    const late: { pods: () => PodAccess; metrics: Parts['metrics'] } = { pods: starting, metrics: async () => starting() };
    const server = await serve(deps, store, {
      requests,
      pods: {
        readLogs: async (request) => late.pods().readLogs(request),
        exec: async (request) => late.pods().exec(request),
        attach: async (request) => late.pods().attach(request),
        ports: async (request) => late.pods().ports(request),
      },
      metrics: () => late.metrics(),
    });
    undo.push(() => server.stop());
    await createDefaultObjects(resources, { caller: reconcilerCaller('local-cluster'), action: 'cluster.start' });
    const folders = createVolumeFolders(join(workFolder, 'volumes'));
    // Nothing runs before the node agent does.
    let figures: NodeAgent['figures'] = async () => [];
    const meter = createUsageMeter({ figures: () => figures(), clock });
    const usage = async () => (await meter.read()).usage;
    const parts = { nodeName, nameSuffix: createNameSuffix(randomBytes), folders, usage };
    const controllers = [...createControllers(parts), definitions.controller];
    const loop = await startControllers({ resources, controllers, clock, log });
    undo.push(() => loop.stop());
    const collector = await startGarbageCollector({ resources, clock, log });
    undo.push(() => collector.stop());
    const services = await startServiceProxy({ resources, clock, log });
    undo.push(() => services.stop());
    const bootId = await table.bootId();
    const agent = await startNodeAgent({ resources, runtime, images, services, nodeName, env, bootId, clock, log });
    let endsPods = false;
    undo.push(async () => {
      const limit = new Promise<void>((resolve) => setTimeout(resolve, stopApplicationsMs).unref());
      await Promise.race([agent.stop({ endsPods }), limit]);
      if (endsPods) await stopRest(runtime, log);
    });
    figures = agent.figures;
    late.pods = () => agent.pods;
    late.metrics = async () => renderMetrics({ resources, loop, requests, pods: await agent.figures() });
    return {
      port: server.port,
      stop: async (options = {}) => {
        endsPods = options.stopApplications === true;
        await stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
