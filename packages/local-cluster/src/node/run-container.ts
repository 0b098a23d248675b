import { isProblem } from '@fairway/resources/model';
import type { Image } from '../images/index.ts';
import type { ContainerRecord } from '../runtime/index.ts';
import type { AgentContext } from './agent-context.ts';
import { backOffMs, stableMs } from './back-off.ts';
import { type ContainerWork, isRunning, isSidecarWork, stopWatching } from './container-work.ts';
import { describeEnd } from './describe-end.ts';
import { noticePort } from './notice-port.ts';
import { planContainer, terminationLog } from './plan-container.ts';
import { type ContainerSpec, containerPortsOf, fixedPortAnnotation, type PodObject, uidOf } from './pod-object.ts';
import { probeContainer } from './probe-container.ts';
import { ensureImage } from './pull-image.ts';
import { stopContainer } from './stop-container.ts';

/** A port that an application has chosen itself, and how that is known. */
export interface FixedPort {
  container: ContainerSpec;
  port: number;
  why: string;
}

/** A pod as its containers see it. */
export interface PodScope {
  context: AgentContext;
  pod: PodObject;
  ports: Readonly<Record<string, number>>;
  portOf: (containerPort: number) => number;
  hasFixedPort: boolean;
  onFixedPort: (fixed: FixedPort) => void;
  wake: () => void;
}

/** Begins to watch a running container: probes and, for one with ports, where it listens. Once a run. */
function attend(scope: PodScope, work: ContainerWork, record: ContainerRecord): void {
  if (work.watchers.length > 0 || work.isStopping) return;
  const { context, pod, ports, portOf, wake } = scope;
  const { clock, runtime, recordEvent, log } = context;
  if (work.isInit && !isSidecarWork(work)) return;
  const { container } = work;
  const probes = probeContainer({
    clock,
    runtime,
    container,
    record,
    portOf,
    onHealth: (health) => {
      work.health = health;
      wake();
    },
    onUnhealthy: (_probe, message) => recordEvent(pod, { type: 'Warning', reason: 'Unhealthy', message }),
    onGivenUp: (probe, message, graceSeconds = pod.spec?.terminationGracePeriodSeconds ?? 30) => {
      const why = `failed its ${probe} probe: ${message}`;
      stopContainer(context, { pod, work, why, graceSeconds, portOf }).catch((error: unknown) =>
        log.error('a container could not be stopped', { container: record.id, error }),
      );
    },
  });
  work.watchers.push(probes);
  const declared = containerPortsOf([container]);
  if (declared.length === 0 || scope.hasFixedPort) return;
  const allotted = declared.flatMap((port) => ports[port] ?? []);
  const onFixedPort = (port: number): void =>
    scope.onFixedPort({ container, port, why: `listens on port ${port} instead of the one in PORT` });
  work.watchers.push(noticePort({ clock, runtime, record, allotted, declared, onFixedPort }));
}

/** The port that the image says its application insists on; it must be known before the start, because PORT and the routes follow it. */
const portOfImage = (image: Image, { container, isInit }: ContainerWork): number | undefined => {
  const port = Number(image.config.labels[fixedPortAnnotation]);
  const isPort = Number.isInteger(port) && port > 0 && port < 65_536;
  return isPort && !isInit && containerPortsOf([container]).length > 0 ? port : undefined;
};

async function start(scope: PodScope, work: ContainerWork, attempt: number): Promise<void> {
  const { context, pod, ports, wake } = scope;
  const { runtime, recordEvent, clock } = context;
  const image = ensureImage(context, { pod, work, wake });
  if (image === undefined) return;
  if (work.tryAgainAt > clock.now()) return;
  const { container } = work;
  const port = scope.hasFixedPort ? undefined : portOfImage(image, work);
  if (port !== undefined) return scope.onFixedPort({ container, port, why: `has an image that fixes its port at ${port}` });
  try {
    const podFolder = runtime.podFolder(uidOf(pod));
    const plan = await planContainer({ ...context, pod, container, attempt, image, ports, podFolder });
    if (work.failedTries === 0) recordEvent(pod, { type: 'Normal', reason: 'Created', message: `Created container ${container.name}` });
    const record = await runtime.start(plan);
    const oldest = work.previous;
    if (work.current !== undefined) work.previous = work.current;
    if (oldest !== undefined) {
      work.ends.delete(oldest.id);
      await runtime.removeContainer(oldest.id);
    }
    work.current = record;
    work.failedTries = 0;
    delete work.waiting;
    delete work.health;
    delete work.stoppedFor;
    recordEvent(pod, { type: 'Normal', reason: 'Started', message: `Started container ${container.name}` });
    attend(scope, work, record);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown failure';
    work.failedTries += 1;
    work.tryAgainAt = clock.now() + backOffMs(work.failedTries);
    work.waiting = { reason: isProblem(error) ? 'CreateContainerConfigError' : 'CreateContainerError', message: why };
    recordEvent(pod, { type: 'Warning', reason: 'Failed', message: why });
  }
}

const shallRestart = (pod: PodObject, work: ContainerWork): boolean => {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  // An application that answered the end of everything with code 0 has not done its work for that.
  const failed = work.current?.exit?.code !== 0 || work.current.interrupted === true;
  if (isSidecarWork(work)) return true;
  if (work.isInit) return failed && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && failed);
};

/** Takes note of an end, once: its words, and how long to wait before the next run. */
export async function noteEnd({ context, pod }: Pick<PodScope, 'context' | 'pod'>, work: ContainerWork): Promise<void> {
  const record = work.current;
  if (record?.exit === undefined || work.ends.has(record.id)) return;
  stopWatching(work);
  const { runtime } = context;
  const log = terminationLog(runtime.podFolder(uidOf(pod)), work.container.name, record.attempt);
  const end = await describeEnd({
    runtime,
    record,
    terminationLog: log,
    stoppedFor: work.stoppedFor,
    fixedPorts: context.fixedPorts(uidOf(pod)),
  });
  work.ends.set(record.id, end);
  const isFresh = record.interrupted === true || record.exit.at - record.startedAt >= stableMs;
  work.shortRuns = isFresh ? 0 : work.shortRuns + 1;
}

/** Brings one container a step towards what its pod wants. Answers when it must be looked at again, as epoch ms. */
export async function runContainer(scope: PodScope, work: ContainerWork): Promise<number | undefined> {
  const { context, pod } = scope;
  const { current } = work;
  if (current === undefined) {
    await start(scope, work, 0);
    return work.tryAgainAt > context.clock.now() ? work.tryAgainAt : undefined;
  }
  if (isRunning(work)) {
    attend(scope, work, current);
    return undefined;
  }
  await noteEnd(scope, work);
  if (!shallRestart(pod, work)) {
    delete work.waiting;
    return undefined;
  }
  const delayMs = work.shortRuns === 0 ? 0 : backOffMs(work.shortRuns);
  const at = (current.exit?.at ?? 0) + delayMs;
  if (at > context.clock.now()) {
    if (work.waiting?.reason !== 'CrashLoopBackOff') {
      const end = work.ends.get(current.id);
      const message = `back-off ${delayMs / 1000}s restarting container ${work.container.name}: ${end?.reason === 'PortTaken' ? end.message : (current.exit?.reason ?? '')}`;
      work.waiting = { reason: end?.reason === 'PortTaken' ? 'PortTaken' : 'CrashLoopBackOff', message };
      context.recordEvent(pod, { type: 'Warning', reason: 'BackOff', message: message.split('\n')[0] ?? message });
    }
    return at;
  }
  await start(scope, work, current.attempt + 1);
  return work.tryAgainAt > context.clock.now() ? work.tryAgainAt : undefined;
}
