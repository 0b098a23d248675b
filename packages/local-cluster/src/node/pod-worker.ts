import type { AgentContext } from './agent-context.ts';
import { type ContainerWork, createContainerWork, isRunning, isSidecarWork, stopWatching } from './container-work.ts';
import { drainState } from './drain-state.ts';
import { containerPortsOf, fixedPortAnnotation, isOver, type PodObject, portsAnnotation, uidOf } from './pod-object.ts';
import { type ContainerView, podStatus } from './pod-status.ts';
import { type FixedPort, noteEnd, type PodScope, runContainer } from './run-container.ts';
import { hastenStop, type StopPlan, stopContainer } from './stop-container.ts';
import { markPod, releasePod, writePodStatus } from './write-pod.ts';

/** Brings one pod's processes to what the pod says, one step at a time and never two at once. */
export interface PodWorker {
  readonly pod: PodObject;
  containers(): readonly ContainerWork[];
  /** A newer form of the pod. */
  update(pod: PodObject): void;
  /** Looks at the pod soon. */
  wake(): void;
  /** The pod left the store: its processes and folder go too. */
  gone(): void;
  /** Ends what runs, each within the pod's own grace and at most this many seconds; it starts again with the next node agent. Only after `close`. */
  interrupt(maxGraceSeconds: number): Promise<void>;
  /** Ends watching; processes run on. Resolves when the step under way is done. */
  close(): Promise<void>;
}

const retryMs = 1_000;
const drainPollMs = 200;

const earliest = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

const readPorts = (pod: PodObject): Record<string, number> =>
  JSON.parse(pod.metadata.annotations?.[portsAnnotation] ?? '{}') as Record<string, number>;

const viewOf = (work: ContainerWork): ContainerView => {
  const { container, current, previous, waiting, health, ends, image } = work;
  return {
    container,
    ends,
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(health === undefined ? {} : { health }),
    ...(image === undefined ? {} : { imageId: image.digest }),
  };
};

interface PodWork {
  pod: PodObject;
  init: ContainerWork[];
  main: ContainerWork[];
  /** Where container ports lie: allotted, or where the application listens by its own choice. */
  ports: Record<string, number>;
  failure?: { reason: string; message: string };
  isGone: boolean;
  wake: () => void;
}

const all = (work: PodWork): ContainerWork[] => [...work.init, ...work.main];
const portOf =
  (work: PodWork) =>
  (containerPort: number): number =>
    work.ports[containerPort] ?? containerPort;

const saveStatus = async (context: AgentContext, work: PodWork): Promise<void> => {
  const { init, main, failure } = work;
  const views = { init: init.map(viewOf), main: main.map(viewOf), ...(failure === undefined ? {} : { failure }) };
  const stored = await writePodStatus(context, work.pod, (pod) => podStatus({ pod, ...views, now: context.clock.now() }));
  if (stored !== undefined) work.pod = stored;
};

/** Sidecars serve the other containers: they go after these, the last started first. Without time to wait all go at once. */
const nextToStop = (
  work: PodWork,
  { graceSeconds, interrupts = false }: Pick<StopPlan, 'graceSeconds' | 'interrupts'>,
): ContainerWork[] => {
  const running = all(work).filter(isRunning);
  if (graceSeconds === 0 || interrupts) return running;
  const plain = running.filter((container) => !isSidecarWork(container));
  return plain.length > 0 ? plain : running.slice(-1);
};

const stopAll = (context: AgentContext, work: PodWork, how: Pick<StopPlan, 'why' | 'graceSeconds' | 'interrupts'>): Promise<unknown> =>
  Promise.all(
    nextToStop(work, how).map((container) => stopContainer(context, { ...how, pod: work.pod, work: container, portOf: portOf(work) })),
  );

async function bindPorts(context: AgentContext, work: PodWork): Promise<boolean> {
  const declared = containerPortsOf([...(work.pod.spec?.containers ?? []), ...(work.pod.spec?.initContainers ?? [])]);
  const allotted = declared.length === 0 ? {} : await context.runtime.allotPorts(uidOf(work.pod), declared);
  const isFixed = work.pod.metadata.annotations?.[fixedPortAnnotation] !== undefined;
  work.ports = { ...allotted, ...(isFixed ? readPorts(work.pod) : {}) };
  const annotations = declared.length === 0 || isFixed ? {} : { [portsAnnotation]: JSON.stringify(work.ports) };
  const marked = await markPod(context, work.pod, annotations);
  if (marked === undefined) return false;
  work.pod = marked;
  return true;
}

/** The application does not read PORT: the mapping follows it, and the Deployment controller learns that two cannot run side by side. */
function fixPort(context: AgentContext, work: PodWork, { container, port, why }: FixedPort): void {
  const first = containerPortsOf([container])[0];
  if (first === undefined) return;
  const ports = { ...work.ports, [first]: port };
  const message = `Container ${container.name} ${why}; only one instance of it can run on this machine`;
  markPod(context, work.pod, { [fixedPortAnnotation]: String(port), [portsAnnotation]: JSON.stringify(ports) })
    .then((marked) => {
      if (marked !== undefined) work.pod = marked;
      work.ports = ports;
      context.recordEvent(work.pod, { type: 'Warning', reason: 'FixedPort', message });
      work.wake();
    })
    .catch((error: unknown) => {
      context.log.warn('a fixed port could not be noted', { pod: work.pod.metadata.name, error });
      context.clock.after(retryMs, work.wake);
    });
}

/** A sidecar that is restarted later holds nobody up. */
const hasOnceStarted = (work: PodWork, container: ContainerWork): boolean =>
  work.main.some(({ current }) => current !== undefined) || (isRunning(container) && container.health?.started === true);

/** Init containers one after the other, then all others. A sidecar need not end before the next: it is enough that it has started. */
async function runContainers(context: AgentContext, work: PodWork): Promise<number | undefined> {
  const scope: PodScope = {
    context,
    pod: work.pod,
    ports: work.ports,
    portOf: portOf(work),
    hasFixedPort: work.pod.metadata.annotations?.[fixedPortAnnotation] !== undefined,
    onFixedPort: (fixed) => fixPort(context, work, fixed),
    wake: work.wake,
  };
  const times: (number | undefined)[] = [];
  for (const container of work.init) {
    times.push(await runContainer(scope, container));
    const isPassed = isSidecarWork(container) ? hasOnceStarted(work, container) : container.current?.exit?.code === 0;
    if (!isPassed) return earliest(times);
  }
  for (const container of work.main) times.push(await runContainer(scope, container));
  return earliest(times);
}

async function checkDeadline(context: AgentContext, work: PodWork): Promise<number | undefined> {
  const { pod } = work;
  const seconds = pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || pod.status?.startTime === undefined) return undefined;
  const at = Date.parse(pod.status.startTime) + seconds * 1000;
  if (at > context.clock.now()) return at;
  work.failure = {
    reason: 'DeadlineExceeded',
    message: `Pod was active on the node longer than the ${seconds} s of activeDeadlineSeconds`,
  };
  await stopAll(context, work, { why: 'activeDeadlineSeconds has passed', graceSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30 });
  return undefined;
}

/** Nothing of a pod that is over may run: it failed as a whole, or we came back to a half stopped one. */
async function finishPod(context: AgentContext, work: PodWork): Promise<undefined> {
  await stopAll(context, work, { why: 'the pod is over', graceSeconds: work.pod.spec?.terminationGracePeriodSeconds ?? 30 });
  const sidecars = work.init.filter(isSidecarWork);
  // A pod with a reason of its own is not looked at anew: after a restart we no longer know it.
  if (sidecars.length === 0 || work.pod.status?.reason !== undefined) return undefined;
  for (const sidecar of sidecars) {
    await noteEnd({ context, pod: work.pod }, sidecar);
    if (!isRunning(sidecar)) delete sidecar.waiting;
  }
  await saveStatus(context, work);
  return undefined;
}

/** Not waited for: the end of a container wakes its pod. */
const inBackground = ({ log }: AgentContext, { pod }: PodWork, stopping: Promise<unknown>): void => {
  stopping.catch((error: unknown) =>
    log.warn('a pod could not be stopped', { pod: pod.metadata.name, namespace: pod.metadata.namespace, error }),
  );
};

/** The way of a deleted pod: drained, stopped, its end written, its folder and ports given back, released. */
async function terminatePod(context: AgentContext, work: PodWork): Promise<number | undefined> {
  const { clock, runtime } = context;
  const { pod } = work;
  const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
  const running = all(work).filter(isRunning);
  if (running.some(({ isStopping }) => !isStopping)) {
    const isForced = graceSeconds === 0;
    if (!isForced && (await drainState(context, pod, clock.now())) === 'draining') return clock.now() + drainPollMs;
    inBackground(context, work, stopAll(context, work, { why: 'the pod was deleted', graceSeconds }));
  }
  // A later deletion may grant less; a stop that was waited for would not hear of it.
  for (const container of running) inBackground(context, work, hastenStop(context, container, graceSeconds));
  for (const container of all(work)) {
    await noteEnd({ context, pod }, container);
    if (!isRunning(container)) delete container.waiting;
  }
  if (all(work).some(isRunning)) return clock.now() + drainPollMs;
  await saveStatus(context, work);
  await runtime.removePod(uidOf(pod));
  await releasePod(context, work.pod);
  return undefined;
}

async function step(context: AgentContext, work: PodWork): Promise<number | undefined> {
  const { pod } = work;
  if (work.isGone) {
    for (const container of all(work)) stopWatching(container);
    await context.runtime.removePod(uidOf(pod));
    return undefined;
  }
  if (pod.metadata.deletionTimestamp !== undefined) return terminatePod(context, work);
  if (isOver(pod)) return finishPod(context, work);
  if (!(await bindPorts(context, work))) return undefined;
  const deadline = await checkDeadline(context, work);
  const again = work.failure === undefined ? await runContainers(context, work) : undefined;
  if (work.failure !== undefined) for (const container of all(work)) await noteEnd({ context, pod: work.pod }, container);
  await saveStatus(context, work);
  return earliest([deadline, again]);
}

export function createPodWorker(context: AgentContext, first: PodObject): PodWorker {
  const { clock, log, runtime, signal } = context;
  const records = runtime.list().filter(({ podUid }) => podUid === uidOf(first));
  let cancel = (): void => {};
  let running: Promise<void> | undefined;
  let again = false;
  let isClosed = false;
  const work: PodWork = {
    pod: first,
    init: (first.spec?.initContainers ?? []).map((container) => createContainerWork(container, true, records)),
    main: (first.spec?.containers ?? []).map((container) => createContainerWork(container, false, records)),
    ports: readPorts(first),
    isGone: false,
    wake: () => wake(),
  };
  const runSteps = async (): Promise<void> => {
    let at: number | undefined;
    do {
      again = false;
      cancel();
      try {
        at = await step(context, work);
      } catch (error) {
        if (signal.aborted) return;
        log.warn('a pod could not be looked at', { pod: work.pod.metadata.name, namespace: work.pod.metadata.namespace, error });
        at = clock.now() + retryMs;
      }
    } while (again && !isClosed);
    if (at !== undefined && !isClosed) cancel = clock.after(Math.max(at - clock.now(), 0), wake);
  };
  const wake = (): void => {
    if (isClosed) return;
    again = true;
    running ??= runSteps().finally(() => {
      running = undefined;
      if (again) wake();
    });
  };
  return {
    get pod() {
      return work.pod;
    },
    containers: () => all(work),
    update(pod) {
      // Our own writes come back by the watch; an older form must not undo what we know.
      if (Number(pod.metadata.resourceVersion) > Number(work.pod.metadata.resourceVersion)) work.pod = pod;
      wake();
    },
    wake,
    gone() {
      work.isGone = true;
      wake();
    },
    async interrupt(maxGraceSeconds) {
      const graceSeconds = Math.min(work.pod.spec?.terminationGracePeriodSeconds ?? 30, maxGraceSeconds);
      await stopAll(context, work, { why: 'the local cluster ends', graceSeconds, interrupts: true });
    },
    async close() {
      isClosed = true;
      cancel();
      for (const container of all(work)) stopWatching(container);
      await running;
      for (const container of all(work)) stopWatching(container);
    },
  };
}
