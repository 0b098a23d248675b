import { Pod } from '@fairway/contracts/builtin';
import type { Log } from '@fairway/resources/log';
import { type Cause, type Clock, isProblem, type Resources, reconcilerCaller } from '@fairway/resources/model';
import type { ImageStore } from '../images/index.ts';
import type { ServiceProxy } from '../proxy/index.ts';
import type { ProcessRuntime } from '../runtime/index.ts';
import type { AgentContext } from './agent-context.ts';
import { isRunning } from './container-work.ts';
import { keepNode } from './keep-node.ts';
import { machinePath } from './machine-path.ts';
import { createMachineSettings } from './machine-settings.ts';
import { fixedPortAnnotation, isOver, namespaceOf, type PodObject, uidOf } from './pod-object.ts';
import { createPodWorker, type PodWorker } from './pod-worker.ts';
import { createPodAccess, type PodAccess } from './reach-pod.ts';
import { createRecordEvent } from './record-event.ts';

export interface NodeAgentOptions {
  resources: Resources;
  runtime: ProcessRuntime;
  images: ImageStore;
  services: Pick<ServiceProxy, 'leave'>;
  nodeName: string;
  /** This process's variables: applications get its PATH without folders of checkouts, builds the settings for package managers too. */
  env: Readonly<Record<string, string | undefined>>;
  bootId: string;
  clock: Clock;
  log: Log;
}

export interface PodFigures {
  namespace: string;
  pod: string;
  uid: string;
  container: string;
  restarts: number;
  cpuMs: number;
  memoryBytes: number;
  processes: number;
}

export interface NodeAgent {
  /** Stops watching; pods run on. With `endsPods` they are ended in parallel, and the next agent starts them again. */
  stop(options?: { endsPods?: boolean }): Promise<void>;
  pods: PodAccess;
  figures(): Promise<PodFigures[]>;
}

/** Of each repository: as many releases back a rollback needs no download. */
const keptImages = 5;
const collectMs = 10 * 60_000;
const watchAgainMs = 500;
// The supervisor waits 45 s for the end of everything.
const maxGraceSeconds = 30;

interface Workers {
  see(pod: PodObject): void;
  leave(uid: string): void;
}

/** All pods as they are, then every change of them. Throws when the watch cannot go on. */
async function followOnce(
  { resources, nodeName, runtime, signal }: AgentContext,
  known: ReadonlyMap<string, PodWorker>,
  { see, leave }: Workers,
): Promise<void> {
  const fieldSelector = `spec.nodeName=${nodeName}`;
  const { items, resourceVersion } = await resources.list(Pod, { fieldSelector });
  const present = new Set(items.map(uidOf));
  for (const uid of known.keys()) if (!present.has(uid)) leave(uid);
  // Pods that were removed while nobody watched.
  for (const uid of runtime.pods()) if (!present.has(uid) && !known.has(uid)) await runtime.removePod(uid);
  for (const pod of items) see(pod);
  for await (const event of resources.watch(Pod, { fieldSelector, since: resourceVersion }, signal)) {
    if (event.type === 'BOOKMARK') continue;
    const pod = JSON.parse(event.text) as PodObject;
    if (event.type === 'DELETED') leave(uidOf(pod));
    else see(pod);
  }
}

/** Starts and stops workers as pods of this node come and go, until the signal aborts. */
async function followPods(context: AgentContext, workers: Map<string, PodWorker>): Promise<void> {
  const { signal, clock, log } = context;
  const see = (pod: PodObject): void => {
    const worker = workers.get(uidOf(pod)) ?? createPodWorker(context, pod);
    workers.set(uidOf(pod), worker);
    worker.update(pod);
  };
  const leave = (uid: string): void => {
    workers.get(uid)?.gone();
    workers.delete(uid);
  };
  while (!signal.aborted) {
    try {
      await followOnce(context, workers, { see, leave });
    } catch (error) {
      if (!signal.aborted && !isProblem(error, 'gone')) log.warn('pods are watched anew', { error });
    }
    if (!signal.aborted) await new Promise<void>((resolve) => clock.after(watchAgainMs, resolve));
  }
}

const collectImages = async ({ images, log }: AgentContext, workers: ReadonlyMap<string, PodWorker>): Promise<void> => {
  const inUse = new Set(
    [...workers.values()].flatMap((worker) =>
      worker.containers().flatMap(({ current, image }) => [current?.imageId ?? '', image?.digest ?? '']),
    ),
  );
  try {
    const removed = await images.removeUnused({ inUse, keep: keptImages });
    if (removed.length > 0) log.info('removed unused images', { images: removed });
  } catch (error) {
    log.warn('unused images could not be removed', { error });
  }
};

const figuresOf = async (runtime: ProcessRuntime, workers: ReadonlyMap<string, PodWorker>): Promise<PodFigures[]> => {
  const running = [...workers.values()].flatMap(({ pod, containers }) =>
    containers()
      .filter(isRunning)
      .map((work) => ({ pod, work })),
  );
  const figures = await runtime.figures(running.flatMap(({ work }) => work.current?.id ?? []));
  return running.flatMap(({ pod, work }) => {
    const found = figures.get(work.current?.id ?? '');
    if (found === undefined) return [];
    const { metadata } = pod;
    return [
      {
        namespace: namespaceOf(pod),
        pod: metadata.name,
        uid: uidOf(pod),
        container: work.container.name,
        restarts: work.current?.attempt ?? 0,
        ...found,
      },
    ];
  });
};

/** Starts the node agent: the pods that name this node run as processes, and their status says how. */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const { resources, runtime, images, services, nodeName, clock, log } = options;
  const stopping = new AbortController();
  const workers = new Map<string, PodWorker>();
  const caller = reconcilerCaller('node-agent');
  const cause = (action: string): Cause => ({ caller, action, fieldManager: 'fairway-node-agent' });
  const context: AgentContext = {
    resources,
    runtime,
    images,
    services,
    nodeName,
    machinePath: machinePath(options.env.PATH ?? ''),
    machineSettings: createMachineSettings(options.env),
    clock,
    log,
    signal: stopping.signal,
    cause,
    recordEvent: createRecordEvent({ resources, clock, log, cause, nodeName }),
    fixedPorts: (except) =>
      [...workers.values()].flatMap(({ pod }) => {
        const port = Number(pod.metadata.annotations?.[fixedPortAnnotation]);
        return uidOf(pod) === except || Number.isNaN(port) || isOver(pod)
          ? []
          : [{ port, pod: `${namespaceOf(pod)}/${pod.metadata.name}` }];
      }),
  };
  await keepNode(context, options.bootId);
  const forget = runtime.onExit(({ podUid }) => workers.get(podUid)?.wake());
  const following = followPods(context, workers);
  let cancelCollect = (): void => {};
  const collectLater = (): void => {
    cancelCollect = clock.after(collectMs, () => void collectImages(context, workers).finally(collectLater));
  };
  collectLater();
  return {
    async stop({ endsPods = false } = {}) {
      stopping.abort();
      cancelCollect();
      forget();
      await following;
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      if (endsPods) await Promise.all([...workers.values()].map((worker) => worker.interrupt(maxGraceSeconds)));
    },
    pods: createPodAccess(workers, runtime),
    figures: () => figuresOf(runtime, workers),
  };
}
